"""Questions whose display Discord did not take. Each is tried again after longer and longer pauses, beside the lanes.

The questions of a place are tried in the order in which they were asked, by one task for each place.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

log = logging.getLogger(__name__)

PAUSES_SECONDS: Final = (5.0, 15.0, 30.0, 60.0, 60.0, 60.0, 120.0, 300.0, *(600.0,) * 140)
"""Pauses between tries, about a day in all. Later only the next start tries again."""
_FAILURES_IN_A_ROW: Final = 3
"""Failures after which a place waits for its next round: fewer may be the fault of single messages."""
_HURRIED: Final = 3
"""Tries up to which a question is tried at once when another is about to be shown in its place, so that they keep their order."""
_AT_ONCE: Final = 8
"""Displays that are tried at the same time in all places, because Discord is weak when it comes back."""

Show = Callable[[int, str, int], Coroutine[Any, Any, bool]]
"""Tries to show a question by its key and note, and returns whether that is settled. The number counts its tries, from 1."""


@dataclass(slots=True)
class _Late:
    """A question: its note, the number of its tries here, and the time of the next one, in the loop's time."""

    note: str
    due: float
    tries: int = 0


class _Place:
    """The late questions of one place by key, the one that is being tried, and the task that tries them."""

    worker: asyncio.Task[None]

    def __init__(self) -> None:
        self.late: dict[int, _Late] = {}
        self.trying: int | None = None
        self.tried = asyncio.Event()
        self.changed = asyncio.Event()


class LateDisplays:
    """Tries `show` for each added question after each of `pauses`, until it is settled."""

    def __init__(self, show: Show, pauses: tuple[float, ...] = PAUSES_SECONDS) -> None:
        self._show = show
        self._pauses = pauses
        self._places: dict[int, _Place] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._closed = False

    @property
    def waiting(self) -> int:
        """The number of places that have a question here."""
        return len(self._places)

    def add(self, place_id: int, key: int, note: str = "", *, failed: bool = True) -> None:
        """Add a question of a place. The first try comes at once, or after the first pause if one has `failed`."""
        if self._closed or (failed and not self._pauses):
            return
        place = self._places.get(place_id)
        if place is None:
            place = self._places[place_id] = _Place()
            place.worker = asyncio.create_task(self._work(place_id, place), name=f"late displays {place_id}")
        place.late[key] = _Late(note, _now() + (self._pauses[0] if failed else 0.0))
        place.changed.set()

    async def take(self, place_id: int, key: int) -> None:
        """Take a question out, because the caller shows it now; a try that is under way comes to its end first.

        The other questions of the place are tried at once, unless they failed before again and again.
        """
        place = self._places.get(place_id)
        if place is None:
            return
        place.late.pop(key, None)
        for late in place.late.values():
            if late.tries < _HURRIED:
                late.due = _now()
        place.changed.set()
        while place.trying == key:
            place.tried.clear()
            await place.tried.wait()

    async def settled(self, place_id: int, key: int, seconds: float) -> bool:
        """Wait at most so many seconds until a question is not late any more, and return whether that is so."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (place := self._places.get(place_id)) is not None and key in place.late:
                    place.tried.clear()
                    await place.tried.wait()
                return True
        return False

    async def close(self) -> None:
        """End all tries; what is added from now on is left to the next start."""
        self._closed = True
        workers = [place.worker for place in self._places.values()]
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, place_id: int, place: _Place) -> None:
        try:
            while place.late:
                if (wait := min(late.due for late in place.late.values()) - _now()) > 0:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(wait):
                            await place.changed.wait()
                    place.changed.clear()
                else:
                    await self._try_all(place)
        finally:
            del self._places[place_id]

    async def _try_all(self, place: _Place) -> None:
        """Try the questions of a place in order, whichever of them is due, until several have failed in a row."""
        failures = 0
        for key in sorted(place.late):
            async with self._slots:
                settled = await self._try(place, key)
            failures = 0 if settled else failures + 1
            if failures == _FAILURES_IN_A_ROW:
                break
        pauses = {key: self._pauses[late.tries] for key, late in place.late.items() if late.tries}
        next_round = min(pauses.values(), default=0.0)
        for key, late in place.late.items():
            late.due = max(late.due, _now() + pauses.get(key, next_round))  # those that were not reached wait as well

    async def _try(self, place: _Place, key: int) -> bool:
        late = place.late.get(key)
        if late is None:  # taken out meanwhile
            return True
        late.tries += 1
        place.trying = key
        try:
            settled = await self._show(key, late.note, late.tries)
        except Exception:
            log.exception("question %s could not be shown for an unforeseen reason", key)
            settled = True
        finally:
            place.trying = None
            place.tried.set()  # whoever waits for it goes on after this function has ended
        if place.late.get(key) is late and (settled or late.tries >= len(self._pauses)):
            del place.late[key]
        return settled


def _now() -> float:
    return asyncio.get_running_loop().time()
