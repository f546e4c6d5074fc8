"""The port that records every request to a model."""

from dataclasses import dataclass
from typing import Protocol

from bot.chat.calls import Call, CallEnd, CallRecord


@dataclass(frozen=True, slots=True)
class Spending:
    """Tokens of calls: `settled` of those that ended, `reserved` the most that open ones may cost."""

    settled: int
    reserved: int


class Calls(Protocol):
    """Stores the calls of all attempts. Every method is one transaction and raises StoreError when the history is unusable."""

    async def open(self, call: Call, *, reserve: int, at: int) -> int:
        """Record that a request is about to be sent, and return the call's id. `reserve` is the most tokens that it may cost."""
        ...

    async def close(self, call_id: int, end: CallEnd, *, at: int) -> None:
        """Record the end of a request. A call that is closed already with its figures stays unchanged."""
        ...

    async def lose(self, *, at: int) -> int:
        """Mark every open call as lost, because its process has died, and return the number of those calls."""
        ...

    async def spending(self, *, since: int, until: int) -> Spending:
        """Return the tokens of all calls that began at or after `since`, open ones only up to the id `until`.

        A call without a known usage counts with its reserve. Imported calls do not count.
        """
        ...

    async def latest(self, conversation_id: int) -> CallRecord | None:
        """Return the newest call for an answer in a conversation: that of its newest question which has one; None without one."""
        ...

    async def newest(self, position: int, sibling: int | None = None) -> CallRecord | None:
        """Return the newest call of a question's attempts, or of one of them, open or closed; None when there is none."""
        ...
