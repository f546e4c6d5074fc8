"""The sandbox's clock: real time plus an offset that a test chooses and can move.

Everything on the wire that carries a time (snowflakes, timestamps, expiry) reads this clock, so "a day later" costs no
waiting. Pacing and time-outs of the sandbox itself stay on the event loop's clock.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


class Clock:
    """Wall-clock time in UTC, plus what was skipped; `moved` is called after each skip, for whoever waits for a moment.

    It starts `ahead_seconds` before or, if that is negative, behind the clock of the computer.
    """

    def __init__(self, moved: Callable[[], None] = lambda: None, *, ahead_seconds: float = 0) -> None:
        self._skipped = timedelta(seconds=ahead_seconds)
        self._moved = moved

    def now(self) -> datetime:
        """Return the sandbox's present moment (UTC)."""
        return datetime.now(UTC) + self._skipped

    def moves(self, *, seconds: float) -> None:
        """Skip ahead; never back, because snowflakes only grow.

        Raises ValueError for a negative number of seconds.
        """
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self._skipped += timedelta(seconds=seconds)
        self._moved()


def stamp(moment: datetime) -> str:
    """Write a moment as Discord does: ISO 8601 with microseconds and `+00:00`."""
    return moment.isoformat(timespec="microseconds")


def http_date(moment: datetime) -> str:
    """Write a moment (UTC) as the header `Date` has it (RFC 9110, 5.6.7): with whole seconds."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def monotonic() -> float:
    """Return the monotonic time in seconds, the scale of every `at` in the logs."""
    return time.monotonic()
