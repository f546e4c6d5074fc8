"""The hosts and origins that may open the page, and the sources that it may load from."""

import re
import socket

import aiohttp
import pytest
from yarl import URL

from bot.sandbox import Sandbox
from bot.sandbox.page import Page


@pytest.mark.parametrize("path", ["", "static/main.js", "socket"])
async def test_another_host_is_refused(page: Page, http: aiohttp.ClientSession, path: str) -> None:
    """Requests for any other host than 127.0.0.1 or localhost at the page's port are refused."""
    port = URL(page.url).port
    for host in (f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port}.evil.example", f"[::1]:{port}"):
        async with http.get(page.url + path, headers={"Host": host}) as refused:
            assert refused.status == 403, host
    async with http.get(f"{page.url}static/main.js", headers={"Host": f"localhost:{port}"}) as served:
        assert served.status == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "file://"]
)
async def test_another_origin_is_refused(page: Page, http: aiohttp.ClientSession, origin: str) -> None:
    """Requests and websockets of another origin are refused."""
    async with http.get(page.url, headers={"Origin": origin}) as refused:
        assert refused.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError) as handshake:
        await http.ws_connect(f"{page.url}socket", headers={"Origin": origin})
    assert handshake.value.status == 403


async def test_its_own_origin_is_welcome(page: Page, http: aiohttp.ClientSession) -> None:
    """A websocket of the page's own origin is accepted, by address and as localhost."""
    for origin in (page.url.rstrip("/"), page.url.rstrip("/").replace("127.0.0.1", "localhost")):
        async with http.ws_connect(f"{page.url}socket", headers={"Origin": origin}) as socket_:
            assert (await socket_.receive_json())["op"] == "hello"


async def test_it_listens_on_loopback_only(page: Page) -> None:
    """The page listens on 127.0.0.1 only."""
    port = URL(page.url).port
    assert URL(page.url).host == "127.0.0.1"
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", port))


async def test_nothing_is_loaded_from_elsewhere(box: Sandbox, page: Page, http: aiohttp.ClientSession) -> None:
    """The page loads from itself and pictures from the sandbox, has no inline script, and sends no referrer."""
    async with http.get(page.url) as served:
        policy = served.headers["Content-Security-Policy"]
        html = await served.text()
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert served.headers["Referrer-Policy"] == "no-referrer"
    assert policy.startswith("default-src 'self'; ")
    assert f"img-src 'self' data: {box.discord.world.origin}; media-src {box.discord.world.origin};" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"https?://|<script(?![^>]*\bsrc=)|\son\w+=|style=", html)
