"""`SessionStarts` counts the sessions that a bot begins, as `session_start_limit` tells.

Source: Discord's documentation, Gateway, "Session Start Limit Object": beyond `total` in 24 hours all sessions end and the token
is reset. No document says when the 24 hours begin; here they begin with the first session.
"""

from datetime import datetime, timedelta

from bot.sandbox.clock import Clock
from bot.sandbox.wire import Json

TOTAL = 1_000
WINDOW = timedelta(hours=24)


class SessionStarts:
    """The sessions that may be begun. `used` of `total` are, since the `window` began; `exceeded` says that one was too many."""

    def __init__(self, clock: Clock) -> None:
        self.total = TOTAL
        self.window = WINDOW
        self.used = 0
        self.exceeded = False
        self._clock = clock
        self._ends_at: datetime | None = None

    def uses(self, used: int, *, reset_after: timedelta) -> None:
        """Let so many have been begun already, in a window that ends after this time."""
        self.used, self._ends_at = used, self._clock.now() + reset_after

    def spend(self) -> bool:
        """Count a session. Return False for one too many."""
        self._renew()
        if self._ends_at is None:
            self._ends_at = self._clock.now() + self.window
        self.used += 1
        self.exceeded = self.exceeded or self.used > self.total
        return not self.exceeded

    def payload(self) -> Json:
        """Return the `session_start_limit` without `max_concurrency`."""
        self._renew()
        left = timedelta() if self._ends_at is None else self._ends_at - self._clock.now()
        milliseconds = int(left / timedelta(milliseconds=1))
        return {"total": self.total, "remaining": max(0, self.total - self.used), "reset_after": milliseconds}

    def _renew(self) -> None:
        if self._ends_at is not None and self._clock.now() >= self._ends_at:
            self.used, self._ends_at = 0, None
