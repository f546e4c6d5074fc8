"""Lets people opt out of being quoted: no question but their own brings their words along.

All who opted out are kept in memory, so that a question reads none. The opt-out is stored first. From then on nothing of theirs
is stored (`bot.chat.preparing`), and what the history holds is erased; a crash in between leaves the rest to the next start.
A request that was sent goes on.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from bot.chat.late_writes import LateWrites
from bot.chat.ports.changes import Changes, HeldWords
from bot.chat.ports.clock import Clock
from bot.chat.ports.opt_outs import OptOuts
from bot.chat.texts import WITHHELD
from bot.chat.tokens import Count
from bot.errors import StoreError

log = logging.getLogger(__name__)

_AT_ONCE: Final = 25
"""Words that are erased together: the session makes one transaction of them, and counting their tokens holds the loop."""


class OptingOut:
    """Opts people out and in again, and tells who is out."""

    def __init__(
        self, *, opt_outs: OptOuts, changes: Changes, late_writes: LateWrites, clock: Clock, count: Count
    ) -> None:
        self._opt_outs = opt_outs
        self._changes = changes
        self._late_writes = late_writes
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
        """Opt a person out, and erase what other people's questions hold of their words. Return how much.

        Raises StoreError. Where only the erasure failed, it is made again before the next answers.
        """
        await self._opt_outs.put(person_id, at=self._clock())
        self._out.add(person_id)
        try:
            return await self._erase([person_id])
        except StoreError:
            self._late_writes.add(person_id, self.finish)
            raise

    async def opt_in(self, person_id: int) -> None:
        """Let a person be quoted again. What was erased stays so. Raises StoreError."""
        await self._opt_outs.remove(person_id)
        self._out.discard(person_id)

    async def finish(self) -> None:
        """Erase what a crash, or a store that failed, left of people who opted out. Raises StoreError."""
        if self._out and (erased := await self._erase(sorted(self._out))):
            log.info("%s passages of people who opted out were erased", erased)

    async def _erase(self, people: Sequence[int]) -> int:
        erased = 0
        while found := await self._changes.quoted_of(people, most=_AT_ONCE):
            await asyncio.gather(*map(self._forget, found))
            erased += len(found)
        return erased

    async def _forget(self, words: HeldWords) -> None:
        tokens = 0 if words.media else self._count(words.text) - self._count(WITHHELD)  # those of a file are stored
        await self._changes.forget(words, WITHHELD, tokens=tokens, at=self._clock())
