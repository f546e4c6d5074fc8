"""An intake without Discord."""

import asyncio
from dataclasses import replace

from bot.chat.content import Text
from bot.chat.ports.intake import MessageDeleted, Rendered, Sourced
from bot.chat.turns import Question
from bot.errors import StoreError


class MemoryIntake:
    """An intake that renders a question as what was said, or as `Alice: again` after a restart.

    `broken` questions fail, `deleted` ones are gone, and of `unstored` ones something cannot be stored, once. `files` are what
    else a question holds, with its remarks. It says when it is `rendering`, and waits for the `gate` where that is closed.
    """

    def __init__(self) -> None:
        self.at_hand: dict[int, str] = {}
        self.files: dict[int, Rendered] = {}
        self.broken: set[int] = set()
        self.unstored: set[int] = set()
        self.deleted: set[int] = set()
        self.rendering = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def render(self, question: Question, *, files: bool = True) -> Rendered:
        """See the port."""
        if not files:
            text = Text(f"Alice: {self.at_hand.pop(question.key, 'again')}")
            return Rendered((text,), unread=question.key in self.files)
        self.rendering.set()
        await self.gate.wait()
        if question.key in self.broken:
            raise RuntimeError("unreadable")
        if question.key in self.unstored:
            self.unstored.remove(question.key)
            raise StoreError("disk full")
        if question.key in self.deleted:
            raise MessageDeleted("gone")
        text = Text(f"Alice: {self.at_hand.pop(question.key, 'again')}")
        more = self.files.pop(question.key, Rendered(()))
        joined = (Sourced(Text(f"\nAlice: {one.text}"), question.author.id, one.message_id) for one in question.joined)
        return replace(more, contents=(text, *joined, *more.contents))

    def was_deleted(self, message_id: int) -> bool:
        """See the port."""
        return message_id in self.deleted

    async def text_of(self, question: Question) -> str | None:
        """See the port."""
        return self.at_hand.get(question.key)
