"""The newest message that was handled in each place."""

from collections.abc import Mapping
from typing import Protocol


class Seen(Protocol):
    """A memory of the newest message that was handled, by place. Raises StoreError on failure."""

    async def seen(self) -> Mapping[int, int]:
        """The newest message that was handled, by place."""
        ...

    async def see(self, newest: Mapping[int, int]) -> None:
        """Remember the newest message that was handled, by place; an older one than is known changes nothing."""
        ...

    async def talked_in(self, since: int) -> Mapping[int, int]:
        """DMs and threads in which a message newer than `since` was handled: the last one seen, by place.

        Where none was written down as seen, it is the last one that was claimed.
        """
        ...
