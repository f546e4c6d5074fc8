"""Conversations: closed and opened by a reset, re-opened by undo, trimmed."""

from dataclasses import dataclass
from typing import Protocol

from bot.chat.places import Conversation, Place


@dataclass(frozen=True, slots=True)
class Reset:
    """The outcome of a reset: the conversation that it opened and the one that it closed."""

    opened: Conversation
    closed: Conversation


class Conversations(Protocol):
    """The conversations of all places. Every method is one transaction and raises StoreError when the history cannot be used."""

    async def reset(self, place: Place, *, by: int, at: int) -> Reset | None:
        """Close the place's open conversation and open another; None when the open one holds nothing yet."""
        ...

    async def opened_by(self, conversation_id: int) -> int | None:
        """The person whose reset opened a conversation; None when none did or there is no such conversation."""
        ...

    async def undo(self, conversation_id: int, *, place_id: int, at: int) -> bool:
        """Close a conversation that a reset opened and re-open the one before it; False when it is no longer the open one."""
        ...

    async def trim(self, conversation_id: int, *, window_from: int) -> None:
        """Move the conversation's anchor forward to `window_from`; it never goes back."""
        ...
