"""A time-out for many successive waits that needs only one timer."""

import asyncio
import math
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

_LOOK_AGAIN_SECONDS: Final = 0.01
_LONGEST_WAIT: Final = 10
"""A request is given up after so many times its wait without a sign, although it may wait behind others of ours."""


class Deadline:
    """Context manager around each wait of a task. Raises TimeoutError in a wait that lasts beyond `at`, in the event loop's time.

    Set `at` to move the deadline. The timer checks `at` only when it fires, because one timer per wait, as `asyncio.timeout`
    makes, costs as much as reading a token. Call `close` after the last wait. `moved` is asked when `at` has passed: a later time
    that it returns becomes the deadline.
    """

    def __init__(self, at: float, moved: Callable[[], float] | None = None) -> None:
        self.at = at
        self.moved = moved
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._passed = False
        self._looked_again_for = -math.inf

    def __enter__(self) -> Self:
        self._waiting = task = asyncio.current_task()
        self._cancelling = task.cancelling() if task else 0
        if self._timer is None or self._timer.when() > self.at:
            self.close()
            self._timer = self._loop.call_at(self.at, self._check)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._waiting = self._waiting, None
        if self._passed and task is not None:
            self._passed = False
            ours = task.uncancel() <= self._cancelling  # otherwise other code has cancelled the task too
            if ours and isinstance(error, asyncio.CancelledError):
                raise TimeoutError from error

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        """Cancel the wait if its time is up, otherwise set the timer for the moved deadline.

        A process that stood still finds its timer overdue beside data that is waiting: the data gets a moment to be read first.
        """
        self._timer = None
        now = self._loop.time()
        if now >= self.at and self.moved is not None:
            self.at = max(self.at, self.moved())
        if now < self.at:
            self._timer = self._loop.call_at(self.at, self._check)
        elif self._waiting is None:
            return
        elif self._looked_again_for != self.at:
            self._looked_again_for = self.at
            self._timer = self._loop.call_at(now + _LOOK_AGAIN_SECONDS, self._check)
        else:
            self._passed = True
            self._waiting.cancel()


def given_up(could_begin: Callable[[], float | None] | None, sent_at: float, wait: float) -> Callable[[], float]:
    """Return a function that tells, in the loop's time, when a request sent at `sent_at` without a sign is given up.

    `wait` is the patience with it in seconds, counted from when the server could have worked on it (`ModelRequest.could_begin`).
    """
    now = asyncio.get_running_loop().time

    def late() -> float:
        since = could_begin() if could_begin is not None else sent_at
        return min((now() if since is None else since) + wait, sent_at + _LONGEST_WAIT * wait)

    return late
