"""The proxies that the environment names."""

import pytest

from bot.config.proxies import Proxy, is_excepted, proxy_for, proxy_variables

VARIABLES = [name for kind in ("http", "https", "all", "no") for name in (f"{kind}_proxy", f"{kind}_PROXY".upper())]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy is named but by the test."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://proxy.example:3128"}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, Proxy("HTTPS_PROXY", "proxy.example:3128", False)),
        ({"https_proxy": "proxy.example:3128/"}, Proxy("https_proxy", "proxy.example:3128", False)),
        ({"HTTPS_PROXY": "http://hush:hush@proxy.example"}, Proxy("HTTPS_PROXY", "proxy.example", False)),
        ({"HTTPS_PROXY": "hush:hu@s/h@[::1]:8080"}, Proxy("HTTPS_PROXY", "[::1]:8080", False)),
        ({"HTTPS_PROXY": "http://"}, Proxy("HTTPS_PROXY", "(no host)", False)),
        ({"ALL_PROXY": "socks5://127.0.0.1:9"}, Proxy("ALL_PROXY", "127.0.0.1:9", True)),
        ({"all_proxy": "SOCKS5H://hush@127.0.0.1:9"}, Proxy("all_proxy", "127.0.0.1:9", True)),
        ({"ALL_PROXY": "socks5://one", "HTTPS_PROXY": "http://two"}, Proxy("HTTPS_PROXY", "two", False)),
    ],
)
def test_a_proxy_is_named_by_its_variable_and_host(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], expected: Proxy | None
) -> None:
    """The proxy of a URL is the one for its scheme, else the one for all; its name and password are left out."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    proxy = proxy_for("https://llm.example/v1")
    assert proxy == expected
    if proxy is not None:
        assert str(proxy) == f"the proxy {proxy.host} that {proxy.variable} names"


def test_a_host_can_be_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY names hosts that are asked directly."""
    assert not is_excepted("http://127.0.0.1:8080/v1")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    assert is_excepted("http://127.0.0.1:8080/v1")
    assert not is_excepted("https://llm.example/v1")


def test_the_variables_that_name_proxies_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that are set count, NO_PROXY does not."""
    for name, value in {"HTTP_PROXY": "x", "all_proxy": "y", "HTTPS_PROXY": "", "NO_PROXY": "z"}.items():
        monkeypatch.setenv(name, value)
    assert proxy_variables() == ["HTTP_PROXY", "all_proxy"]
