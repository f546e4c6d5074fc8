"""Runs the answer jobs: one at a time per place, in order of arrival; places in parallel. Owns the tasks of all answers.

Each job runs in its own task, so that it can be stopped alone while the jobs behind it stay queued. One that is dropped while
it waits runs at once, beside its lane, to show that it was stopped. A lane exists while it has jobs. With a limit per minute, a
lane that has started that many jobs in the last minute waits before it starts the next; `drain` ends the wait at once. The
limit is read each time a lane is about to start a job, so a new limit applies from the next job on and does not change the
length of a wait that has begun.
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
    """The reason why a job is stopped."""

    PERSON = "person"
    EDIT = "edit"
    JOINED = "joined"
    DELETION = "deletion"
    SHUTDOWN = "shutdown"


CHANGED: Final = frozenset({StopReason.EDIT, StopReason.JOINED})
"""The question is another one by now: what was written is dropped, and another attempt follows at once."""
DROPPED: Final = CHANGED | {StopReason.DELETION}
"""The reasons for which what an attempt has written so far is dropped."""
_RANK: Final = {None: 0, StopReason.DELETION: 2, StopReason.SHUTDOWN: 3}
"""A reason replaces those of its rank and below; the others have rank 1."""


class Job:
    """A job for one question, run in the lane of its place. `stopped` is set before the job is cancelled, or before it starts.

    `changed`: the question was edited, or a message joined it, since the job looked at it. `beside`: it was dropped while it
    waited, and runs beside the lane, where it may not ask a model.
    """

    def __init__(self, place_id: int, key: int, work: "Work") -> None:
        self.place_id = place_id
        self.key = key
        self.stopped: StopReason | None = None
        self.changed = False
        self.beside = False
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._stoppable = False

    @contextmanager
    def stoppable(self) -> Generator[None, None, None]:
        """Return a context for the part of the job that `stop` cancels. The job continues after the context.

        Outside the context `stop` only sets `stopped`. A shutdown cancels the whole job at any point.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- `start` runs each job in a task
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
        """Run the job in its own task, and return the task."""
        self._task = asyncio.create_task(self._work(self), name=f"question {self.key}")
        return self._task

    def stop(self, reason: StopReason) -> None:
        """Stop the job for `reason`. A deletion is replaced only by a shutdown, and a shutdown by nothing."""
        self.changed = self.changed or reason in CHANGED
        if _RANK.get(reason, 1) >= _RANK.get(self.stopped, 1):
            self.stopped = reason
        if self._task is not None and (self._stoppable or reason is StopReason.SHUTDOWN):
            self._task.cancel()

    def looks_again(self) -> None:
        """Note that the job is about to read its question again, as it is now."""
        self.changed = False
        if self.stopped in CHANGED:
            self.stopped = None


Work = Callable[[Job], Coroutine[Any, Any, None]]
"""The coroutine function of a job. It checks `Job.stopped` when it starts and when it is cancelled."""


class _Lane:
    """The jobs of one place: the waiting ones, the running one, and the task that runs them in turn."""

    def __init__(self) -> None:
        self.waiting: deque[Job] = deque()
        self.running: Job | None = None
        self.worker: asyncio.Task[None]

    @property
    def jobs(self) -> list[Job]:
        """All jobs of the lane, the running one first."""
        return [*([self.running] if self.running else []), *self.waiting]


