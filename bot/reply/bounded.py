"""Ends a piece of work on Discord that fails for too long, so that whoever waits for it goes on. Other answers are not counted.

discord.py repeats a request five times within 25 seconds and tells nobody, so the failures are read from its HTTP session.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any, Final, TypeVar

import aiohttp

from bot.errors import DisplayError, ParleyError

_T = TypeVar("_T")
_FAILING_SECONDS: Final = 4.0
"""Time for which Discord may fail on a piece of work; the last edit of an answer delays the next question by no more."""
_SILENT_SECONDS: Final = 10.0
"""Time for which Discord may leave one request without a response. A file that is being sent counts as a sign of life."""
_LOOK_SECONDS: Final = 0.5
_SERVER_ERROR: Final = 500


class Responses:
    """How Discord responds to the requests of one piece of work, in the loop's time."""

    def __init__(self) -> None:
        self.failing_since: float | None = None
        """The first of the failures since the last response that was none."""
        self.waiting_since: float | None = None
        """The beginning of the request that has no response yet."""

    def hopeless(self, since: float) -> bool:
        """Return whether Discord has failed for too long, counted from `since` at the earliest.

        A wait for a rate limit is no failure. discord.py would never end the global one if it was cancelled meanwhile.
        """
        now = asyncio.get_running_loop().time()
        if self.failing_since is not None:
            return now - max(since, self.failing_since) >= _FAILING_SECONDS
        return self.waiting_since is not None and now - max(since, self.waiting_since) >= _SILENT_SECONDS


_CURRENT: Final[ContextVar[Responses | None]] = ContextVar("responses", default=None)


def follow(trace: aiohttp.TraceConfig) -> None:
    """Read the failures from the HTTP session that gets this trace configuration."""
    trace.on_request_start.append(_started)
    trace.on_request_chunk_sent.append(_started)
    trace.on_request_end.append(_ended)
    trace.on_request_exception.append(_failed)


def watched(work: Coroutine[Any, Any, _T], responses: Responses) -> asyncio.Task[_T]:
    """Run `work` as a task whose requests are counted in `responses`."""

    async def counted() -> _T:
        _CURRENT.set(responses)
        return await work

    return asyncio.create_task(counted())


async def bounded(task: asyncio.Task[_T], responses: Responses) -> _T:
    """Return the result of a task of `watched`, or cancel it when Discord fails for too long from now on.

    Raises DisplayError then, and for an error that is none of ours: discord.py may raise anything where Discord sent what it does
    not know. Else raises what the task raises. A caller that is cancelled leaves the task alone.
    """
    since = asyncio.get_running_loop().time()
    while not task.done():
        await asyncio.wait({task}, timeout=_LOOK_SECONDS)
        if not task.done() and responses.hopeless(since):
            task.cancel()
            await asyncio.wait({task})
            if task.cancelled():
                raise DisplayError("Discord fails on it for too long")
    try:
        return task.result()
    except ParleyError:
        raise
    except Exception as error:
        raise DisplayError(f"the display failed for an unforeseen reason ({type(error).__name__})") from error


async def within_bounds(work: Coroutine[Any, Any, _T]) -> _T:
    """Run `work`, and cancel it when Discord fails for too long or the caller is cancelled. Raises DisplayError then."""
    responses = Responses()
    task = watched(work, responses)
    try:
        return await bounded(task, responses)
    finally:
        task.cancel()


async def _started(_: aiohttp.ClientSession, __: SimpleNamespace, ___: object) -> None:
    if responses := _CURRENT.get():
        responses.waiting_since = asyncio.get_running_loop().time()


async def _ended(_: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestEndParams) -> None:
    if responses := _CURRENT.get():
        responses.waiting_since = None
        if request.response.status < _SERVER_ERROR:
            responses.failing_since = None
        else:
            _fail(responses)


async def _failed(_: aiohttp.ClientSession, __: SimpleNamespace, ___: object) -> None:
    if responses := _CURRENT.get():
        responses.waiting_since = None
        _fail(responses)


def _fail(responses: Responses) -> None:
    if responses.failing_since is None:
        responses.failing_since = asyncio.get_running_loop().time()
