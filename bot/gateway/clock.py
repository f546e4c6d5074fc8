"""Tells the time by Discord's clock, so that ages of messages are measured on one clock, whatever the computer's says.

The difference between the two clocks is read from the header `Date` of Discord's answers (RFC 9110, 6.6.1), from the login on.
Where a proxy takes that header away, the ids of events stand in for it: an id holds its time (Discord's documentation, Reference,
"Snowflakes"), and an event that arrives is not from the future.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Final

import aiohttp
import discord

log = logging.getLogger(__name__)

_TOLERATED_MS: Final = 2_000
"""Differences up to this are not corrected: `Date` has whole seconds, and an answer takes its time."""
_WARNED_MS: Final = 30_000
"""A difference from this on is warned of."""
_BELIEVED_MS: Final = 3_600_000
"""An event that is further ahead of the dates of Discord's answers has no id of Discord's."""
_HALF_SECOND_MS: Final = 500
"""The mean of what `Date` leaves out."""


def host_now() -> int:
    """Return the time of the computer's clock in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


class DiscordClock:
    """Implements `chat.ports.clock.Clock`: the computer's clock, corrected by its difference to Discord's."""

    def __init__(self, host: Callable[[], int] = host_now) -> None:
        self._host = host
        self._ahead_ms = 0
        self._is_set = False
        self._is_dated = False
        self._warned = False

    def __call__(self) -> int:
        """Return the time in milliseconds since 1970 UTC."""
        return self._host() + self._ahead_ms

    def moment(self) -> datetime:
        """Return the time as a `datetime` in UTC."""
        return datetime.fromtimestamp(self() / 1000, UTC)

    def follow(self, trace: aiohttp.TraceConfig) -> None:
        """Read the dates of the answers that `trace` sees."""
        trace.on_request_end.append(self._read_date)

    def saw(self, event_id: int) -> None:
        """Take note of an event that has just arrived, by the id that Discord gave it when it happened.

        It moves the clock forward to its own time at least, by an hour at most where an answer had a date. Where none had, the
        first event sets the clock; later ones may be old, as a resumed session repeats them, and never set it back.
        """
        at = int(discord.utils.snowflake_time(event_id).timestamp() * 1000)
        if self._is_dated and at > self() + _BELIEVED_MS:
            return
        if not self._is_set or at > self():
            self._is_set = True
            self._correct(at)

    async def _read_date(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, answered: aiohttp.TraceRequestEndParams
    ) -> None:
        with suppress(KeyError, ValueError, TypeError, OverflowError):
            at = int(parsedate_to_datetime(answered.response.headers["Date"]).timestamp() * 1000)
            self._is_set = self._is_dated = True
            self._correct(at + _HALF_SECOND_MS)

    def _correct(self, discord_now: int) -> None:
        ahead_ms = discord_now - self._host()
        if abs(ahead_ms) <= _TOLERATED_MS:
            self._ahead_ms = 0
        elif abs(ahead_ms - self._ahead_ms) > _TOLERATED_MS:
            self._ahead_ms = ahead_ms
        if abs(ahead_ms) >= _WARNED_MS and not self._warned:
            self._warned = True
            log.warning(
                "the clock of this computer is %s s %s Discord's: set it (by NTP); until then I go by Discord's",
                abs(ahead_ms) // 1000,
                "behind" if ahead_ms > 0 else "ahead of",
            )
