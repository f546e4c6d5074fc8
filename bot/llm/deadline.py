"""A time-out for each of many waits, with one timer for all of them."""

import asyncio
from types import TracebackType
from typing import Self


class Deadline:
    """Around each wait of a task; raises TimeoutError in the one that lasts beyond `at`, a moment of the loop's time.

    To move the deadline is to set `at`. The timer looks at it only when it fires, because a timer for each wait, as
    `asyncio.timeout` makes it, costs as much as to read a token. Close it when nothing is waited for any more.
    """

    def __init__(self, at: float) -> None:
        self.at = at
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._passed = False

    def __enter__(self) -> Self:
        self._waiting = task = asyncio.current_task()
        self._cancelling = task.cancelling() if task else 0
        if self._timer is None or self._timer.when() > self.at:
            self.close()
            self._timer = self._loop.call_at(self.at, self._look)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._waiting = self._waiting, None
        if self._passed and task is not None:
            self._passed = False
            ours = task.uncancel() <= self._cancelling  # else somebody else wants the task to end as well
            if ours and isinstance(error, asyncio.CancelledError):
                raise TimeoutError from error

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """End the wait if its time is up, or look again when it would be."""
        self._timer = None
        if self._loop.time() < self.at:
            self._timer = self._loop.call_at(self.at, self._look)
        elif self._waiting is not None:
            self._passed = True
            self._waiting.cancel()
