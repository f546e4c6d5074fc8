"""Seen in memory."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.chat.places import PlaceKind
from tests.fakes.state import State


@dataclass
class MemorySeen:
    """See `Seen`."""

    state: State

    async def seen(self) -> Mapping[int, int]:
        """See the port."""
        return dict(self.state.seen)

    async def see(self, newest: Mapping[int, int]) -> None:
        """See the port."""
        for place_id, message_id in newest.items():
            self.state.seen[place_id] = max(message_id, self.state.seen.get(place_id, 0))

    async def talked_in(self, since: int) -> Mapping[int, int]:
        """See the port."""
        claimed = {question.place.id: question.key for question in self.state.questions.values()}
        return {
            place_id: self.state.seen.get(place_id) or claimed[place_id]
            for place_id, place in self.state.places.items()
            if place.kind is not PlaceKind.CHANNEL
            and max(self.state.seen.get(place_id, 0), claimed.get(place_id, 0)) > since
        }
