"""Facts in memory."""

from dataclasses import dataclass

from tests.fakes.state import State


@dataclass
class MemoryFacts:
    """See `Facts`."""

    state: State

    async def recall(self, key: str) -> str | None:
        """See the port."""
        return self.state.facts.get(key)

    async def remember(self, key: str, value: str) -> None:
        """See the port."""
        self.state.facts[key] = value
