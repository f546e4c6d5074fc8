"""The port that stores the newest handled message of each place, so that the next start finds the messages after it."""

from collections.abc import Mapping
from typing import Protocol


class Seen(Protocol):
    """Stores the id of the newest handled message of each place. Every method raises StoreError on failure."""

    async def seen(self) -> Mapping[int, int]:
        """Return the newest handled message, by place."""
        ...

    async def see(self, newest: Mapping[int, int]) -> None:
        """Store the newest handled message, by place. A message older than the stored one changes nothing."""
        ...

    async def talked_in(self, since: int) -> Mapping[int, int]:
        """Return the newest handled message of each DM and thread that has one newer than the message id `since`, by place.

        In a place for which `see` stored nothing, it is the newest claimed message; presses of buttons do not count.
        """
        ...
