"""Tests of request bodies: JSON, forms and multipart."""

import io

import aiohttp
import pytest

from bot.sandbox import Channel, Sandbox
from tests.sandbox.clients import Reply, Rest


@pytest.fixture
def raw(box: Sandbox, http: aiohttp.ClientSession, general: Channel) -> "Raw":
    """Post bytes of any content type as a message."""
    return Raw(http, f"{box.discord.api_base}/channels/{general.id}/messages", box.discord.token)


class Raw:
    """A client that posts plain bytes to one address."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._http, self._url, self._token = http, url, token

    async def __call__(self, data: bytes | io.BytesIO, kind: str) -> Reply:
        """Send bytes under a content type."""
        headers = {"Authorization": f"Bot {self._token}", "Content-Type": kind}
        async with self._http.post(self._url, data=data, headers=headers) as response:
            return Reply(response.status, await response.json(), response.headers)


async def test_broken_json_is_refused(raw: Raw) -> None:
    """Broken JSON is refused with 50109 (Discord's documentation, "JSON Error Codes", 50109)."""
    refused = await raw(b"{", "application/json")
    assert (refused.status, refused.body) == (
        400,
        {"message": "The request body contains invalid JSON.", "code": 50109},
    )


async def test_other_content_types_are_refused(raw: Raw) -> None:
    """A body of another content type is refused (Discord's documentation, Reference, "Content Type")."""
    refused = await raw(b'{"content": "hello"}', "text/plain")
    assert (refused.status, refused.body["code"]) == (400, 50035)
    assert refused.body["errors"]["_errors"][0]["code"] == "CONTENT_TYPE_INVALID"


async def test_a_form_is_a_body_too(raw: Raw) -> None:
    """A URL-encoded form is taken as a body (OpenAPI document, create_message)."""
    sent = await raw(b"content=hello+there&tts=false&flags=4", "application/x-www-form-urlencoded")
    assert (sent.status, sent.body["content"], sent.body["flags"], sent.body["tts"]) == (200, "hello there", 4, False)


async def test_multipart_needs_no_payload(rest: Rest, general: Channel) -> None:
    """A multipart body is taken without `payload_json` (Discord's documentation, Reference, "Uploading Files")."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("content", "hello")
    form.add_field("files[0]", b"x", filename="a.txt")
    sent = await rest("POST", f"/channels/{general.id}/messages", form=form)
    assert (sent.body["content"], sent.body["attachments"][0]["filename"]) == ("hello", "a.txt")


async def test_the_payload_may_say_that_it_is_json(rest: Rest, general: Channel) -> None:
    """The part `payload_json` may have a content type (Discord's documentation, "Uploading Files")."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", '{"content": "hello"}', content_type="application/json")
    form.add_field("files[0]", b"x", filename="a.txt")
    assert (await rest("POST", f"/channels/{general.id}/messages", form=form)).body["content"] == "hello"


async def test_multipart_that_is_none_is_refused(raw: Raw) -> None:
    """A multipart body without parts is refused (Discord's documentation, "JSON Error Codes", 50035)."""
    assert (await raw(b"no parts", "multipart/form-data")).body["code"] == 50035


async def test_a_request_has_at_most_25_mib(raw: Raw) -> None:
    """A request of more than 25 MiB is refused with 413 and 40005.

    (Discord's documentation, Create Message, "Limitations")
    """
    refused = await raw(io.BytesIO(b" " * (25 * 1024 * 1024 + 1)), "application/json")
    assert (refused.status, refused.body) == (413, {"message": "Request entity too large", "code": 40005})


@pytest.mark.parametrize("header", ["Content-Transfer-Encoding: foo", "Content-Type: text/plain; charset=foo"])
async def test_a_part_that_cannot_be_decoded_is_refused(raw: Raw, header: str) -> None:
    """A part in an unknown encoding or character set is refused (Discord's documentation, "JSON Error Codes", 50035)."""
    part = f'--X\r\nContent-Disposition: form-data; name="content"\r\n{header}\r\n\r\nhello\r\n--X--\r\n'
    refused = await raw(part.encode(), "multipart/form-data; boundary=X")
    assert (refused.status, refused.body["code"]) == (400, 50035)


async def test_a_body_that_is_not_compressed_as_it_says_is_refused(
    http: aiohttp.ClientSession, box: Sandbox, general: Channel
) -> None:
    """A body that is not compressed as its header says is refused (Discord's documentation, "JSON Error Codes", 50109)."""
    headers = {
        "Authorization": f"Bot {box.discord.token}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
    }
    url = f"{box.discord.api_base}/channels/{general.id}/messages"
    async with http.post(url, data=b"no gzip", headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50109)
