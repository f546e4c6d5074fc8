"""The client asks its server through the proxy that the environment names."""

import pytest

from bot.chat.ports.model import Finish
from bot.errors import ConfigError, ModelError, ModelUnreachable
from tests.llm.asking import asked, server_at
from tests.llm.wire import ANSWER, Wire, serving


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no proxy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


async def proxied(wire: Wire, environment: pytest.MonkeyPatch, **variables: str) -> tuple[str, Finish | ModelError]:
    """Ask a server that only a proxy knows."""
    for name, value in variables.items():
        environment.setenv(name, value)
    return await asked(server_at("http://model.invalid/v1"))


@pytest.mark.filterwarnings(
    "ignore:(BasicAuth|The 'proxy_auth' parameter) is deprecated:DeprecationWarning"
)  # in the SDK
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_in_the_environment_is_used(no_proxies: pytest.MonkeyPatch, name: str) -> None:
    """A proxy that the environment names is used, with its name and password."""
    async with serving(ANSWER) as wire:
        origin = wire.url.removesuffix("/v1").replace("//", "//me:secret@")
        assert await proxied(wire, no_proxies, **{name: origin}) == ("hello", Finish("stop", None))
        assert wire.requests[0].startswith(b"POST http://model.invalid/v1/chat/completions HTTP/1.1\r\n")
        assert b"Proxy-Authorization: Basic " in wire.requests[0]


async def test_a_server_that_needs_no_proxy_is_asked_directly(no_proxies: pytest.MonkeyPatch) -> None:
    """A server that the environment excepts from the proxy is asked directly."""
    no_proxies.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    no_proxies.setenv("NO_PROXY", "127.0.0.1")
    async with serving(ANSWER) as wire:
        assert await asked(server_at(wire.url)) == ("hello", Finish("stop", None))


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
async def test_a_proxy_that_is_away_is_unreachable(no_proxies: pytest.MonkeyPatch, proxy: str) -> None:
    """A server behind a proxy that is away is unreachable."""
    no_proxies.setenv("ALL_PROXY", proxy)
    _, end = await asked(server_at("http://model.invalid/v1"))
    assert type(end) is ModelUnreachable


async def test_a_proxy_that_refuses_is_unreachable(no_proxies: pytest.MonkeyPatch) -> None:
    """A server behind a proxy that refuses is unreachable."""
    async with serving(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n") as wire:
        no_proxies.setenv("HTTPS_PROXY", wire.url.removesuffix("/v1"))
        _, end = await asked(server_at("https://model.invalid/v1"))
    assert type(end) is ModelUnreachable


async def test_a_proxy_of_an_unknown_kind_is_a_slip_in_the_configuration(no_proxies: pytest.MonkeyPatch) -> None:
    """A proxy of an unknown kind is told as a slip in the configuration, without its password."""
    no_proxies.setenv("ALL_PROXY", "gopher://me:secret@127.0.0.1:9")
    with pytest.raises(ConfigError, match="proxy") as raised:
        await asked(server_at("http://model.invalid/v1"))
    assert "secret" not in str(raised.value)
