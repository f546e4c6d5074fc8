"""Lanes: one job at a time per place, in the order of arrival; places in parallel. Owns the tasks of all answers.

Each job runs in a task of its own, so that it can be stopped alone while those behind it stay in their lane. A lane exists while
it has something to do. With a limit per minute, a lane that has begun that many jobs in the last minute waits before it begins
the next; a drain ends that wait at once. The limit is read whenever a lane is about to begin a job, so a new one holds from the
next job on; it neither shortens nor lengthens a wait that has begun.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Any, Final

from bot.config import Current, LimitSettings

log = logging.getLogger(__name__)

_MINUTE_SECONDS: Final = 60.0


class StopReason(StrEnum):
    """The cause for which a job is stopped."""

    PERSON = "person"
    EDIT = "edit"
    DELETION = "deletion"
    SHUTDOWN = "shutdown"


class Job:
    """A question's turn in its lane. `stopped` is set before the job is cancelled, or before it begins."""

    def __init__(self, key: int, work: "Work") -> None:
        self.key = key
        self.stopped: StopReason | None = None
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._stoppable = False

    @contextmanager
    def stoppable(self) -> Generator[None, None, None]:
        """The part of the job that a stop cuts short; the job goes on behind it. Elsewhere a stop only sets `stopped`.

        A shut-down cancels the whole job, wherever it is.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- a job runs in a task of its own
        self._stoppable = True
        try:
            yield
        except asyncio.CancelledError:
            if self.stopped is None or self.stopped is StopReason.SHUTDOWN:
                raise
            task.uncancel()
        finally:
            self._stoppable = False

    def start(self) -> asyncio.Task[None]:
        """Run the job in a task of its own."""
        self._task = asyncio.create_task(self._work(self), name=f"question {self.key}")
        return self._task

    def stop(self, reason: StopReason) -> None:
        """Stop the job for `reason`. The first reason stays, but for a shut-down, which comes before every other."""
        switched_off = reason is StopReason.SHUTDOWN
        self.stopped = reason if switched_off else self.stopped or reason
        if self._task is not None and (self._stoppable or switched_off):
            self._task.cancel()


Work = Callable[[Job], Coroutine[Any, Any, None]]
"""The work of a job; it looks at `Job.stopped` before it begins and when it is cancelled."""


class _Lane:
    """The jobs of one place: those that wait, the one that runs, and the task that runs them."""

    def __init__(self) -> None:
        self.waiting: deque[Job] = deque()
        self.running: Job | None = None
        self.worker: asyncio.Task[None]

    @property
    def jobs(self) -> list[Job]:
        """All its jobs in order."""
        return [*([self.running] if self.running else []), *self.waiting]


class Lanes:
    """The lanes of all places, under `limits.place_per_minute`; `minute_seconds` is how long a minute of that limit lasts."""

    def __init__(self, limits: Current[LimitSettings], minute_seconds: float = _MINUTE_SECONDS) -> None:
        self._limits = limits
        self._minute_seconds = minute_seconds
        self._lanes: dict[int, _Lane] = {}
        self._begun: dict[int, deque[float]] = {}
        self._closing = asyncio.Event()

    @property
    def busy(self) -> int:
        """How many places have an answer in flight or waiting."""
        return len(self._lanes)

    def waiting(self, place_id: int) -> int:
        """How many jobs of a place have not begun."""
        return len(lane.waiting) if (lane := self._lanes.get(place_id)) else 0

    def submit(self, place_id: int, key: int, work: Work) -> None:
        """Queue a job for the question `key` behind the others of its place. After `drain` it is left undone."""
        if self._closing.is_set():
            return
        lane = self._lanes.get(place_id)
        if lane is None:
            lane = self._lanes[place_id] = _Lane()
            lane.worker = asyncio.create_task(self._work(place_id, lane), name=f"lane {place_id}")
        lane.waiting.append(Job(key, work))

    def stop(self, key: int, reason: StopReason) -> bool:
        """Stop the jobs of a question, and no others; False when it has none.

        One that waits keeps its turn, in which it finds itself stopped.
        """
        jobs = [job for lane in self._lanes.values() for job in lane.jobs if job.key == key]
        for job in jobs:
            job.stop(reason)
        return bool(jobs)

    def began(self, place_id: int, seconds_ago: float) -> None:
        """Count a job that an earlier run began towards the limit of its place; the oldest come first."""
        per_minute = self._limits.value.place_per_minute
        if per_minute and seconds_ago < self._minute_seconds:
            self._starts(place_id, per_minute).append(asyncio.get_running_loop().time() - max(0.0, seconds_ago))

    async def drain(self, grace_seconds: float) -> None:
        """Let running jobs go on for at most `grace_seconds`, then stop them; waiting ones are left undone."""
        self._closing.set()
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.waiting.clear()
        if not lanes:
            return
        await asyncio.wait([lane.worker for lane in lanes], timeout=grace_seconds)
        for lane in lanes:
            if lane.running is not None:
                lane.running.stop(StopReason.SHUTDOWN)
        await asyncio.gather(*(lane.worker for lane in lanes))

    async def _work(self, place_id: int, lane: _Lane) -> None:
        try:
            while lane.waiting:
                await self._pace(place_id)
                if not lane.waiting:  # drained while it waited for its turn
                    break
                lane.running = lane.waiting.popleft()
                await self._run(place_id, lane.running)
                lane.running = None
        finally:
            del self._lanes[place_id]

    async def _run(self, place_id: int, job: Job) -> None:
        """Run one job to its end; whatever becomes of it, the lane goes on."""
        task = job.start()
        await asyncio.wait({task})
        if task.cancelled():
            if job.stopped is None:
                log.error(
                    "the answer to question %s in place %s was cancelled by something of its own", job.key, place_id
                )
        elif error := task.exception():
            log.error("the answer to question %s in place %s failed", job.key, place_id, exc_info=error)

    async def _pace(self, place_id: int) -> None:
        per_minute = self._limits.value.place_per_minute
        if not per_minute:
            return
        self._forget_idle()
        begun = self._starts(place_id, per_minute)
        now = asyncio.get_running_loop().time()
        if len(begun) >= per_minute and (wait := begun[0] + self._minute_seconds - now) > 0:
            log.info("place %s has had %s questions in a minute: the next waits %.0f s", place_id, len(begun), wait)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._closing.wait()
        begun.append(asyncio.get_running_loop().time())

    def _starts(self, place_id: int, per_minute: int) -> deque[float]:
        """The newest starts of a place, as many as its limit; where the limit changed, the newest of those that were kept."""
        begun = self._begun.get(place_id)
        if begun is None or begun.maxlen != per_minute:
            begun = self._begun[place_id] = deque(begun or (), maxlen=per_minute)
        return begun

    def _forget_idle(self) -> None:
        """Drop the starts of places that have begun nothing for a minute."""
        past = asyncio.get_running_loop().time() - self._minute_seconds
        for place_id in [p for p, begun in self._begun.items() if p not in self._lanes and begun[-1] < past]:
            del self._begun[place_id]
