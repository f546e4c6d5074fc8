"""The port that stores what people chose for a place."""

from collections.abc import Sequence
from typing import Protocol

from bot.chat.choices import Choice, ChoiceKey


class Choices(Protocol):
    """Stores choices. Every method is one transaction and raises StoreError when the history is unusable."""

    async def all(self) -> Sequence[Choice]:
        """Return all choices, in the order of their keys."""
        ...

    async def change(self, *, put: Sequence[Choice] = (), remove: Sequence[ChoiceKey] = ()) -> None:
        """Remove choices, as far as they exist, then put others, each in place of the one with its key."""
        ...
