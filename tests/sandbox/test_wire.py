"""The HTTP and JSON that both servers have in common."""

import asyncio
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox import Sandbox
from bot.sandbox.wire import Loopback, as_list, as_object, dumps, loads
from tests.sandbox.clients import Rest

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def test_the_content_type_is_exactly_application_json(rest: Rest) -> None:
    """The content type is exactly `application/json`, with which discord.py compares it."""
    assert (await rest("GET", "/users/@me")).headers["Content-Type"] == "application/json"


async def test_every_sandbox_has_ports_of_its_own() -> None:
    """Every sandbox has ports of its own, on 127.0.0.1."""
    async with Sandbox() as one, Sandbox() as other:
        addresses = {one.discord.api_base, other.discord.api_base, one.model.base_url, other.model.base_url}
    assert len(addresses) == 4
    assert all(address.startswith("http://127.0.0.1:") for address in addresses)


async def test_a_client_that_vanishes_in_a_handshake_leaves_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    """A websocket whose client is gone before the handshake is answered ends without a line in the log; the next is served."""
    gone = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        if not gone.is_set():
            gone.set()
            assert request.transport is not None
            request.transport.abort()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/", handle)
    failures: list[Exception] = []
    async with Loopback(app, failures) as loopback, aiohttp.ClientSession() as http:
        reader, writer = await asyncio.open_connection("127.0.0.1", loopback.port)
        writer.write(HANDSHAKE)
        with suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        async with http.ws_connect(loopback.origin) as socket:
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert (failures, caplog.records) == ([], [])


def test_json_values_are_narrowed_by_what_they_are() -> None:
    """A JSON value that is no object or no list is narrowed to None."""
    assert as_object({"a": 1}) == {"a": 1}
    assert as_object([1]) is None
    assert as_list([1]) == [1]
    assert as_list({"a": 1}) is None


@pytest.mark.parametrize("text", ["NaN", "[-Infinity]", '{"a": 1e400}', "[" * 100_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    """Text that Python alone takes for JSON, or that is nested too deep, is refused (RFC 8259, "Numbers")."""
    with pytest.raises(ValueError, match=r"JSON|deep"):
        loads(text)


def test_what_is_no_json_is_not_written() -> None:
    """A number that JSON does not have is not written (RFC 8259, "Numbers")."""
    with pytest.raises(ValueError, match="JSON"):
        dumps({"a": float("nan")})
