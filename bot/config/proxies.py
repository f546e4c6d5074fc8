"""Names the proxies of the environment: HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, in capitals or not, and NO_PROXY's exceptions."""

import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

_ANY: Final = "all"
"""The proxy for every scheme that has none of its own."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy by the variable that names it and by its host, with the port but without name and password.

    `speaks_socks`: it takes no HTTP.
    """

    variable: str
    host: str
    speaks_socks: bool

    def __str__(self) -> str:
        return f"the proxy {self.host} that {self.variable} names"


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that the environment names for the scheme of a URL, whether or not NO_PROXY excepts its host."""
    found = getproxies()
    for kind in (urlsplit(url).scheme, _ANY):
        if address := found.get(kind):
            scheme, _, rest = address.rpartition("://")
            host = rest.rpartition("@")[2].partition("/")[0]
            return Proxy(_variable(f"{kind}_proxy"), host or "(no host)", scheme.lower().startswith("socks"))
    return None


def is_excepted(url: str) -> bool:
    """Return whether NO_PROXY excepts the host of a URL, by the rules of `urllib.request`."""
    return bool(proxy_bypass(urlsplit(url).hostname or ""))


def proxy_variables() -> list[str]:
    """Return the variables that name a proxy."""
    return sorted({_variable(f"{kind}_proxy") for kind, address in getproxies().items() if address and kind != "no"})


def _variable(name: str) -> str:
    """Return the variable as it is spelt; `urllib` prefers small letters. On some systems proxies come from elsewhere."""
    return next((spelt for spelt in (name, name.upper()) if os.environ.get(spelt)), "the system")
