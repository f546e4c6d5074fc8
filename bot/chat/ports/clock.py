"""The time of day."""

from typing import Protocol


class Clock(Protocol):
    """The time of day in milliseconds since 1970 UTC."""

    def __call__(self) -> int:
        """Now."""
        ...
