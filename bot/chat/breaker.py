"""Tells a provider that is down from a question that it fails on, and lets questions wait for a provider that is down.

The rule, for each provider:

- A request failed when the server gave no sign of it: no connection, a broken one, or an error of the server's own. A time-out
  is no failure, because a server that is slow for one question may be quick for the next. Every sign is a success: text, a
  refusal, a rate limit. After a failure only the requests that were sent since can succeed: an answer that was being written
  before goes on while the server, or one of several behind one address, takes no new requests.
- Behind each failure the server is looked at (`Model.reachable`). While it cannot be reached it is down for everybody, and the
  question waits until it can be reached again, or until a request succeeds. The caller pauses in any case before it sends the
  question again, because other requests may succeed while this one is always refused.
- Where it can be reached, the question itself may be the cause. It is tried three times and then ends in its error.
- A question of another place that failed as well speaks for an outage. When requests of two places failed and nothing succeeded
  since, the breaker is open. Questions that were tried three times then wait instead of failing: one at a time tries again, after
  a growing pause, and all go on as soon as a request succeeds. Two places are asked for, because the questions of one place share
  their history, so one bad text in it makes all of them fail.
- An open breaker touches a question that was not tried yet only while the server cannot be reached: it then waits without a
  request of its own. Otherwise it is sent at once, and may be the success that ends the outage.

So a question that crashes its server, or always makes it fail, harms its own place for three tries and no other.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

log = logging.getLogger(__name__)

_PAUSES_SECONDS: Final = (5.0, 10.0, 20.0, 30.0)
_AWAY: Final = (logging.WARNING, "the model's server cannot be reached: questions wait for it")
_REACHABLE: Final = (logging.INFO, "the model's server can be reached again")


class Breaker:
    """The state of one provider. `reachable` looks at its server; `pauses` are the seconds between looks, and between tries.

    The last pause repeats.
    """

    def __init__(self, reachable: Callable[[], Awaitable[bool]], pauses: tuple[float, ...] = _PAUSES_SECONDS) -> None:
        self._reachable = reachable
        self._pauses = pauses
        self._failed_places: set[int] = set()
        self._present = asyncio.Event()
        self._present.set()
        self._well = asyncio.Event()
        self._well.set()
        self._looking = asyncio.Lock()
        self._trying = asyncio.Lock()
        self._looked_at = 0.0
        self._looks = 0
        self._turns = 0
        self._releases = 0
        self.outages = 0
        """The number of times that a request failed while nothing else had failed since the last success."""
        self.recoveries = 0
        """The number of times that a request succeeded after others had failed."""

    @property
    def away(self) -> bool:
        """Whether the server could not be reached when it was last looked at, and no request succeeded since."""
        return not self._present.is_set()

    @property
    def is_open(self) -> bool:
        """Whether requests of two places failed, and nothing succeeded since."""
        return len(self._failed_places) > 1

    @property
    def holds_back(self) -> bool:
        """Whether a question that was not tried yet waits: the breaker is open, and the server cannot be reached."""
        return self.is_open and self.away

    def failed(self, place_id: int) -> None:
        """Record that the server gave no sign of a request of this place."""
        if self._well.is_set():
            self._well.clear()
            self.outages += 1
        if self.is_open:
            return
        self._failed_places.add(place_id)
        if self.is_open:
            log.warning("the model's server fails in several places, and nothing succeeds: questions wait for it")

    def succeeded(self, outages: int) -> None:
        """Record a sign of the server, for a request before which the breaker had counted so many `outages`."""
        if self._well.is_set() or outages < self.outages:
            return
        if self.is_open:
            log.info("the model answers again")
        self._failed_places.clear()
        self._looks = self._turns = 0
        self._present.set()
        self.recoveries += 1
        self._well.set()

    def release(self) -> None:
        """Let all questions that wait for the server go on, because they need not be asked there any more.

        A look that is under way finds the server, whatever it sees: otherwise those questions would wait again.
        """
        self._releases += 1
        self._present.set()
        self._well.set()

    async def look(self) -> bool:
        """Look at the server, and return whether it can be reached. A request that succeeds meanwhile proves that it can."""
        before = self.recoveries, self._releases
        reachable = await self._reachable() or (self.recoveries, self._releases) != before
        if self.away is reachable:
            log.log(*(_REACHABLE if reachable else _AWAY))
        self._looked_at = asyncio.get_running_loop().time()
        self._looks = 0 if reachable else self._looks + 1
        if reachable:
            self._present.set()
        else:
            self._present.clear()
        return reachable

    async def until_reachable(self) -> None:
        """Return when the server can be reached. It is looked at after each pause, by one caller for all."""
        while self.away:
            async with self._looking:
                if not await _set_by(self._present, self._looked_at + self._pause(self._looks)):
                    await self.look()

    async def turn(self) -> None:
        """Return when a request has succeeded, or after a pause, when it is the caller's turn to try."""
        async with self._trying:
            if self._well.is_set():
                return
            self._turns += 1
            await _set_by(self._well, asyncio.get_running_loop().time() + self._pause(self._turns))

    def _pause(self, number: int) -> float:
        return self._pauses[max(0, min(number, len(self._pauses)) - 1)]


async def any_reachable(breakers: Iterable[Breaker]) -> None:
    """Return when one of several servers can be reached."""
    looks = [asyncio.create_task(breaker.until_reachable(), name="look") for breaker in breakers]
    try:
        await asyncio.wait(looks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for look in looks:
            look.cancel()
        await asyncio.wait(looks)


async def _set_by(event: asyncio.Event, time: float) -> bool:
    """Return True as soon as the event is set, or False at `time`, in the loop's time."""
    waiting = asyncio.create_task(event.wait(), name="success")
    try:
        await asyncio.wait({waiting}, timeout=max(0.0, time - asyncio.get_running_loop().time()))
    finally:
        waiting.cancel()
    return event.is_set()
