"""`Downloads` fetches files from Discord's file servers, and from nowhere else.

Discord serves files from two hosts (documentation, Reference, "Signed Attachment CDN URLs"). Where the API's base is another one,
as behind a proxy, its host serves them too. No redirect is followed, and a declared size is not trusted.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from yarl import URL

from bot.config import DISCORD_API
from bot.errors import ParleyError

_HOSTS: Final = frozenset({URL("https://cdn.discordapp.com"), URL("https://media.discordapp.net")})
_GONE: Final = frozenset({403, 404, 410})
"""An expired link is answered with 404, and was with 403 for some time (reports of public clients)."""
_CHUNK: Final = 65_536
_CONNECT_SECONDS: Final = 10
_SILENCE_SECONDS: Final = 15


class NotFetched(ParleyError):
    """A file cannot be fetched."""


class FileGone(NotFetched):
    """The link has expired, or the file was deleted."""


class FileTooLarge(NotFetched):
    """The file has more bytes than it may have."""


class Downloads:
    """Fetches files. `api_base` is the base of Discord's API, `proxy` that of an HTTP proxy; empty for none."""

    def __init__(self, api_base: str = DISCORD_API, proxy: str = "") -> None:
        self._proxy = proxy or None
        base = URL(api_base).origin()
        self._origins = _HOSTS if api_base == DISCORD_API else _HOSTS | {base}

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[aiohttp.ClientSession]:
        """A session for the files of one question. It keeps no cookies."""
        timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS)
        async with aiohttp.ClientSession(
            timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, proxy=self._proxy
        ) as session:
            yield session

    async def fetch(self, session: aiohttp.ClientSession, link: str, most: int) -> bytes:
        """Return a file of `most` bytes at most. Raises NotFetched, FileGone or FileTooLarge."""
        try:
            url = URL(link, encoded=True)
            if url.user is not None or url.origin() not in self._origins:
                raise NotFetched("the link of a file leads away from Discord")
            async with session.get(url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response:
                return await _body(response, most)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NotFetched(f"a file cannot be fetched ({type(error).__name__})") from error


async def _body(response: aiohttp.ClientResponse, most: int) -> bytes:
    if response.status in _GONE:
        raise FileGone(f"a file is not there (status {response.status})")
    if response.status != 200:
        raise NotFetched(f"a file cannot be fetched (status {response.status})")
    if (response.content_length or 0) > most:
        raise FileTooLarge("a file has too many bytes")
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > most:
            raise FileTooLarge("a file has too many bytes")
    return bytes(body)
