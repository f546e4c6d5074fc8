"""Displays in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.appearance import AnswerMessage, DisplayOutcome, Messages, MessageState
from tests.fakes.state import State


@dataclass
class MemoryDisplays:
    """See `Displays`."""

    state: State

    async def sent(self, position: int, number: int, message_id: int) -> None:
        """See the port."""
        known = self.state.displays[position].messages.all
        if all(number != message.number and message_id != message.id for message in known):
            self._put(position, (*known, AnswerMessage(message_id, number)))

    async def adopt(self, position: int, message_ids: Sequence[int]) -> None:
        """See the port."""
        for message_id in message_ids:
            messages = self.state.displays[position].messages
            if all(message_id != message.id for message in messages.all):
                self._put(position, (*messages.all, AnswerMessage(message_id, messages.next_number)))

    async def retire(self, message_ids: Sequence[int]) -> None:
        """See the port."""
        self._lead(message_ids, MessageState.RETIRED)

    async def gone(self, message_ids: Sequence[int]) -> None:
        """See the port."""
        self._lead(message_ids, MessageState.GONE)

    async def shown(self, position: int, version: int, outcome: DisplayOutcome, *, at: int) -> None:
        """See the port."""
        display = self.state.displays[position]
        if self.state.questions[position].deleted and outcome is not DisplayOutcome.GONE:
            return
        if display.shown < version or (display.shown == version and display.outcome is DisplayOutcome.REFUSED):
            self.state.displays[position] = replace(display, shown=version, outcome=outcome, shown_at=at)

    def _lead(self, message_ids: Sequence[int], to: MessageState) -> None:
        for position, display in self.state.displays.items():
            led = [replace(one, state=to) if one.id in message_ids else one for one in display.messages.all]
            self._put(position, tuple(led))

    def _put(self, position: int, messages: tuple[AnswerMessage, ...]) -> None:
        self.state.displays[position] = replace(self.state.displays[position], messages=Messages(messages))