class Lanes:
    """The lanes of all places, limited by `limits.place_per_minute`. `minute_seconds` is the length of a minute of that limit."""

    def __init__(self, limits: Current[LimitSettings], minute_seconds: float = _MINUTE_SECONDS) -> None:
        self._limits = limits
        self._minute_seconds = minute_seconds
        self._lanes: dict[int, _Lane] = {}
        self._start_times: dict[int, deque[float]] = {}
        self._closing = asyncio.Event()
        self._postponed: dict[Job, asyncio.TimerHandle] = {}
        self._dropped: list[Job] = []
        self._dropping: set[asyncio.Task[None]] = set()

    @property
    def postponed(self) -> int:
        """The number of jobs that are to be queued later."""
        return len(self._postponed)

    @property
    def busy(self) -> int:
        """The number of places that have a running or a waiting job."""
        return len({*self._lanes, *(job.place_id for job in self._dropped)})

    def waiting(self, place_id: int) -> int:
        """Return the number of jobs of a place that have not started."""
        return len(lane.waiting) if (lane := self._lanes.get(place_id)) else 0

    def questions(self, place_id: int) -> list[tuple[int, bool]]:
        """Return the questions of a place's jobs in order, each once, and whether its job runs. Those put off come last."""
        lane = self._lanes.get(place_id)
        running = lane.running if lane else None
        postponed = (job for job in self._postponed if job.place_id == place_id)
        keys = dict.fromkeys(job.key for job in (*(lane.jobs if lane else ()), *postponed))
        return [(key, running is not None and running.key == key) for key in keys]

    def runs(self, key: int) -> bool:
        """Return whether a job of a question runs."""
        running = (lane.running for lane in self._lanes.values())
        return any(job is not None and job.key == key for job in (*running, *self._dropped))

    def submit(self, place_id: int, key: int, work: Work) -> None:
        """Queue a job for the question `key` behind the other jobs of its place. After `drain` was called, do nothing."""
        self._queue(Job(place_id, key, work))

    def _queue(self, job: Job) -> None:
        if self._closing.is_set():
            return
        lane = self._lanes.get(job.place_id)
        if lane is None:
            lane = self._lanes[job.place_id] = _Lane()
            lane.worker = asyncio.create_task(self._run_jobs(job.place_id, lane), name=f"lane {job.place_id}")
        lane.waiting.append(job)

    def submit_later(self, seconds: float, before: Job, work: Work) -> None:
        """Queue another job in the place of the job `before` after so many seconds, in which its place goes on with other jobs.

        It is stopped for the reason for which that one is. A stop ends the pause.
        """
        job = Job(before.place_id, before.key, work)
        job.stopped = before.stopped
        self._postponed[job] = asyncio.get_running_loop().call_later(seconds, self._resume, job)

    def _resume(self, job: Job) -> None:
        self._postponed.pop(job).cancel()
        self._queue(job)

    def stop(self, key: int, reason: StopReason) -> bool:
        """Stop all jobs of a question. Return False when it has none.

        A waiting job stays in the queue, and finds `Job.stopped` set when it starts.
        """
        for job in [one for one in self._postponed if one.key == key]:
            self._resume(job)
        queued = [job for lane in self._lanes.values() for job in lane.jobs]
        jobs = [job for job in (*queued, *self._dropped) if job.key == key]
        for job in jobs:
            job.stop(reason)
        return bool(jobs)

    def drop(self, key: int, reason: StopReason) -> bool:
        """Stop all jobs of a question, and run those that wait at once, beside the lane. Return False when it has none."""
        if not self.stop(key, reason):
            return False
        if not self.runs(key):
            jobs = [job for lane in self._lanes.values() for job in lane.waiting if job.key == key]
            for job in jobs:
                self._lanes[job.place_id].waiting.remove(job)
                job.beside = True
            self._dropped += jobs
            task = asyncio.create_task(self._run_dropped(jobs), name=f"dropped question {key}")
            self._dropping.add(task)
            task.add_done_callback(self._dropping.discard)
        return True

    async def dropped(self, seconds: float) -> None:
        """Wait until what was dropped has ended, at most so many seconds."""
        if self._dropping:
            await asyncio.wait(self._dropping, timeout=seconds)

    async def _run_dropped(self, jobs: list[Job]) -> None:
        for job in jobs:
            if not self._closing.is_set():
                await self._run(job.place_id, job)
            self._dropped.remove(job)

    def began(self, place_id: int, seconds_ago: float) -> None:
        """Count a job that an earlier run of the bot started towards its place's limit. Call it for the oldest job first."""
        per_minute = self._limits.value.place_per_minute
        if per_minute and seconds_ago < self._minute_seconds:
            self._newest_starts(place_id, per_minute).append(asyncio.get_running_loop().time() - max(0.0, seconds_ago))

    async def drain(self, grace_seconds: float) -> None:
        """Give running jobs at most `grace_seconds` to finish, then stop them. Waiting jobs are dropped."""
        self._closing.set()
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.waiting.clear()
        workers = [*(lane.worker for lane in lanes), *self._dropping]
        if not workers:
            return
        await asyncio.wait(workers, timeout=grace_seconds)
        for job in (*(lane.running for lane in lanes), *self._dropped):
            if job is not None:
                job.stop(StopReason.SHUTDOWN)
        await asyncio.gather(*workers)

    async def _run_jobs(self, place_id: int, lane: _Lane) -> None:
        try:
            while lane.waiting:
                await self._wait_for_limit(place_id)
                if not lane.waiting:  # `drain` was called during the wait
                    break
                lane.running = lane.waiting.popleft()
                await self._run(place_id, lane.running)
                lane.running = None
        finally:
            del self._lanes[place_id]

    async def _run(self, place_id: int, job: Job) -> None:
        """Run one job to its end. A failure of the job is logged and does not end the lane."""
        task = job.start()
        await asyncio.wait({task})
        if task.cancelled():
            if job.stopped is None:
                log.error(
                    "the answer to question %s in place %s was cancelled by something of its own", job.key, place_id
                )
        elif error := task.exception():
            log.error("the answer to question %s in place %s failed", job.key, place_id, exc_info=error)

    async def _wait_for_limit(self, place_id: int) -> None:
        """Wait until the place's limit allows another job, and count that job's start."""
        per_minute = self._limits.value.place_per_minute
        if not per_minute:
            return
        self._forget_idle()
        starts = self._newest_starts(place_id, per_minute)
        now = asyncio.get_running_loop().time()
        if len(starts) >= per_minute and (wait := starts[0] + self._minute_seconds - now) > 0:
            log.info("place %s has had %s questions in a minute: the next waits %.0f s", place_id, len(starts), wait)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._closing.wait()
        starts.append(asyncio.get_running_loop().time())

    def _newest_starts(self, place_id: int, per_minute: int) -> deque[float]:
        """Return the newest start times of a place, at most `per_minute`. When the limit changes, the newest ones are kept."""
        starts = self._start_times.get(place_id)
        if starts is None or starts.maxlen != per_minute:
            starts = self._start_times[place_id] = deque(starts or (), maxlen=per_minute)
        return starts

    def _forget_idle(self) -> None:
        """Drop the start times of places that have no job and started none in the last minute."""
        minute_ago = asyncio.get_running_loop().time() - self._minute_seconds
        for place_id in [
            p for p, starts in self._start_times.items() if p not in self._lanes and starts[-1] < minute_ago
        ]:
            del self._start_times[place_id]
