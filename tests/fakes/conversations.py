"""Conversations in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.calls import Purpose
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

    async def is_new(self, place_id: int) -> bool:
        """See the port."""
        conversations = [one for one in self.state.conversations.values() if one.place_id == place_id]
        branched = any(one.parent for one in conversations) and self.state.is_turns(place_id)
        return not branched and not self._has_begun(place_id)

    async def begins_with(self, place_id: int, position: int) -> bool:
        """See the port."""
        here = {one.id: one for one in self.state.conversations.values() if one.place_id == place_id}
        asked = [one.position for one in self.state.questions.values() if one.conversation_id in here]
        return not any(one.previous_id for one in here.values()) and all(one >= position for one in asked)

    def _has_begun(self, place_id: int) -> bool:
        conversations = [one for one in self.state.conversations.values() if one.place_id == place_id]
        asked = {call.position for call in self.state.calls if call.purpose is Purpose.ANSWER}
        answered = [one for one in self.state.answered(place_id) if one in asked]
        begun = any(self.state.questions[one].prompt is not None for one in answered)
        return begun or any(one.previous_id for one in conversations)

    async def branch(self, place: Place, at: int, *, source_id: int, message_id: int, written_at: int) -> bool:
        """See the port."""
        state = self.state
        if self._has_begun(place.id):
            return False
        conversation = state.open_in(place.id) or state.opened(place, at)
        parent = state.branch_at(message_id, source_id, written_at)
        inside = [one.position for one in state.questions.values() if one.conversation_id == conversation.id]
        if parent is None or conversation.parent or min(inside, default=parent.position + 1) <= parent.position:
            return False
        state.add(replace(conversation, **state.begins_at(parent)))
        return True

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
