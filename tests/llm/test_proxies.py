"""Proxies of the environment between the client and its server."""

import pytest

from bot.chat.ports.model import Finish
from bot.errors import ConfigError, ModelError, ModelUnreachable
from bot.llm.client import connected
from tests.llm.asking import asked, server_at
from tests.llm.wire import ANSWER, serving

DEAD = "127.0.0.1:9"
SERVER = "http://llm.example/v1"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy is named but by the test."""
    for kind in ("http", "https", "all", "no"):
        for name in (f"{kind}_proxy", f"{kind}_PROXY".upper()):
            monkeypatch.delenv(name, raising=False)


async def test_a_proxy_that_works_is_used_and_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server behind a proxy of the environment answers as without it."""
    async with serving(ANSWER) as wire:
        monkeypatch.setenv("HTTP_PROXY", wire.url.removesuffix("/v1"))
        text, end = await asked(server_at(SERVER))
    assert (text, type(end)) == ("hello", Finish)
    assert wire.requests[0].startswith(b"POST http://llm.example/v1/chat/completions ")


@pytest.mark.parametrize(
    ("variable", "address", "advice"),
    [
        ("HTTP_PROXY", f"http://hush:hush@{DEAD}", "check that proxy, or name the server in NO_PROXY"),
        ("http_proxy", DEAD, "check that proxy, or name the server in NO_PROXY"),
        ("ALL_PROXY", f"http://{DEAD}", "check that proxy, or name the server in NO_PROXY"),
        ("ALL_PROXY", f"socks5://hush:hush@{DEAD}", "because SOCKS is not supported"),
        ("all_proxy", f"socks5h://{DEAD}", "because SOCKS is not supported"),
    ],
)
@pytest.mark.parametrize("listing", [True, False])
@pytest.mark.filterwarnings(
    "ignore:.*(BasicAuth|proxy_auth).* is deprecated:DeprecationWarning"
)  # the SDK's own use of aiohttp
async def test_a_proxy_that_cannot_be_reached_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, address: str, advice: str, listing: bool
) -> None:
    """The error of a server that cannot be reached names the proxy before it, by variable and host, without its password."""
    monkeypatch.setenv(variable, address)
    if listing:
        async with connected(server_at(SERVER)) as client:
            with pytest.raises(ModelUnreachable) as raised:
                await client.models()
        error: object = raised.value
    else:
        _, error = await asked(server_at(SERVER))
    assert f"cannot be reached through the proxy {DEAD} that {variable} names (" in str(error)
    assert advice in str(error)
    assert "hush" not in str(error)


async def test_a_proxy_before_https_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that refuses the tunnel to a server with TLS is named."""
    async with serving(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as wire:
        monkeypatch.setenv("HTTPS_PROXY", wire.url.removesuffix("/v1"))
        _, end = await asked(server_at("https://llm.example/v1"))
    assert wire.requests[0].startswith(b"CONNECT llm.example:443 ")
    assert "through the proxy 127.0.0.1:" in str(end)
    assert "that HTTPS_PROXY names" in str(end)


@pytest.mark.parametrize("status", [b"407 Proxy Authentication Required", b"503 Unavailable", b"403 Forbidden"])
async def test_a_proxy_that_answers_in_the_servers_place_is_named(
    monkeypatch: pytest.MonkeyPatch, status: bytes
) -> None:
    """An error page of a proxy names the proxy, whatever its status says of the server."""
    page = b"<html>no</html>"
    head = b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % (status, len(page))
    async with serving(head + page) as wire:
        monkeypatch.setenv("HTTP_PROXY", wire.url.removesuffix("/v1"))
        _, end = await asked(server_at(SERVER))
    assert isinstance(end, ModelError)
    assert "; it was asked through the proxy 127.0.0.1:" in str(end)


async def test_a_server_that_needs_no_proxy_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY keeps a server from being asked through the proxy, and the proxy from being named."""
    monkeypatch.setenv("ALL_PROXY", f"socks5://{DEAD}")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    async with serving(ANSWER) as wire:
        text, _ = await asked(server_at(wire.url))
    assert text == "hello"
    _, end = await asked(server_at(f"http://{DEAD}/v1"))
    assert isinstance(end, ModelUnreachable)
    assert "proxy" not in str(end)


@pytest.mark.parametrize("address", ["socks4://127.0.0.1:9", "http://hush:port", "ftp://hush"])
async def test_a_proxy_that_is_no_address_is_named_at_the_start(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """A proxy that no client understands is a problem of the configuration that names its variable and not its value."""
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ConfigError, match="HTTPS_PROXY names no proxy that can be used") as raised:
        async with connected(server_at(SERVER)):
            pass
    assert "hush" not in str(raised.value)
