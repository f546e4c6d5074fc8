"""`Downloads` keeps a record of what was fetched from the file server, and the faults that a test ordered for what comes.

The file server (Discord's CDN) is no part of the REST API: it needs no token and has no limits. Its answers to a file that it
cannot serve are in no document.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bot.sandbox.clock import monotonic
from bot.sandbox.discord.world.messages import Attachment
from bot.sandbox.schedule import Schedule
from bot.sandbox.wire import reset

GONE = "This content is no longer available."
"""The text of the 404 for a link that does not hold."""
_FLOOD = bytes(64 * 1024)


@dataclass(eq=False, slots=True)
class Download:
    """One request for a file. `status` is 0 until it was answered; `sent` counts the bytes of its body; `at` is monotonic."""

    filename: str
    path: str
    headers: Mapping[str, str]
    status: int = 0
    sent: int = 0
    at: float = field(default_factory=monotonic)


class DownloadFault(Protocol):
    """A failure that one download meets."""

    async def meet(self, request: web.Request, download: Download, file: Attachment) -> web.StreamResponse:
        """Answer a request for a file by this fault."""
        ...


@dataclass(frozen=True, slots=True)
class Refused:
    """An error instead of the file."""

    status: int
    text: str

    async def meet(self, request: web.Request, download: Download, file: Attachment) -> web.StreamResponse:
        """Give that answer."""
        del request, download, file
        return web.Response(status=self.status, text=self.text)


@dataclass(frozen=True, slots=True)
class Redirected:
    """A redirect to another address, or to another path of this server."""

    to: str

    async def meet(self, request: web.Request, download: Download, file: Attachment) -> web.StreamResponse:
        """Send the client elsewhere."""
        del request, download, file
        return web.Response(status=302, headers={"Location": self.to})


@dataclass(frozen=True, slots=True)
class Hung:
    """Nothing, not even a status line, until the client leaves."""

    async def meet(self, request: web.Request, download: Download, file: Attachment) -> web.StreamResponse:
        """Wait until the client leaves, which cancels this."""
        del request, download, file
        await asyncio.Event().wait()
        raise AssertionError("nobody rings this bell")


@dataclass(frozen=True, slots=True)
class Dripped:
    """A file that comes in small pieces, with a pause in seconds before each."""

    piece: int
    pause: float

    async def meet(self, request: web.Request, download: Download, file: Attachment) -> web.StreamResponse:
        """Send the file slowly."""
        response = await _begun(request, download, file)
        for at in range(0, len(file.content), self.piece):
            await asyncio.sleep(self.pause)
            await _write(response, download, file.content[at : at + self.piece])
        await response.write_eof()
        return response


@dataclass(frozen=True, slots=True)
class CutOff:
    """A connection that is reset after so many bytes of the file, before the status line if there are none."""

    after: int

    async def meet(self, request: web.Request, download: Download, file: Attachment) -> web.StreamResponse:
        """Send the beginning of the file."""
        if not self.after:
            return reset(request)
        response = await _begun(request, download, file)
        await _write(response, download, file.content[: self.after])
        reset(request)
        return response


@dataclass(frozen=True, slots=True)
class Flooded:
    """A file without a length that never ends: its bytes, then zeros until the client leaves."""

    async def meet(self, request: web.Request, download: Download, file: Attachment) -> web.StreamResponse:
        """Send the file, and then go on."""
        response = await _begun(request, download, file, length=False)
        await _write(response, download, file.content)
        while True:
            await _write(response, download, _FLOOD)


async def _begun(
    request: web.Request, download: Download, file: Attachment, *, length: bool = True
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": file.content_type})
    if length:
        response.content_length = len(file.content)
    else:
        response.enable_chunked_encoding()
    await response.prepare(request)
    download.status = response.status
    return response


async def _write(response: web.StreamResponse, download: Download, data: bytes) -> None:
    await response.write(data)
    download.sent += len(data)


class Downloads:
    """The record of downloads, the oldest first, and the faults that those to come have yet to meet."""

    def __init__(self, seed: str, changed: Callable[[], None]) -> None:
        self.log: list[Download] = []
        self.faults = Schedule[Download, DownloadFault](seed)
        self._changed = changed

    async def serve(self, request: web.Request, file: Attachment | None) -> web.StreamResponse:
        """Answer a request for a file; None where its link does not hold."""
        download = Download(request.match_info["filename"], request.path, request.headers.copy())
        self.log.append(download)
        self._changed()
        try:
            response = await self._answer(request, download, file)
            download.status = download.status or response.status
            return response
        finally:
            self._changed()

    async def _answer(self, request: web.Request, download: Download, file: Attachment | None) -> web.StreamResponse:
        if file is None:
            return web.Response(status=404, text=GONE)
        if (fault := self.faults.next(download)) is not None:
            return await fault.meet(request, download, file)
        download.sent = len(file.content)
        return web.Response(body=file.content, headers={"Content-Type": file.content_type})
