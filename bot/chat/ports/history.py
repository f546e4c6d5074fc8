"""The history as people export it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.calls import CallRecord
from bot.chat.content import StoredContent
from bot.chat.places import Conversation
from bot.chat.turns import Record


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything that is stored of a question: its record, the calls of all its attempts, and contents beyond plain text."""

    record: Record
    calls: tuple[CallRecord, ...] = ()
    contents: tuple[StoredContent, ...] = ()


class History(Protocol):
    """The stored history, read beside the way of a mention. Every method raises StoreError when it cannot be used."""

    async def conversations(self, place_id: int) -> Sequence[Conversation]:
        """All conversations of a place, oldest first."""
        ...

    def turns(self, conversation_id: int) -> AsyncIterator[Turn]:
        """A conversation's turns in order, refused questions too, read in pages."""
        ...
