"""The port for conversations: reset, undo of a reset, and trim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.places import Conversation, Place


@dataclass(frozen=True, slots=True)
class Reset:
    """The outcome of a reset: the conversation that it opened and the conversation that it closed."""

    opened: Conversation
    closed: Conversation


class Conversations(Protocol):
    """Stores the conversations of all places. Every method is one transaction and raises StoreError on failure."""

    async def reset(self, place: Place, *, by: int, at: int) -> Reset | None:
        """Close the place's open conversation and open another. Return None when the open conversation is still empty."""
        ...

    async def is_new(self, place_id: int) -> bool:
        """Return whether it is open yet where a thread goes on from.

        It is not when a model was asked for an answer there, when it was reset, or when it was opened on a message of a turn.
        """
        ...

    async def begins_with(self, place_id: int, position: int) -> bool:
        """Return whether a place was never reset and nothing was asked there before the question at this position."""
        ...

    async def branch(self, place: Place, at: int, *, source_id: int, message_id: int, written_at: int) -> bool:
        """Let a thread go on from a message of another place; opens its first conversation at the time `at` if there is none.

        Any message will do: from a question the thread goes on without its answer, from an answer with that attempt, and from any
        other message of the place `source_id`, written at `written_at`, with the last turn before it. Return False when no turn
        lies before it, or when it is settled already where the thread goes on from.
        """
        ...

    async def open_in(self, place_id: int) -> int | None:
        """Return the id of the place's open conversation; None where nothing was said yet."""
        ...

    async def threads(self) -> Sequence[int]:
        """Return the ids of all threads in which the bot was asked something."""
        ...

    async def opened_by(self, conversation_id: int) -> int | None:
        """Return the id of the person whose reset opened the conversation; None without a reset or such a conversation."""
        ...

    async def undo(self, conversation_id: int, *, place_id: int, at: int) -> bool:
        """Close a conversation that a reset opened, and re-open the one before it. Return False when it is no longer open."""
        ...

    async def trim(self, conversation_id: int, *, window_from: int, files_from: int = 0) -> None:
        """Move the conversation's anchors forward: its window to `window_from`, its files to `files_from`, both positions.

        An earlier position than the stored one changes nothing.
        """
        ...
