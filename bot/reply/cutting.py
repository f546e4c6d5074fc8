"""Cuts the growing text of one answer into messages, a little at a time, so that other answers go on meanwhile."""

import asyncio
from typing import Final

from bot.reply.layout import Pieces
from bot.reply.split import Splitter

_PART: Final = 2000
"""Characters that are read before others have their turn: `python -m tests.benchmarks --only cutting` prints what they cost."""


class Cutting:
    """The text of one answer as messages. Of a text that has grown only the new part is read, and none beyond `most` messages."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._begin()

    async def so_far(self, text: str) -> Pieces:
        """Return the messages of a text that may grow."""
        await self._read(text)
        return Pieces(self._splitter.messages, self._splitter.is_full)

    async def to_end(self, text: str) -> Pieces:
        """Return the messages of the whole text."""
        await self._read(text)
        self._splitter.end()
        await self._work()
        return Pieces(self._splitter.close(), self._splitter.is_full)

    def _begin(self) -> None:
        self._splitter, self._known = Splitter(most=self._most), ""

    async def _read(self, text: str) -> None:
        if not text.startswith(self._known):
            self._begin()
        while len(self._known) < len(text) and not self._splitter.is_full:
            part = text[len(self._known) : len(self._known) + _PART]
            self._known += part
            self._splitter.feed(part)
            await self._work()

    async def _work(self) -> None:
        is_more = True
        while is_more:
            is_more = self._splitter.work()
            await asyncio.sleep(0)
