"""The port for the time of day, and the clock of the machine."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time of day in milliseconds since 1970 UTC."""

    def __call__(self) -> int:
        """Return the current time."""
        ...


def now() -> int:
    """Return the current time in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000
