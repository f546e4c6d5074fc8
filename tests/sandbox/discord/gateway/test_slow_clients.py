"""Tests of clients that do not read, and of a gateway that ends in time nevertheless."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp

from bot.sandbox import Channel, Person, Sandbox, Server
from bot.sandbox.discord.gateway.connections import MAX_BEHIND
from bot.sandbox.wire import dumps
from tests.sandbox.discord.gateway.raw_gateway import EVERYTHING, PROPERTIES, raw_gateway

_UPGRADE = (
    b"GET /gateway?v=10 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@asynccontextmanager
async def stuck_client(box: Sandbox, home: Server, channel: Channel) -> AsyncGenerator[socket.socket]:
    """Identify on a socket that is never read, and send more than the system's buffers take."""
    box.discord.gateway.closing_seconds = 0.05
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", urlsplit(box.discord.gateway_url).port))
        await loop.sock_sendall(client, _UPGRADE)
        identify = dumps({"op": 2, "d": {"token": box.discord.token, "intents": EVERYTHING, "properties": PROPERTIES}})
        await loop.sock_sendall(client, b"\x81\xfe" + len(identify).to_bytes(2, "big") + bytes(4) + identify)
        await box.bot.connected()
        for _ in range(12):
            home.changes(channel, topic="x" * 1_000_000)
            await asyncio.sleep(0)
        yield client


async def rest_of(client: socket.socket) -> bytes:
    """Read a socket to its end and return the last part."""
    loop, last = asyncio.get_running_loop(), b""
    with contextlib.suppress(ConnectionError):
        while part := await loop.sock_recv(client, 1 << 20):
            last = part
    return last


async def test_a_client_that_never_reads_is_dropped_in_time(
    box: Sandbox, http: aiohttp.ClientSession, home: Server, general: Channel, alice: Person
) -> None:
    """A client that never reads is cut off, and other clients are closed in time (the sandbox's own promise)."""
    async with stuck_client(box, home, general) as stuck, raw_gateway(box, http) as healthy, asyncio.timeout(30):
        await healthy.identifies()
        dropping = asyncio.create_task(box.discord.drops_gateway())
        assert await healthy.closed() == 4000
        await dropping
        await box.bot.disconnected()
        await alice.says(general, "anybody?")
        assert not (await rest_of(stuck)).endswith((4000).to_bytes(2, "big")), "it was cut off before its close frame"


async def test_the_sandbox_ends_under_a_client_that_never_reads() -> None:
    """The sandbox ends although a client never reads (the sandbox's own promise)."""
    async with asyncio.timeout(30), Sandbox() as box:
        home = box.discord.guild("Home")
        client = stuck_client(box, home, home.channel("general"))
        await client.__aenter__()
    await client.__aexit__(None, None, None)


async def test_a_dropped_bot_is_not_connected(box: Sandbox, http: aiohttp.ClientSession, home: Server) -> None:
    """A bot whose connection is being closed does not count as connected (the sandbox's own promise)."""
    async with raw_gateway(box, http) as gateway:
        await gateway.identifies()
        dropping = asyncio.create_task(box.discord.drops_gateway())
        await asyncio.sleep(0)
        assert not box.discord.gateway.connected
        assert await gateway.closed() == 4000
        await dropping


async def test_a_client_too_far_behind_is_closed_and_may_resume(
    box: Sandbox, http: aiohttp.ClientSession, home: Server
) -> None:
    """A client with too many frames waiting is closed with 4000 and may resume; Discord's figure is in no document."""
    async with raw_gateway(box, http) as gateway:
        session_id = (await gateway.identifies())["d"]["session_id"]
        for _ in range(MAX_BEHIND + 1):
            box.discord.asks_to_reconnect()
        assert not box.discord.gateway.connected
        assert await gateway.closed() == 4000
    home.channel("new")
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes(session_id, 2)
        assert (await gateway.hears("CHANNEL_CREATE"))["name"] == "new"
