"""Conversations in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.places import Conversation, Place, PlaceKind
from bot.chat.ports.conversations import Reset
from tests.fakes.state import State


@dataclass
class MemoryConversations:
    """See `Conversations`."""

    state: State

    async def reset(self, place: Place, *, by: int, at: int) -> Reset | None:
        """See the port."""
        state = self.state
        conversation = state.open_in(place.id)
        if conversation is None and place.kind is PlaceKind.THREAD:
            conversation = state.opened(place, at)
        if conversation is None or not (conversation.parent or state.sendable(conversation.id)):
            return None
        closed_one = state.add(replace(conversation, closed_at=at))
        number = len(state.conversations) + 1
        opened = state.add(Conversation(number, place.id, at, opened_by=by, previous_id=closed_one.id))
        return Reset(opened, closed_one)

    async def open_in(self, place_id: int) -> int | None:
        """See the port."""
        found = self.state.open_in(place_id)
        return found and found.id

    async def threads(self) -> Sequence[int]:
        """See the port."""
        return sorted(place.id for place in self.state.places.values() if place.kind is PlaceKind.THREAD)

    async def opened_by(self, conversation_id: int) -> int | None:
        """See the port."""
        conversation = self.state.conversations.get(conversation_id)
        return conversation and conversation.opened_by

    async def undo(self, conversation_id: int, *, place_id: int, at: int) -> bool:
        """See the port."""
        conversation = self.state.conversations.get(conversation_id)
        if conversation is None or conversation.closed_at is not None or conversation.previous_id is None:
            return False
        if conversation.place_id != place_id:
            return False
        self.state.add(replace(conversation, closed_at=at))
        self.state.add(replace(self.state.conversations[conversation.previous_id], closed_at=None))
        return True

    async def trim(self, conversation_id: int, *, window_from: int, files_from: int = 0) -> None:
        """See the port."""
        conversation = self.state.conversations[conversation_id]
        self.state.add(
            replace(
                conversation,
                window_from=max(conversation.window_from, window_from),
                files_from=max(conversation.files_from, files_from),
            )
        )
