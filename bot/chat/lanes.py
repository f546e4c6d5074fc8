"""One job at a time per place, in the order of arrival; places in parallel. Owns the tasks of all answers.

A lane exists while it has something to do. With a limit per minute, a lane that has begun that many jobs in the last
minute waits before it begins the next; a drain ends that wait at once.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]
_MINUTE_SECONDS: Final = 60.0


class Lanes:
    """The lanes of all places; `minute_seconds` is how long a minute of the limit lasts."""

    def __init__(self, per_minute: int = 0, minute_seconds: float = _MINUTE_SECONDS) -> None:
        self._per_minute = per_minute
        self._minute_seconds = minute_seconds
        self._waiting: dict[int, deque[Job]] = {}
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._begun: dict[int, deque[float]] = {}
        self._closing = asyncio.Event()

    @property
    def busy(self) -> int:
        """How many places have an answer in flight or waiting."""
        return len(self._workers)

    def waiting(self, place_id: int) -> int:
        """How many jobs of a place have not begun."""
        return len(self._waiting.get(place_id, ()))

    def submit(self, place_id: int, job: Job) -> None:
        """Queue `job` behind the others of its place. After `drain` it is left undone."""
        if self._closing.is_set():
            return
        self._waiting.setdefault(place_id, deque()).append(job)
        if place_id not in self._workers:
            self._workers[place_id] = asyncio.create_task(self._work(place_id), name=f"lane {place_id}")

    def began(self, place_id: int, seconds_ago: float) -> None:
        """Count a job that an earlier run began towards the limit of its place; the oldest come first."""
        if self._per_minute and seconds_ago < self._minute_seconds:
            begun = self._begun.setdefault(place_id, deque(maxlen=self._per_minute))
            begun.append(asyncio.get_running_loop().time() - max(0.0, seconds_ago))

    async def drain(self, grace_seconds: float) -> None:
        """Let jobs in flight go on for at most `grace_seconds`, then cancel them; waiting ones are left undone."""
        self._closing.set()
        for waiting in self._waiting.values():
            waiting.clear()
        workers = list(self._workers.values())
        if not workers:
            return
        _, late = await asyncio.wait(workers, timeout=grace_seconds)
        for worker in late:
            worker.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _work(self, place_id: int) -> None:
        waiting = self._waiting[place_id]
        try:
            while waiting:
                await self._pace(place_id)
                if not waiting:  # drained while it waited for its turn
                    break
                await self._run(place_id, waiting.popleft())
        finally:
            del self._waiting[place_id], self._workers[place_id]

    async def _run(self, place_id: int, job: Job) -> None:
        """Run one job to its end; only a cancellation of the lane itself goes further."""
        task = asyncio.current_task()
        try:
            await job()
        except asyncio.CancelledError:
            if task is None or task.cancelling():
                raise
            log.exception("an answer in place %s was cancelled by something of its own", place_id)
        except Exception:
            log.exception("an answer in place %s failed for an unforeseen reason", place_id)

    async def _pace(self, place_id: int) -> None:
        if not self._per_minute:
            return
        self._forget_idle()
        begun = self._begun.setdefault(place_id, deque(maxlen=self._per_minute))
        now = asyncio.get_running_loop().time()
        if len(begun) >= self._per_minute and (wait := begun[0] + self._minute_seconds - now) > 0:
            log.info("place %s has had %s questions in a minute: the next waits %.0f s", place_id, len(begun), wait)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._closing.wait()
        begun.append(asyncio.get_running_loop().time())

    def _forget_idle(self) -> None:
        """Drop the starts of places that have begun nothing for a minute."""
        past = asyncio.get_running_loop().time() - self._minute_seconds
        for place_id in [p for p, begun in self._begun.items() if p not in self._workers and begun[-1] < past]:
            del self._begun[place_id]
