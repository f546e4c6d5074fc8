"""Reaches the proxy below a client of the SDK, and the aiohttp connection below a response; bounds what is read of a response.

Only this file uses these private attributes (httpx2 2.16, aiohttp 3.14).
"""

import asyncio
import socket
import zlib
from collections.abc import AsyncIterator
from typing import Final, cast

import aiohttp
import httpx2

_LONGEST_ERROR: Final = 1024 * 1024
"""The most bytes that are read of an error response, decompressed: far more than the longest report."""
_LONGEST_LIST: Final = 16 * 1024 * 1024
"""The same of a list of models. OpenRouter's has about 1 MB."""
_INFLATE: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
"""Content encodings that are decompressed, and how zlib knows them."""


class LedElsewhereError(httpx2.HTTPError):
    """A server redirects to another one, which was not followed, because the key and people's text go with each request.

    `address` is where it leads, without credentials and query.
    """

    def __init__(self, address: str) -> None:
        super().__init__(f"redirected to {address}")
        self.address = address


def is_proxied(client: httpx2.AsyncClient, url: str) -> bool:
    """Return whether the client asks a URL through a proxy. It chooses by the environment's variables, NO_PROXY among them."""
    transport: object = client._transport_for_url(httpx2.URL(url))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way
    return getattr(transport, "proxy", None) is not None


async def make_readable(response: httpx2.Response) -> None:
    """Have the text of a response decoded as UTF-8, which JSON is, and only the beginning of an error or a list read.

    The SDK decodes an error response by the charset that the server names. Some of Python's codecs are not for text, and raise
    errors of any kind. A hook of the SDK's client. Raises LedElsewhereError.
    """
    if response.has_redirect_location:
        _check_redirect(response)
    response.encoding = "utf-8"
    if response.is_error or response.request.method == "GET":
        inflate = _INFLATE.get(response.headers.pop("content-encoding", "identity").strip().lower())
        most = _LONGEST_ERROR if response.is_error else _LONGEST_LIST
        response.stream = _FirstBytes(cast("httpx2.AsyncByteStream", response.stream), most, inflate)


def _check_redirect(response: httpx2.Response) -> None:
    """Raise LedElsewhereError, unless the redirect leads to the same host and port, or to the same host with TLS."""
    here = response.url
    try:
        there = here.join(response.headers["location"])
    except httpx2.InvalidURL:
        raise LedElsewhereError("an address that cannot be read") from None
    upgraded = (here.scheme, there.scheme, here.port, there.port) == ("http", "https", None, None)
    if here.host != there.host or not (upgraded or (here.scheme, here.port) == (there.scheme, there.port)):
        raise LedElsewhereError(str(there.copy_with(username=None, password=None, query=None, fragment=None)))


class _FirstBytes(httpx2.AsyncByteStream):
    """The beginning of a response of at most so many bytes, decompressed if `inflate` tells zlib how."""

    def __init__(self, whole: httpx2.AsyncByteStream, most: int, inflate: int | None) -> None:
        self._whole = whole
        self._most = most
        self._inflate = inflate

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        decompressor = None if self._inflate is None else zlib.decompressobj(self._inflate)
        async for chunk in self._whole:
            try:
                piece = decompressor.decompress(chunk, left) if decompressor else chunk[:left]
            except zlib.error:  # not compressed, or not so
                return
            yield piece
            left -= len(piece)
            if left <= 0:
                return

    async def aclose(self) -> None:
        await self._whole.aclose()


def unread(response: httpx2.Response) -> bytes:
    """Return the bytes that arrived before the connection broke and were not read: aiohttp keeps them but raises the error."""
    aiohttp_response = _aiohttp_response(response)
    content = aiohttp_response.content if aiohttp_response is not None else None
    if content is None or content.exception() is None:
        return b""
    content.set_exception(None)  # pyright: ignore[reportArgumentType] -- None makes the rest readable
    return content.read_nowait()


class SocketBatches:
    """Has the system collect arriving bytes before it wakes the process, by the low-water mark of the response's socket.

    Waking up for each token costs more than processing it. The mark (SO_RCVLOWAT) holds for the data of a connection, not for
    its end. Where a system knows no such mark, each arrival wakes the process, as without this class.
    """

    def __init__(self, response: httpx2.Response) -> None:
        aiohttp_response = _aiohttp_response(response)
        connection = aiohttp_response.connection if aiohttp_response is not None else None
        transport = connection.transport if connection is not None else None
        self._socket: socket.socket | None = transport.get_extra_info("socket") if transport is not None else None
        self._mark = 1
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, size: int, seconds: float) -> None:
        """Wake the process when `size` bytes are there, or after so many seconds for whatever is there."""
        self._stop_timer()
        self._set(size)
        if self._mark > 1:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._set, 1)

    def close(self) -> None:
        """Wake the process for each byte again: the connection goes on to other responses."""
        self._stop_timer()
        self._set(1)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, mark: int) -> None:
        if self._socket is None or mark == self._mark:
            return
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, mark)
        except (OSError, AttributeError):  # closed, or a system without such a mark
            self._socket = None
            self._mark = 1
        else:
            self._mark = mark


def _aiohttp_response(response: httpx2.Response) -> aiohttp.ClientResponse | None:
    stream: object = response.stream
    while (inner := getattr(stream, "_stream", None)) is not None:  # the SDK wraps the stream more than once
        stream = inner
    aiohttp_response: object = getattr(stream, "_aiohttp_response", None)
    return aiohttp_response if isinstance(aiohttp_response, aiohttp.ClientResponse) else None
