"""The budget of tokens of a day: `limits.tokens_per_day`, for all calls of the bot together. A day begins at midnight UTC.

A call counts with its usage, and with the most that it may cost while it is open or when a crash lost it. So the sum never passes
the limit, as far as servers count tokens as we do. Calls whose reserves together would pass it wait for the ones opened before.
"""

import asyncio
import logging
from typing import Final

from bot.chat.ports.calls import Calls
from bot.chat.ports.clock import Clock
from bot.config import Current, LimitSettings
from bot.errors import TokensSpent

log = logging.getLogger(__name__)

_DAY_MS: Final = 86_400_000
_LOOK_AGAIN_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 900.0
"""How long a call waits for the ones opened before. One that is still open then may never end, as when its end was not stored."""


class TokenBudget:
    """Admits calls while the day's tokens last."""

    def __init__(self, calls: Calls, limits: Current[LimitSettings], clock: Clock) -> None:
        self._calls = calls
        self._limits = limits
        self._clock = clock
        self._spent: tuple[int, int] | None = None

    @property
    def spent(self) -> TokensSpent | None:
        """The error for any further call of this day, once a call was refused; None before."""
        today, limit = self._clock() // _DAY_MS, self._limits.value.tokens_per_day
        return _error(today, limit) if limit and self._spent == (today, limit) else None

    async def admit(self, call_id: int, reserve: int) -> bool:
        """Wait until the open call of this id, which may cost `reserve` tokens, may be sent. Return whether that took time.

        Raises TokensSpent and StoreError.
        """
        now, waited = asyncio.get_running_loop().time, False
        until = now() + _LONGEST_WAIT_SECONDS
        while limit := self._limits.value.tokens_per_day:
            today = self._clock() // _DAY_MS
            spending = await self._calls.spending(since=today * _DAY_MS, until=call_id)
            if spending.settled + reserve > limit:
                if self.spent is None:
                    log.warning("%s of %s tokens of this day are used (limits.tokens_per_day)", spending.settled, limit)
                self._spent = today, limit
                raise _error(today, limit)
            if spending.settled + spending.reserved <= limit:
                break
            if now() > until:
                raise _error(today, limit)
            waited = True
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        return waited


def _error(today: int, limit: int) -> TokensSpent:
    return TokensSpent(
        f"the {limit} tokens of this day are used up (limits.tokens_per_day)", (today + 1) * _DAY_MS // 1000
    )
