"""A user, a password and a query in the address of the model's server."""

from base64 import b64encode

import pytest

from bot.chat.ports.model import Finish
from bot.errors import ModelKeyRejected
from bot.llm.server import Server
from tests.llm.asking import asked
from tests.llm.wire import ANSWER, serving

BASIC = b64encode(b"me:hunter2").decode()


async def test_credentials_take_the_place_of_the_key() -> None:
    """A user and a password go as basic authentication, and the query of the address with each request."""
    async with serving(ANSWER) as wire:
        server = Server(wire.url, credentials="me:hunter2", query=(("key", "hunter3"), ("v", "1")))
        text, end = await asked(server)
    assert (text, type(end)) == ("hello", Finish)
    (request,) = wire.requests
    assert request.startswith(b"POST /v1/chat/completions?key=hunter3&v=1 HTTP/1.1")
    assert f"\r\nAuthorization: Basic {BASIC}\r\n".lower().encode() in request.lower()
    assert b"bearer" not in request.lower()


async def test_a_refusal_that_repeats_them_does_not_reach_the_log() -> None:
    """Of a server's words that repeat its credentials, only the rest may be logged, and no representation shows them."""
    words = f"no entry for me:hunter2 ({BASIC}) or hunter2 with hunter3 of 2024-10-21"
    body = f'{{"error":{{"message":"{words}"}}}}'.encode()
    head = b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with serving(head + body) as wire:
        server = Server(wire.url, credentials="me:hunter2", query=(("key", "hunter3"), ("api-version", "2024-10-21")))
        _, end = await asked(server)
    assert isinstance(end, ModelKeyRejected)
    assert end.words == "no entry for […] ([…]) or […] with […] of 2024-10-21"
    assert "hunter" not in repr(server)


@pytest.mark.parametrize("credentials", ["", "me", ":secret", "ü:ß"])
def test_any_credentials_can_be_sent(credentials: str) -> None:
    """Credentials of any characters become a header, and none where there are none."""
    expected = {"Authorization": f"Basic {b64encode(credentials.encode()).decode()}"} if credentials else {}
    assert Server("http://x", credentials=credentials).headers == expected
