"""Decides what comes between the tries of a question: a pause, a wait for a server that is away, or the error that ends it."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from bot.chat.breaker import Breaker
from bot.chat.call_round import CallRound
from bot.chat.fallback import FEW_SECONDS
from bot.chat.ports.calls import Calls
from bot.chat.ports.clock import Clock
from bot.errors import ModelBusy, ModelError, ModelOverloaded, ModelUnreachable

log = logging.getLogger(__name__)

_TRIES: Final = 3
_LONGEST_PAUSE_SECONDS: Final = 20.0
"""When the server asks for a longer pause, the call fails, and its error tells the asker when to ask again."""
_ALL_PAUSES_SECONDS: Final = 30.0
"""The most that the pauses between the tries of one question take together."""
_FIRST_PAUSE_SECONDS: Final = 0.5
_PAUSE_GROWTH: Final = 4.0


class AllAway(Exception):
    """No model of a profile with several can be reached."""


class Moved(Exception):
    """A reload gave the model of a question that waits another server."""


class Tries:
    """The pauses and waits between the requests of a round. Before each, the row of the failed request is closed."""

    def __init__(self, calls: Calls, clock: Clock, first_pause_seconds: float | None = None) -> None:
        self._calls = calls
        self._clock = clock
        self._first_pause_seconds = _FIRST_PAUSE_SECONDS if first_pause_seconds is None else first_pause_seconds

    def is_young(self, call_round: CallRound) -> bool:
        """Return whether a question is young enough to wait for a server that is away."""
        return self._clock() <= call_round.until

    async def until_next_try(
        self, breaker: Breaker, call_round: CallRound, error: ModelUnreachable, say_down: Callable[[], None]
    ) -> None:
        """Return when a question whose request failed may be sent again; raise the error when it may not."""
        if error.retry_after is not None and error.retry_after > _LONGEST_PAUSE_SECONDS:
            raise error
        if call_round.has_next:
            await self._try_once_more(breaker, call_round, error)
            return
        young = self._clock() <= call_round.until
        away = await self._is_away(breaker, call_round) and young
        if error.connected or not away:
            call_round.tries += 1
        outage = young and breaker.is_open and breaker.recoveries == call_round.recoveries
        if call_round.tries >= _TRIES and not outage:
            raise error
        if not away and call_round.tries < _TRIES:
            await self.pause(call_round, error)
            return
        log.info("question %s waits: %s", call_round.key, error)
        await self.close(call_round, error)
        say_down()
        await self._wait(breaker, call_round, error, away=away)

    async def _wait(self, breaker: Breaker, call_round: CallRound, error: ModelUnreachable, *, away: bool) -> None:
        """Wait for a server that is `away`, or fails on every question. Raises AllAway where others may be back before it."""
        seconds = error.retry_after or 0.0
        if away:  # other requests may end the wait at once, however often this one fails
            call_round.waits += 1
            seconds = max(seconds, self._own_pause(call_round.waits))
        await asyncio.sleep(seconds)
        if away:
            if call_round.one_of_several:
                raise AllAway
            await self.while_young(call_round, breaker.until_reachable)
        if call_round.tries and breaker.is_open:
            await self.while_young(call_round, breaker.turn)

    async def _try_once_more(self, breaker: Breaker, call_round: CallRound, error: ModelUnreachable) -> None:
        """Return when the request may be sent a second time; raise the error where the next model shall answer instead."""
        away = await self._is_away(breaker, call_round)
        call_round.tries += 1
        if away or not error.connected or call_round.tries > 1:
            raise error
        await self.pause(call_round, error)

    async def _is_away(self, breaker: Breaker, call_round: CallRound) -> bool:
        """Record that the newest request failed, and return whether the server cannot be reached."""
        if not call_round.heard:
            breaker.failed(call_round.call.place_id)
        if call_round.recoveries is None:
            call_round.recoveries = breaker.recoveries
        return not await breaker.look()

    async def while_young(self, call_round: CallRound, wait: Callable[[], Awaitable[None]]) -> None:
        """Wait until the question is too old to wait any longer. It then gets one last try."""
        call_round.stale = True
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, (call_round.until - self._clock()) / 1000)):
                await wait()

    async def pause(self, call_round: CallRound, error: ModelBusy | ModelUnreachable) -> None:
        """Pause before the next try of a question that has failed.

        The pause is the server's wish, or our own, which grows with each try. Raises the error after the last try, and when a
        pause, or all of them together, would be too long.
        """
        seconds = error.retry_after
        if seconds is None:
            seconds = self._own_pause(call_round.tries)
        call_round.paused += seconds
        longest = FEW_SECONDS if call_round.has_next else _LONGEST_PAUSE_SECONDS
        too_long = seconds > longest or call_round.paused > _ALL_PAUSES_SECONDS
        too_long = too_long or (call_round.has_next and isinstance(error, ModelOverloaded))
        if call_round.tries >= _TRIES or too_long:
            raise error
        log.info(
            "question %s: try %s of %s: %s; the next in %.1f s",
            call_round.key,
            call_round.tries,
            _TRIES,
            error,
            seconds,
        )
        await self.close(call_round, error)
        await asyncio.sleep(seconds)

    def _own_pause(self, number: int) -> float:
        """Return the seconds of the pause of this number, from 1, that no server asked for. They grow, and vary by 20 %."""
        growth = _PAUSE_GROWTH ** min(number - 1, _TRIES)
        seconds = self._first_pause_seconds * growth * random.uniform(0.8, 1.2)  # noqa: S311 -- not used for secrets
        return min(seconds, _LONGEST_PAUSE_SECONDS)

    async def close(self, call_round: CallRound, error: ModelError) -> None:
        """Close the row of a request that is about to be repeated."""
        assert call_round.call_id is not None  # noqa: S101 -- a request that was sent has a row
        await self._calls.close(call_round.call_id, call_round.end(error.reason), at=self._clock())
        call_round.repeats()
