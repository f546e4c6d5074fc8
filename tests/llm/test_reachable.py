"""A look at a server, and how long a request may wait in it behind other requests of ours."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.errors import ModelTimedOut, ModelUnreachable
from bot.llm.client import connected
from tests.llm.asking import REQUEST, answer_of, asked, server_at
from tests.llm.wire import ANSWER, STREAM, Reply, reset, serving

SOON = 0.1
REFUSED = "http://127.0.0.1:9/v1"


def response(status: int) -> bytes:
    """A response of this status with an empty body."""
    return (
        b"HTTP/1.1 %d Status\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % status
    )


async def resets(writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    reset(writer)


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    """Close the connection."""
    writer.close()


async def stays_silent(writer: asyncio.StreamWriter) -> None:
    """Send nothing."""
    await asyncio.sleep(3600)


async def drips(writer: asyncio.StreamWriter) -> None:
    """Send an answer without end, in small pieces."""
    writer.write(b"HTTP/1.1 500 Status\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(SOON / 2)


async def looked_at(url: str, patience: float = 60) -> bool:
    """Look at a server once."""
    async with connected(server_at(url, first_token_seconds=patience)) as client:
        return await client.reachable()


@pytest.mark.parametrize("status", [200, 301, 401, 403, 404, 429, 500, 501, 529])
async def test_a_server_that_answers_anything_can_be_reached(status: int) -> None:
    """A server that does not know the list of models, or refuses the key, is there."""
    async with serving(response(status)) as wire:
        assert await looked_at(wire.url)


@pytest.mark.parametrize("status", [502, 503, 504, 521, 530])
async def test_a_server_that_says_that_it_is_away_is_away(status: int) -> None:
    """A gateway without its server, and a server that loads its model, say so with these statuses."""
    async with serving(response(status)) as wire:
        assert not await looked_at(wire.url)


@pytest.mark.parametrize("reply", [resets, hangs_up])
async def test_a_server_that_drops_connections_is_away(reply: Reply) -> None:
    """A forwarded port takes connections for a server that is not there, and drops them."""
    async with serving(reply) as wire:
        assert not await looked_at(wire.url)


async def test_a_server_that_takes_no_connections_is_away() -> None:
    """Nobody listens at that address."""
    assert not await looked_at(REFUSED)
    assert not await looked_at("http://no-such-host.invalid/v1")


@pytest.mark.parametrize("reply", [stays_silent, drips])
async def test_a_server_that_is_slow_can_be_reached(reply: Reply) -> None:
    """A server that is busy with an answer may have no time for another request; the look ends all the same."""
    async with serving(reply) as wire:
        assert await looked_at(wire.url, SOON)


async def test_a_server_with_an_unknown_certificate_is_away() -> None:
    """No request could reach it."""
    async with serving(ANSWER, tls=True) as wire:
        assert not await looked_at(wire.url)


async def test_a_request_that_reached_no_server_is_told_from_one_that_did() -> None:
    """A refused connection did not reach the server; one that was reset may have, and so has one with an error."""
    _, end = await asked(server_at(REFUSED))
    assert isinstance(end, ModelUnreachable)
    assert not end.connected
    for reply in (resets, response(500)):
        async with serving(reply) as wire:
            _, end = await asked(server_at(wire.url))
        assert isinstance(end, ModelUnreachable)
        assert end.connected


def late(head: bytes) -> Reply:
    """Send `head`, if any, at once, and the rest of the answer long after the time-out."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await asyncio.sleep(4 * SOON)
        writer.write(ANSWER.removeprefix(head))
        await writer.drain()

    return reply


@pytest.mark.parametrize("head", [b"", STREAM])
async def test_a_request_that_may_wait_behind_others_is_not_late(head: bytes) -> None:
    """While the server may be busy with our other answers, its silence does not count, before and behind the head."""
    request = replace(REQUEST, could_begin=lambda: None)
    async with serving(late(head)) as wire, connected(server_at(wire.url, first_token_seconds=SOON)) as client:
        text, _ = await answer_of(client, request)
    assert text == "hello"


@pytest.mark.parametrize("head", [b"", STREAM])
async def test_patience_begins_when_the_server_could_begin(head: bytes) -> None:
    """The time-out counts from when the answers in front have ended."""
    began = asyncio.get_running_loop().time()
    request = replace(REQUEST, could_begin=lambda: began + 60)
    async with serving(late(head)) as wire, connected(server_at(wire.url, first_token_seconds=SOON)) as client:
        text, _ = await answer_of(client, request)
    assert text == "hello"


@pytest.mark.parametrize("head", [b"", STREAM])
@pytest.mark.parametrize("could_begin", [None, lambda: None, lambda: 0.0])
async def test_silence_ends_in_any_case(head: bytes, could_begin: Callable[[], float | None] | None) -> None:
    """A request that waits behind others for ever is given up as well."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await asyncio.sleep(3600)

    request = replace(REQUEST, could_begin=could_begin)
    async with serving(reply) as wire, connected(server_at(wire.url, first_token_seconds=SOON)) as client:
        text, end = await answer_of(client, request)
    assert (text, type(end)) == ("", ModelTimedOut)
