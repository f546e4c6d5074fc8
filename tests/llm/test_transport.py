"""The client turns everything that happens between the bot and its server into errors of ours, and leaves no connection open."""

import asyncio
import gzip
import zlib
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing, suppress
from pathlib import Path

import pytest

from bot.chat.ports.model import Delta, Finish
from bot.errors import (
    ConfigError,
    ModelBusy,
    ModelCutOff,
    ModelError,
    ModelKeyRejected,
    ModelQuotaSpent,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
)
from bot.llm.client import connected
from bot.llm.model_list import ListedModel
from bot.llm.server import Server
from tests.llm.asking import REQUEST, answer_of, asked, server_at
from tests.llm.wire import ANSWER, HELLO, STOP, STREAM, chunked, reset, serving

# ------------------------------------------------------------------------------------------ what goes wrong

BEFORE: dict[str, bytes] = {
    "no status line": b"NONSENSE\r\n\r\n",
    "no header": b"hello world",
    "a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    "a header that is none": b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
    "chunks that are none": STREAM + b"zz\r\nxx",
    "closed at once": b"",
    "closed after a promise": b"HTTP/1.1 100 Continue\r\n\r\n",
    "closed in the head": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "closed in the body": STREAM,
    "an error that is cut off": b"HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\nabc",
    "compressed in no way": STREAM.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + chunked(b"0123456789"),
    "sent elsewhere": b"HTTP/1.1 307 There\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
    "sent nowhere": b"HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:99999/\r\nContent-Length: 0\r\n\r\n",
    "sent round in circles": b"HTTP/1.1 302 There\r\nLocation: /v1/chat/completions\r\nContent-Length: 0\r\n\r\n",
}


async def test_a_server_that_makes_no_sense_is_unreachable() -> None:
    """A server that breaks the rules of HTTP is unreachable, and the error names its address."""

    async def met(reply: bytes) -> tuple[str, Finish | ModelError]:
        async with serving(reply) as wire:
            text, end = await asked(server_at(wire.url))
            assert wire.url in str(end)
            return text, end

    ends = await asyncio.gather(*(met(reply) for reply in BEFORE.values()))
    found = {name: (text, type(end)) for name, (text, end) in zip(BEFORE, ends, strict=True)}
    assert found == dict.fromkeys(BEFORE, ("", ModelUnreachable))


@pytest.mark.parametrize("status", [b"301 There", b"302 There", b"307 There", b"308 There"])
async def test_a_redirect_to_another_server_is_not_followed(status: bytes) -> None:
    """Neither the key nor people's text goes to another server; the error names its address, without its query."""
    async with serving(ANSWER) as other:
        there = other.url.replace("/v1", "/v2?token=abc")
        reply = b"HTTP/1.1 %s\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, there.encode())
        async with serving(reply) as wire, connected(server_at(wire.url)) as model:
            _, end = await answer_of(model)
            assert isinstance(end, ModelUnreachable)
            with pytest.raises(ModelUnreachable) as listed:
                await model.models()
            assert await model.reachable()
        assert other.requests == []
    for error in (end, listed.value):
        assert other.url.replace("/v1", "/v2") in str(error)
        assert "token" not in str(error)


async def test_a_redirect_within_a_server_is_followed() -> None:
    """A server may lead to another path of its own."""

    async def leads(writer: asyncio.StreamWriter) -> None:
        led = b"HTTP/1.1 307 There\r\nLocation: /v2/chat/completions\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        writer.write(led if len(wire.requests) == 1 else ANSWER)
        await writer.drain()

    async with serving(leads) as wire:
        assert await asked(server_at(wire.url)) == ("hello", Finish("stop", None))
    assert wire.requests[1].startswith(b"POST /v2/chat/completions")


def compressed(status: bytes, body: bytes, encoding: bytes = b"gzip") -> bytes:
    """A response with a compressed body."""
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Encoding: %s\r\n" % (status, encoding)
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
async def test_an_error_that_is_compressed_is_read(encoding: str) -> None:
    """An error response is read although it is compressed, and no more of it than of others."""
    compress = zlib.compress if encoding == "deflate" else gzip.compress
    said = b'{"error": {"message": "nope", "code": "insufficient_quota"}}'
    async with serving(compressed(b"429 No", compress(said), encoding.encode())) as wire:
        assert type((await asked(server_at(wire.url)))[1]) is ModelQuotaSpent
    bomb = compress(b'{"error": {"message": "' + b"a" * 50_000_000)
    async with serving(compressed(b"500 No", bomb, encoding.encode())) as wire:
        assert type((await asked(server_at(wire.url)))[1]) is ModelUnreachable
    async with serving(compressed(b"401 No", b"not compressed", encoding.encode())) as wire:
        assert type((await asked(server_at(wire.url)))[1]) is ModelKeyRejected


