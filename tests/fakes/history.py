"""History in memory."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from bot.chat.places import Conversation
from bot.chat.ports.history import Turn
from tests.fakes.state import State


@dataclass
class MemoryHistory:
    """See `History`."""

    state: State

    async def conversations(self, place_id: int) -> Sequence[Conversation]:
        """See the port."""
        return [one for one in self.state.conversations.values() if one.place_id == place_id]

    async def turns(self, conversation_id: int) -> AsyncIterator[Turn]:
        """See the port."""
        of_it = [one for one in self.state.questions.values() if one.conversation_id == conversation_id]
        for question in of_it:
            calls = tuple(call for call in self.state.calls if call.position == question.position)
            contents = self.state.contents.get(question.position, ())
            record = replace(self.state.record(question.position), last=True, open=True)
            yield Turn(record, calls, contents)
