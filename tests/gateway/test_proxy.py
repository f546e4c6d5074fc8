"""Discord behind an HTTP proxy on loopback: login, gateway and messages go through it, and it is named when it fails."""

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from bot.errors import DiscordError
from bot.gateway.login import logged_in
from bot.sandbox import Sandbox
from tests.gateway.conftest import Town, settings_of

_TARGET = re.compile(rb"^\w+ ((?:http|ws)://([\d.]+):(\d+))(\S*) HTTP")


@dataclass
class Proxy:
    """An HTTP proxy. `seen` holds of each request its path, and whether the credentials came with it."""

    url: str = ""
    seen: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass the requests of one connection on to the server that the first of them names."""
        head = await reader.readuntil(b"\r\n\r\n")
        target = _TARGET.match(head)
        assert target is not None, head
        there, back = await asyncio.open_connection(target[2].decode(), int(target[3]))
        back.write(self._direct(head))
        await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                writer.write(self._direct(chunk))
                await writer.drain()
        writer.close()

    def _direct(self, chunk: bytes) -> bytes:
        """Return a request as the server itself is asked; anything else as it is."""
        target = _TARGET.match(chunk)
        if target is None:
            return chunk
        self.seen.append((target[4].decode(), b64encode(b"me:hush") in chunk))
        return chunk.replace(target[1], b"", 1)


@asynccontextmanager
async def proxying() -> AsyncGenerator[Proxy]:
    """A proxy that listens."""
    proxy = Proxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()
        proxy.url = f"http://{host}:{port}"
        yield proxy
    finally:
        server.close()


@pytest.mark.parametrize("credentials", ["", "me:hush@"])
@pytest.mark.filterwarnings("ignore:.*(BasicAuth|proxy_auth).* is deprecated:DeprecationWarning")  # discord.py's use
async def test_discord_is_asked_through_the_proxy(credentials: str) -> None:
    """Login, gateway and messages pass the proxy, with its user and password where they are set."""
    async with Sandbox() as box, proxying() as proxy:
        url = proxy.url.replace("//", f"//{credentials}")
        async with logged_in(settings_of(box).model_copy(update={"proxy": url})) as client:
            home = box.discord.guild("Home")
            town = Town(box, home, home.channel("general"), box.discord.user("Alice"), client)
            town.listen()
            async with town.online():
                await box.bot.connected()
                await town.hears("hello")
                channel = client.get_partial_messageable(town.general.id)
                await channel.send("hello back")
    paths = [path for path, _ in proxy.seen]
    for wanted in ("/users/@me", "/gateway/bot", "encoding=json", "/messages"):
        assert any(wanted in path for path in paths), paths
    assert {given for _, given in proxy.seen} == {bool(credentials)}


async def test_a_proxy_that_is_not_there_is_named() -> None:
    """A proxy that cannot be reached ends the login with the setting to check, and without its password."""
    async with Sandbox() as box:
        settings = settings_of(box).model_copy(update={"proxy": "http://127.0.0.1:9"})
        with pytest.raises(DiscordError, match=r"cannot be reached .* check discord\.proxy"):
            async with logged_in(settings):
                pass
