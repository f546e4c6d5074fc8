"""`RawGateway` sends and receives single frames of the gateway, for cases that discord.py would never send."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bot.sandbox import Intent, Sandbox

EVERYTHING = int(sum(Intent))
PROPERTIES = {"os": "linux", "browser": "test", "device": "test"}


class RawGateway:
    """One websocket to the gateway. Every wait gives up after 5 seconds."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        self.socket = socket
        self._token = token

    async def sends(self, op: object, body: object = None) -> None:
        """Send a frame."""
        await self.socket.send_json({"op": op, "d": body})

    async def receives(self) -> dict[str, Any]:
        """Return the next frame."""
        async with asyncio.timeout(30):
            return await self.socket.receive_json()

    async def hears(self, name: str) -> dict[str, Any]:
        """Return the payload of the next event of that name."""
        while (frame := await self.receives())["t"] != name:
            pass
        return frame["d"]

    async def names_until_ack(self) -> list[str]:
        """Return the names of all events that came before the answer to a heartbeat sent now."""
        await self.sends(1)
        names: list[str] = []
        while (frame := await self.receives())["op"] != 11:
            names.append(frame["t"])
        return names

    async def closed(self) -> int | None:
        """Wait for the end and return its code."""
        async with asyncio.timeout(30):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code

    async def identifies(self, **changes: object) -> dict[str, Any]:
        """Identify with these changes to a plain body, and return the next frame."""
        body = {"token": self._token, "intents": EVERYTHING, "properties": PROPERTIES} | changes
        await self.sends(2, body)
        return await self.receives()

    async def resumes(self, session_id: object, seq: object, token: str | None = None) -> None:
        """Ask to resume."""
        await self.sends(6, {"token": self._token if token is None else token, "session_id": session_id, "seq": seq})


@asynccontextmanager
async def raw_gateway(
    box: Sandbox, http: aiohttp.ClientSession, params: dict[str, str] | None = None
) -> AsyncGenerator[RawGateway]:
    """Connect and take HELLO. The close at the end lets the session stay."""
    async with http.ws_connect(box.discord.gateway_url, params=params, max_msg_size=0) as socket:
        gateway = RawGateway(socket, box.discord.token)
        hello = await gateway.receives()
        assert hello["op"] == 10
        assert hello["d"]["heartbeat_interval"] == box.discord.gateway.heartbeat_ms
        yield gateway
        await socket.close(code=4000)
