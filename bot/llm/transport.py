"""Reaches the proxy below a client of the SDK, and the aiohttp connection below a response.

Only this file uses these private attributes (httpx2 2.16, aiohttp 3.14).
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import aiohttp
import httpx2


def is_proxied(client: httpx2.AsyncClient, url: str) -> bool:
    """Return whether the client asks a URL through a proxy. It chooses by the environment's variables, NO_PROXY among them."""
    transport: object = client._transport_for_url(httpx2.URL(url))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return getattr(transport, "proxy", None) is not None


def unread(response: httpx2.Response) -> bytes:
    """Return the bytes that arrived before the connection broke and were not read: aiohttp keeps them but raises the error."""
    aiohttp_response = _aiohttp_response(response)
    content = aiohttp_response.content if aiohttp_response is not None else None
    if content is None or content.exception() is None:
        return b""
    content.set_exception(None)  # pyright: ignore[reportArgumentType] -- None makes the rest readable
    return content.read_nowait()


@contextmanager
def reading_paused(response: httpx2.Response) -> Generator[None, None, None]:
    """Leave arriving bytes in the system's buffer during the context, so that they do not wake the process."""
    aiohttp_response = _aiohttp_response(response)
    connection = aiohttp_response.connection if aiohttp_response is not None else None
    transport = _below_tls(connection.transport) if connection is not None else None
    if transport is None or not transport.is_reading():  # the response has ended, or aiohttp itself has paused it
        yield
        return
    transport.pause_reading()
    try:
        yield
    finally:
        transport.resume_reading()


def _below_tls(transport: asyncio.BaseTransport | None) -> asyncio.ReadTransport | None:
    """Return the transport that reads the socket.

    Pausing a TLS transport only stops decryption: the socket still wakes the process, and a reset discards what it had read.
    """
    while (protocol := getattr(transport, "_ssl_protocol", None)) is not None:
        transport = protocol._transport  # noqa: SLF001 -- asyncio has no public way to it
    return transport if isinstance(transport, asyncio.ReadTransport) else None


def _aiohttp_response(response: httpx2.Response) -> aiohttp.ClientResponse | None:
    stream: object = response.stream
    while (inner := getattr(stream, "_stream", None)) is not None:  # the SDK wraps the stream more than once
        stream = inner
    aiohttp_response: object = getattr(stream, "_aiohttp_response", None)
    return aiohttp_response if isinstance(aiohttp_response, aiohttp.ClientResponse) else None
