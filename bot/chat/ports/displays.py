"""Displays: the messages of each question's answers, and how far Discord has come."""

from collections.abc import Sequence
from typing import Protocol

from bot.chat.appearance import DisplayOutcome


class Displays(Protocol):
    """The display of all questions. Every method is one transaction and raises StoreError on failure."""

    async def sent(self, position: int, number: int, message_id: int) -> None:
        """(c) Record a message of a question's answers under its number; a second time changes nothing."""
        ...

    async def adopt(self, position: int, message_ids: Sequence[int]) -> None:
        """Record messages that exist although none was recorded, in order, under the next numbers; known ones stay."""
        ...

    async def retire(self, message_ids: Sequence[int]) -> None:
        """Record that these messages are about to be deleted by us."""
        ...

    async def gone(self, message_ids: Sequence[int]) -> None:
        """Record that these messages do not exist any more."""
        ...

    async def shown(self, position: int, version: int, outcome: DisplayOutcome, *, at: int) -> None:
        """Record that Discord took a version of what it shall show, or refused it for good."""
        ...
