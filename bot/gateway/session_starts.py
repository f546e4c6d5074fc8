"""Spends the sessions that a bot may begin in a day, so that Discord never resets its token.

Discord grants 1,000 IDENTIFYs in 24 hours; one more ends all sessions and resets the token (documentation, Gateway, "Sessions",
"Session Start Limit"). Half of a day's grant is spent freely. What is left is spread evenly over the time until the next grant,
also by a process that has just started: a supervisor may start it again and again. A RESUME costs nothing.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

_TOTAL: Final = 1_000
_DAY_SECONDS: Final = 86_400.0
_FREE_SHARE: Final = 0.5
_KEPT_SHARE: Final = 0.01
"""The share that is never spent: it is for whatever else begins sessions with the same token."""
_BETWEEN_SECONDS: Final = 5.0
"""Least time between two IDENTIFYs (documentation, Gateway, "Rate Limiting", `max_concurrency` of 1)."""
_LATE_SECONDS: Final = 1.0
"""How much later than said a new grant is counted on."""


@dataclass(frozen=True, slots=True)
class StartLimit:
    """The grant of Discord: `total` sessions at a time, of which `remaining` are left for `reset_after_seconds`."""

    total: int = _TOTAL
    remaining: int = _TOTAL
    reset_after_seconds: float = _DAY_SECONDS


def start_limit(told: object) -> StartLimit | None:
    """Read the `session_start_limit` of `GET /gateway/bot`; None for anything but whole numbers that fit together."""
    if not isinstance(told, dict):
        return None
    figures = cast("Mapping[str, object]", told)
    total, remaining, reset_after = (_whole(figures.get(key)) for key in ("total", "remaining", "reset_after"))
    if not total or remaining is None or reset_after is None:
        return None
    seconds = min(reset_after / 1000, _DAY_SECONDS)
    return StartLimit(total, min(remaining, total), seconds or _DAY_SECONDS)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


class SessionStarts:
    """Counts the sessions that were begun, and says how long to wait before the next. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_at: float | None = None
        self._is_told = False
        self._set(StartLimit())

    @property
    def is_told(self) -> bool:
        """Whether Discord's own figures are known since the last session was begun."""
        return self._is_told

    @property
    def remaining(self) -> int:
        """The number of sessions that may still be begun before the next grant."""
        if self._clock() > self._resets_at:
            self._set(StartLimit(self._total, self._total))
        return self._remaining

    @property
    def seconds_to_reset(self) -> float:
        """The time until the next grant."""
        return max(0.0, self._resets_at - self._clock())

    def told(self, limit: StartLimit) -> None:
        """Take over what Discord says."""
        self._is_told = True
        self._set(limit)

    def spend(self) -> None:
        """Count an IDENTIFY that is sent now."""
        self._remaining = max(0, self.remaining - 1)
        self._last_at = self._clock()
        self._is_told = False

    def pause_seconds(self) -> float:
        """Return how long to wait now so that what is left lasts until the next grant; 0 while half of it is left."""
        remaining = self.remaining
        if remaining > self._total * _FREE_SHARE:
            return 0.0
        now, until = self._clock(), self.seconds_to_reset
        spare = remaining - self._total * _KEPT_SHARE
        if spare < 1:
            return until
        begins = now if self._last_at is None else self._last_at
        return min(until, max(0.0, begins + until / spare - now))

    def seconds_between(self) -> float:
        """Return how long to wait now because Discord takes one IDENTIFY in 5 seconds."""
        return 0.0 if self._last_at is None else max(0.0, self._last_at + _BETWEEN_SECONDS - self._clock())

    def _set(self, limit: StartLimit) -> None:
        self._total, self._remaining = limit.total, limit.remaining
        self._resets_at = self._clock() + limit.reset_after_seconds + _LATE_SECONDS
