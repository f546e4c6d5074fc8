"""The people who opted out in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.fakes.state import State


@dataclass
class MemoryOptOuts:
    """See `OptOuts`."""

    state: State

    async def all(self) -> Sequence[int]:
        """See the port."""
        return sorted(self.state.opted_out)

    async def put(self, person_id: int, *, at: int) -> None:
        """See the port."""
        self.state.opted_out.setdefault(person_id, at)

    async def remove(self, person_id: int) -> None:
        """See the port."""
        self.state.opted_out.pop(person_id, None)
