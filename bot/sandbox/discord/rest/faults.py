"""`Faults` keeps the faults that a test ordered for coming requests; each one damages, delays or replaces an answer."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Protocol

from aiohttp import web

from bot.sandbox.discord.rest.calls import Call
from bot.sandbox.schedule import Schedule
from bot.sandbox.wire import JSON_TYPE, Json, dumps, reset

log = logging.getLogger(__name__)

_TEXTS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class Fault(Protocol):
    """A failure that one request meets."""

    async def meet(self, request: web.Request, answer: Callable[[], web.Response]) -> web.StreamResponse:
        """Treat a request by this fault; `answer` carries the request out."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer in the place of the right one; the request is not carried out.

    `said` is its JSON where Discord itself could have sent it.
    """

    status: int
    body: bytes
    headers: dict[str, str]
    said: Json | None = None

    async def meet(self, request: web.Request, answer: Callable[[], web.Response]) -> web.Response:
        """Give that answer."""
        del request, answer
        return web.Response(status=self.status, body=self.body, headers=self.headers)


class Late:
    """Requests that are carried out late, whether or not their clients still wait."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[web.Response]] = set()

    async def answer(self, seconds: float, answer: Callable[[], web.Response]) -> web.Response:
        """Wait, then answer, even if the client has left by then."""
        task = asyncio.create_task(_answer_after(seconds, answer))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def end(self) -> None:
        """Cancel the requests that still wait."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[web.Response]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A delayed request failed", exc_info=error)


async def _answer_after(seconds: float, answer: Callable[[], web.Response]) -> web.Response:
    await asyncio.sleep(seconds)
    return answer()


@dataclass(frozen=True, slots=True)
class Delay:
    """An answer that takes its time; the request is carried out at the end of it."""

    seconds: float
    late: Late

    async def meet(self, request: web.Request, answer: Callable[[], web.Response]) -> web.Response:
        """Wait, then answer."""
        del request
        return await self.late.answer(self.seconds, answer)


@dataclass(frozen=True, slots=True)
class Stall:
    """No answer at all; the request is not carried out."""

    async def meet(self, request: web.Request, answer: Callable[[], web.Response]) -> web.Response:
        """Wait until the client leaves, which cancels this."""
        del request, answer
        await asyncio.Event().wait()
        raise AssertionError("nobody rings this bell")


@dataclass(frozen=True, slots=True)
class Drip:
    """An answer whose body comes byte by byte, with a pause in seconds before each."""

    pause: float

    async def meet(self, request: web.Request, answer: Callable[[], web.Response]) -> web.StreamResponse:
        """Carry the request out and send the answer slowly, until the client leaves."""
        whole = answer()
        dripping = web.StreamResponse(status=whole.status, headers=whole.headers)
        with suppress(ConnectionError):
            await dripping.prepare(request)
            for byte in whole.body if isinstance(whole.body, bytes) else b"":
                await asyncio.sleep(self.pause)
                await dripping.write(bytes([byte]))
            await dripping.write_eof()
        return dripping


@dataclass(frozen=True, slots=True)
class Reset:
    """A connection that is reset before the request was carried out."""

    async def meet(self, request: web.Request, answer: Callable[[], web.Response]) -> web.Response:
        """Reset the connection."""
        del answer
        return reset(request)


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """A connection that is reset after the request was carried out: the client cannot know that it was."""

    async def meet(self, request: web.Request, answer: Callable[[], web.Response]) -> web.Response:
        """Carry the request out, then reset the connection."""
        answer()
        return reset(request)


class Garbling(StrEnum):
    """The ways in which an answer arrives damaged."""

    MALFORMED = "malformed"
    """JSON that ends in the middle."""
    EMPTY = "empty"
    """No body, under the status and content type of one."""
    HTML = "html"
    """A page of some proxy, under the status of the answer."""


@dataclass(frozen=True, slots=True)
class Garbled:
    """A damaged answer to a request that was carried out: damaged in a known way, or by a function of its bytes."""

    how: Garbling | Callable[[bytes], bytes]

    async def meet(self, request: web.Request, answer: Callable[[], web.Response]) -> web.Response:
        """Carry the request out and damage the answer."""
        del request
        whole = answer()
        if self.how is Garbling.HTML:
            return web.Response(status=whole.status, text="<html>Just a moment...</html>", content_type="text/html")
        if isinstance(self.how, Garbling):
            body = b'{"id": "1", "con' if self.how is Garbling.MALFORMED else b""
        else:
            body = self.how(whole.body if isinstance(whole.body, bytes) else b"")
        return web.Response(status=whole.status, body=body, headers={"Content-Type": JSON_TYPE})


class Faults:
    """The ordered faults that requests have yet to meet."""

    def __init__(self, seed: str) -> None:
        self._schedule = Schedule[Call, Fault](seed)
        self.late = Late()

    def add(
        self,
        fault: Fault,
        method: str,
        template: str,
        *,
        times: int | None = 1,
        share: float = 1.0,
        when: Callable[[Call], bool] = lambda _: True,
    ) -> None:
        """Let calls of a route meet a fault; see `Schedule.add`."""
        self._schedule.add(
            fault,
            times=times,
            share=share,
            when=lambda call: call.method == method and call.template == template and when(call),
        )

    def clear(self) -> None:
        """Forget all ordered faults."""
        self._schedule.clear()

    def next(self, call: Call) -> Fault | None:
        """Return the fault that a call meets, if any."""
        return self._schedule.next(call)


def failure(
    status: int, code: int, message: str | None, retry_after: float | None, *, everywhere: bool = False
) -> Failure:
    """Build a failure as Discord words it; a 429 tells when to come back, in seconds, unless that is None.

    `everywhere`: the 429 is of the global limit.
    """
    if status == 429:
        return _limited(code, message, retry_after, everywhere=everywhere)
    text = message or f"{status}: {_TEXTS.get(status, 'Error')}"
    body: Json = {"message": text, "code": code}
    return Failure(status, dumps(body), {"Content-Type": JSON_TYPE}, body if status < 500 else None)


def _limited(code: int, message: str | None, retry_after: float | None, *, everywhere: bool) -> Failure:
    body: Json = {"message": message or "You are being rate limited.", "global": everywhere}
    headers = {"Content-Type": JSON_TYPE, "Via": "1.1 google", "X-RateLimit-Scope": "global" if everywhere else "user"}
    if everywhere:
        headers["X-RateLimit-Global"] = "true"
    if retry_after is not None:
        body["retry_after"] = retry_after
        headers["Retry-After"] = str(max(1, ceil(retry_after)))
    body |= {"code": code} if code else {}
    return Failure(429, dumps(body), headers, None if retry_after is None else body)


def ban() -> Failure:
    """Build the answer that a banned address gets: Cloudflare's page, without `Via`."""
    page = b"<!DOCTYPE html><title>Access denied</title><h1>Error 1015</h1><p>You are being rate limited</p>"
    return Failure(
        429, page, {"Content-Type": "text/html; charset=UTF-8", "Server": "cloudflare", "Retry-After": "600"}
    )
