"""Facts about the installation."""

from typing import Protocol


class Facts(Protocol):
    """A memory for facts about the installation, such as the hash of the synced commands. Raises StoreError on failure."""

    async def recall(self, key: str) -> str | None:
        """The fact, if it is known."""
        ...

    async def remember(self, key: str, value: str) -> None:
        """Keep the fact."""
        ...
