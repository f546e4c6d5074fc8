"""Calls in memory."""

from dataclasses import dataclass, replace

from bot.chat.calls import Call, CallEnd, CallRecord, CallState, Purpose
from bot.chat.ports.calls import Spending
from tests.fakes.state import State, closed


@dataclass
class MemoryCalls:
    """See `Calls`."""

    state: State

    async def open(self, call: Call, *, reserve: int, at: int) -> int:
        """See the port."""
        number = len(self.state.calls) + 1
        self.state.calls.append(
            CallRecord(
                id=number,
                purpose=call.purpose,
                position=call.position,
                sibling=call.sibling,
                step=call.step,
                state=CallState.OPEN,
                started_at=at,
                ended_at=None,
                reserved=reserve,
                person_id=call.person_id,
            )
        )
        return number

    async def close(self, call_id: int, end: CallEnd, *, at: int) -> None:
        """See the port."""
        call = self.state.calls[call_id - 1]
        without_figures = call.end is not None and not call.end.model
        if call.state is CallState.OPEN or (call.state is CallState.CLOSED and without_figures):
            self.state.calls[call_id - 1] = closed(call, end, at)

    async def lose(self, *, at: int) -> int:
        """See the port."""
        left = [call for call in self.state.calls if call.state is CallState.OPEN]
        for call in left:
            self.state.calls[call.id - 1] = replace(call, state=CallState.LOST, ended_at=at)
        return len(left)

    async def spending(self, *, since: int, until: int) -> Spending:
        """See the port."""
        of_the_day = [
            call for call in self.state.calls if call.started_at >= since and call.state is not CallState.IMPORTED
        ]
        settled = reserved = 0
        for call in of_the_day:
            usage = call.end and call.end.usage
            if call.state is not CallState.OPEN:
                settled += usage.prompt + usage.completion if usage else call.reserved
            elif call.id <= until:
                reserved += call.reserved
        return Spending(settled, reserved)

    async def latest(self, conversation_id: int) -> CallRecord | None:
        """See the port."""
        of_answers = (call for call in self.state.calls if call.purpose is Purpose.ANSWER)
        found = (c for c in of_answers if self.state.questions[c.position].conversation_id == conversation_id)
        return max(found, key=lambda call: (call.position, call.id), default=None)

    async def newest(self, position: int, sibling: int | None = None) -> CallRecord | None:
        """See the port."""
        found = (call for call in reversed(self.state.calls) if call.position == position)
        return next((call for call in found if sibling in {None, call.sibling}), None)