async def test_a_list_of_models_is_bounded() -> None:
    """A list is read when it is compressed, and at most its first 16 MiB."""
    async with (
        serving(compressed(b"200 OK", gzip.compress(b'{"data": [{"id": "m"}]}'))) as wire,
        connected(server_at(wire.url)) as model,
    ):
        assert await model.models() == [ListedModel("m")]
    bomb = compressed(b"200 OK", gzip.compress(b'{"data": [' + b" " * 50_000_000 + b"]}"))
    async with serving(bomb) as wire, connected(server_at(wire.url)) as model:
        with pytest.raises(ModelRejected):
            await model.models()


BEHIND: dict[str, Callable[[asyncio.StreamWriter], None]] = {
    "chunks that are none": lambda writer: writer.write(b"zz\r\nxx"),
    "closed": lambda _: None,
    "reset": reset,
}


@pytest.mark.parametrize("breaks", BEHIND.values(), ids=BEHIND)
@pytest.mark.parametrize("tls", [False, True])
async def test_a_connection_that_breaks_in_the_middle_cuts_the_answer_off(
    breaks: Callable[[asyncio.StreamWriter], None], tls: bool, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that breaks in the middle of an answer cuts it off, and the text before is kept.

    aiohttp tells its reader nothing of chunks that are none (3.14); our own time-out ends such an answer.
    """
    monkeypatch.setenv("SSL_CERT_FILE", known)

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + chunked(HELLO, end=False))
        await writer.drain()
        await asyncio.sleep(0.05)
        breaks(writer)

    async with serving(reply, tls=tls) as wire:
        text, end = await asked(server_at(wire.url, silence_seconds=0.5))

    assert (text, type(end)) == ("hello", ModelCutOff)


@pytest.mark.parametrize(("last", "ends"), [(b"", ModelCutOff), (STOP, Finish)], ids=["half", "whole"])
@pytest.mark.parametrize("breaks", [asyncio.StreamWriter.close, reset], ids=["closed", "reset"])
@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.usefixtures("trusted")
async def test_what_arrived_before_a_connection_broke_is_read(
    last: bytes, ends: type, breaks: Callable[[asyncio.StreamWriter], None], tls: bool
) -> None:
    """Everything that arrived before a connection broke is read, so that a whole answer is whole."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + chunked(HELLO, end=False))
        await writer.drain()
        await asyncio.sleep(0.005)  # the client sleeps between two reads
        writer.write(chunked(*[HELLO] * 50, *[last] * bool(last), end=False))
        await writer.drain()
        breaks(writer)

    async with serving(reply, tls=tls) as wire:
        text, end = await asked(server_at(wire.url))

    assert (text, type(end)) == ("hello" * 51, ends)


NOWHERE = {
    "http://127.0.0.1:9/v1": "ConnectionRefusedError",
    "http://a..b/v1": "UnicodeError",
    "http://127.0.0.1:99999/v1": "ValueError",
    "http://exa mple/v1": "",
}


async def test_an_address_that_leads_nowhere_is_unreachable_and_says_why() -> None:
    """The error of an address that leads nowhere names the reason."""
    ends = await asyncio.gather(*(asked(server_at(url)) for url in NOWHERE))

    for (_, end), reason in zip(ends, NOWHERE.values(), strict=True):
        assert type(end) is ModelUnreachable
        assert reason in str(end)


async def test_a_certificate_that_nobody_knows_is_unreachable_and_says_why() -> None:
    """The error of a certificate that nobody knows names the reason."""
    async with serving(ANSWER, tls=True) as wire:
        _, end = await asked(server_at(wire.url))

    assert type(end) is ModelUnreachable
    assert "SSLCertVerificationError" in str(end)


async def test_a_server_without_tls_is_unreachable_by_https() -> None:
    """A server without TLS that is asked by https is an error of ours."""
    async with serving(b"HTTP/1.1 400 No\r\n\r\n") as wire:
        _, end = await asked(server_at(wire.url.replace("http:", "https:"), first_token_seconds=1))

    assert type(end) in {ModelUnreachable, ModelTimedOut}


@pytest.mark.parametrize("url", ["http://127.0.0.1:port/v1", "http://[::1/v1"])
async def test_an_address_that_is_none_is_a_slip_in_the_configuration(url: str) -> None:
    """An address that is none is told as a slip in the configuration, with the setting's name."""
    with pytest.raises(ConfigError, match=r"model\.base_url"):
        await asked(Server(url))


async def test_certificates_that_are_none_are_a_slip_in_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of certificates that is not there, or holds none, is told as a slip in the configuration."""
    (tmp_path / "empty.pem").write_text("none", encoding="utf-8")
    for name in ("gone.pem", "empty.pem"):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
        with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
            await asked(Server("https://127.0.0.1:9/v1"))


# ------------------------------------------------------------------------------------------ what goes right


async def test_a_certificate_that_the_system_knows_is_taken(known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate whose signer the system knows is taken."""
    monkeypatch.setenv("SSL_CERT_FILE", known)
    async with serving(ANSWER, tls=True) as wire:
        assert await asked(server_at(wire.url)) == ("hello", Finish("stop", None))


async def test_a_server_that_compresses_is_read() -> None:
    """A stream that is compressed is read, although none is asked for."""
    head = STREAM.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    async with serving(head + chunked(gzip.compress(HELLO + STOP))) as wire:
        assert await asked(server_at(wire.url)) == ("hello", Finish("stop", None))
        assert b"accept-encoding: identity" in wire.requests[0]


async def test_a_connection_serves_one_answer_after_another() -> None:
    """One connection serves one answer after another, and is closed with the client."""
    async with serving(ANSWER) as wire, connected(server_at(wire.url)) as model:
        for _ in range(5):
            assert await answer_of(model) == ("hello", Finish("stop", None))
        assert (wire.connections, len(wire.requests)) == (1, 5)
    await asyncio.wait_for(wire.left.wait(), 30)


async def test_an_answer_that_nobody_reads_on_ends_at_the_server() -> None:
    """A stream that is closed early ends its connection, and the next question gets a new one."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + chunked(HELLO, end=False))
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(chunked(HELLO, end=False))
                await writer.drain()
                await asyncio.sleep(0.01)

    async with serving(reply) as wire, connected(server_at(wire.url)) as model:
        async with aclosing(model.stream(REQUEST)) as events:
            first = await anext(events)
            assert isinstance(first, Delta)
            assert first.text.startswith("hello")
        await asyncio.wait_for(wire.left.wait(), 30)
        async with aclosing(model.stream(REQUEST)) as events:
            await anext(events)
        assert wire.connections == 2


@pytest.mark.parametrize("head", [b"", STREAM, STREAM + chunked(b": ping\n\n", end=False)])
async def test_a_silent_server_is_given_up_and_let_go(head: bytes) -> None:
    """A server that sends no text in time is given up after one request."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await asyncio.Event().wait()

    async with serving(reply) as wire:
        async with asyncio.timeout(30):
            _, end = await asked(server_at(wire.url, first_token_seconds=0.2))
    assert type(end) is ModelTimedOut
    assert len(wire.requests) == 1


async def test_a_question_that_is_cancelled_lets_its_connection_go() -> None:
    """A question that is cancelled ends at once."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        asking_task.cancel()
        await asyncio.Event().wait()

    async with serving(reply) as wire, connected(server_at(wire.url)) as model:
        asking_task = asyncio.create_task(answer_of(model))
        with pytest.raises(asyncio.CancelledError):
            await asking_task


async def test_many_answers_are_written_at_once() -> None:
    """The client reads a hundred and fifty answers at once, each on its own connection."""
    many = 150
    all_there = asyncio.Event()
    came = 0

    async def reply(writer: asyncio.StreamWriter) -> None:
        nonlocal came
        came += 1
        if came == many:
            all_there.set()
        writer.write(STREAM + chunked(HELLO, end=False))
        await all_there.wait()
        writer.write(chunked(STOP))
        await writer.drain()

    async with serving(reply) as wire, connected(server_at(wire.url)) as model:
        answers = await asyncio.gather(*(answer_of(model) for _ in range(many)))
    assert set(answers) == {("hello", Finish("stop", None))}


# ------------------------------------------------------------------------------------------ the list of models


async def test_a_page_that_is_no_api_is_said_to_be_none() -> None:
    """A website in the place of the server is said not to speak OpenAI's protocol."""
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<html>welcome</html>"
    async with serving(page) as wire, connected(server_at(wire.url)) as model:
        with pytest.raises(ModelRejected, match="OPENAI_BASE_URL"):
            await model.models()


async def test_the_list_of_models_of_a_server_that_is_away() -> None:
    """The list of models of a server that is away or makes no sense is an error of ours."""
    async with connected(server_at("http://127.0.0.1:9/v1")) as model:
        with pytest.raises(ModelUnreachable, match="ConnectionRefusedError"):
            await model.models()
    async with serving(b"NONSENSE\r\n\r\n") as wire, connected(server_at(wire.url)) as model:
        with pytest.raises(ModelUnreachable):
            await model.models()


async def test_a_limited_rate_before_the_first_word_is_no_cut() -> None:
    """A limited rate before the first word is told as such, with the wait that the server asks for."""
    refusal = b"HTTP/1.1 429 Slow\r\nRetry-After: 600\r\nContent-Length: 0\r\n\r\n"
    async with serving(refusal) as wire, AsyncExitStack() as stack:
        model = await stack.enter_async_context(connected(server_at(wire.url)))
        text, end = await answer_of(model)
    assert isinstance(end, ModelBusy)
    assert (text, end.retry_after, len(wire.requests)) == ("", 600, 1)
