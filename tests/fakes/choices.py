"""Choices in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.choices import Choice, ChoiceKey
from tests.fakes.state import State


@dataclass
class MemoryChoices:
    """See `Choices`."""

    state: State

    async def all(self) -> Sequence[Choice]:
        """See the port."""
        found = self.state.choices.values()
        return sorted(found, key=lambda choice: (choice.key.scope, choice.key.scope_id, choice.key.name))

    async def change(self, *, put: Sequence[Choice] = (), remove: Sequence[ChoiceKey] = ()) -> None:
        """See the port."""
        for key in remove:
            self.state.choices.pop(key, None)
        self.state.choices.update({choice.key: choice for choice in put})
