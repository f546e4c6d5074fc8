"""The port for the time of day."""

from typing import Protocol


class Clock(Protocol):
    """Tells the time of day in milliseconds since 1970 UTC."""

    def __call__(self) -> int:
        """Return the current time."""
        ...
