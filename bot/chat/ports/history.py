"""The port that reads the history for an export."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.calls import CallRecord
from bot.chat.content import StoredContent
from bot.chat.places import Conversation
from bot.chat.turns import Record


@dataclass(frozen=True, slots=True)
class Turn:
    """All stored data of one question: its record, the calls of all attempts, and the contents beside the plain text."""

    record: Record
    calls: tuple[CallRecord, ...] = ()
    contents: tuple[StoredContent, ...] = ()


class History(Protocol):
    """Reads the stored history without holding up the answers to mentions. Every method raises StoreError on failure."""

    async def conversations(self, place_id: int) -> Sequence[Conversation]:
        """Return all conversations of a place, oldest first."""
        ...

    def turns(self, conversation_id: int) -> AsyncIterator[Turn]:
        """Yield a conversation's turns in order, questions that were turned down included. Reads them in pages."""
        ...
