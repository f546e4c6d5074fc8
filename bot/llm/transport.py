"""The aiohttp connection beneath a response of the SDK, whose private attributes only this file uses (aiohttp 3.14)."""

from collections.abc import Generator
from contextlib import contextmanager

import aiohttp
import httpx2


def unread(response: httpx2.Response) -> bytes:
    """Return the bytes that arrived before a connection broke and were not read; aiohttp keeps them but raises the error."""
    found = _aiohttp_response(response)
    content = found.content if found is not None else None
    if content is None or content.exception() is None:
        return b""
    content.set_exception(None)  # pyright: ignore[reportArgumentType] -- there is no other way to the rest
    return content.read_nowait()


@contextmanager
def reading_paused(response: httpx2.Response) -> Generator[None, None, None]:
    """Leave what arrives meanwhile in the system's buffer, so that it does not wake the process."""
    found = _aiohttp_response(response)
    connection = found.connection if found is not None else None
    transport = connection.transport if connection is not None else None
    if transport is None or not transport.is_reading():  # at its end, or aiohttp holds it up itself
        yield
        return
    transport.pause_reading()
    try:
        yield
    finally:
        transport.resume_reading()


def _aiohttp_response(response: httpx2.Response) -> aiohttp.ClientResponse | None:
    stream: object = response.stream
    while (inner := getattr(stream, "_stream", None)) is not None:  # the client's own wrappers
        stream = inner
    found: object = getattr(stream, "_aiohttp_response", None)
    return found if isinstance(found, aiohttp.ClientResponse) else None
