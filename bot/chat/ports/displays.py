"""The port that records, for each question, the Discord messages of its answers and the version that Discord shows."""

from collections.abc import Sequence
from typing import Protocol

from bot.chat.appearance import DisplayOutcome


class Displays(Protocol):
    """Stores the display state of all questions. Every method is one transaction and raises StoreError on failure."""

    async def sent(self, position: int, number: int, message_id: int) -> None:
        """(c) Record a message of a question's answers under its number. Recording it again changes nothing."""
        ...

    async def adopt(self, position: int, message_ids: Sequence[int]) -> None:
        """Record messages that were found on Discord, in order, under the next numbers. Recorded messages stay unchanged."""
        ...

    async def retire(self, message_ids: Sequence[int]) -> None:
        """Record that we are about to delete these messages."""
        ...

    async def gone(self, message_ids: Sequence[int]) -> None:
        """Record that these messages do not exist any more."""
        ...

    async def shown(self, position: int, version: int, outcome: DisplayOutcome, *, at: int) -> None:
        """Record that Discord shows a version of the display, or refused it for good.

        Of a question that was deleted, only that it is gone is recorded.
        """
        ...
