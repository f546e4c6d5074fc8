"""The address of a model's server, taken apart: what may be shown of it, and the credentials in it, which may not."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Address:
    """An address. `url` has no credentials, query or fragment, and may be shown.

    `credentials` are `user:password`, or empty; `query` are the parameters that each request gets, which may hold a key.
    """

    url: str
    credentials: str = field(default="", repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def taken_apart(url: str) -> Address:
    """Take a URL apart. Raises ValueError for one that cannot be parsed."""
    parts = urlsplit(url)
    credentials, _, host = parts.netloc.rpartition("@")
    bare = parts._replace(netloc=host, query="", fragment="").geturl().rstrip("/")
    return Address(bare, unquote(credentials), tuple(parse_qsl(parts.query, keep_blank_values=True)))
