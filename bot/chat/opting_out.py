"""Lets people opt out of being quoted: no question but their own brings their words along.

All who opted out are kept in memory, so that a question reads none. The opt-out is stored first. From then on nothing of theirs
is stored (`bot.chat.preparing`), and what the history holds is erased; a crash in between leaves the rest to the next start.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from bot.chat.ports.changes import Changes
from bot.chat.ports.clock import Clock
from bot.chat.ports.opt_outs import OptOuts
from bot.chat.texts import WITHHELD
from bot.chat.tokens import Count

log = logging.getLogger(__name__)

_AT_ONCE: Final = 100
"""Words that are erased together. The session makes one transaction of them."""


class OptingOut:
    """Opts people out and in again, and tells who is out."""

    def __init__(self, *, opt_outs: OptOuts, changes: Changes, clock: Clock, count: Count) -> None:
        self._opt_outs = opt_outs
        self._changes = changes
        self._clock = clock
        self._count = count
        self._out: set[int] = set()

    async def load(self) -> None:
        """Read from the store who is out. Raises StoreError."""
        self._out = set(await self._opt_outs.all())

    def __contains__(self, person_id: object) -> bool:
        """Whether a person opted out."""
        return person_id in self._out

    async def opt_out(self, person_id: int) -> int:
        """Opt a person out, and erase what other people's questions hold of their words. Return how much. Raises StoreError."""
        await self._opt_outs.put(person_id, at=self._clock())
        self._out.add(person_id)
        return await self._erase([person_id])

    async def opt_in(self, person_id: int) -> None:
        """Let a person be quoted again. What was erased stays so. Raises StoreError."""
        await self._opt_outs.remove(person_id)
        self._out.discard(person_id)

    async def finish(self) -> None:
        """Erase what a crash left of people who opted out. Raises StoreError."""
        if self._out and (erased := await self._erase(sorted(self._out))):
            log.info("%s passages of people who opted out were erased", erased)

    async def _erase(self, people: Sequence[int]) -> int:
        erased = 0
        while found := await self._changes.quoted_of(people, most=_AT_ONCE):
            at = self._clock()
            await asyncio.gather(
                *(
                    self._changes.forget(words, WITHHELD, tokens=self._count(words.text) - self._count(WITHHELD), at=at)
                    for words in found
                )
            )
            erased += len(found)
        return erased
