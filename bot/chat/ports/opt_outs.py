"""The port that stores who does not want to be quoted in other people's questions."""

from collections.abc import Sequence
from typing import Protocol


class OptOuts(Protocol):
    """Stores who opted out. Every method is one transaction and raises StoreError when the history is unusable."""

    async def all(self) -> Sequence[int]:
        """Return the ids of all people who opted out, in ascending order."""
        ...

    async def put(self, person_id: int, *, at: int) -> None:
        """Store that a person opted out at this time, in milliseconds, unless that is stored already."""
        ...

    async def remove(self, person_id: int) -> None:
        """Take back that a person opted out, if they did."""
        ...
