"""The port that stores facts about the installation."""

from typing import Protocol


class Facts(Protocol):
    """Stores facts about the installation, such as the hash of the synced commands. Every method raises StoreError on failure."""

    async def recall(self, key: str) -> str | None:
        """Return the value stored under `key`, or None."""
        ...

    async def remember(self, key: str, value: str) -> None:
        """Store `value` under `key`."""
        ...
