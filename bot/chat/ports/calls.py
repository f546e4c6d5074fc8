"""The port that records every request to a model."""

from typing import Protocol

from bot.chat.calls import Call, CallEnd, CallRecord


class Calls(Protocol):
    """Stores the calls of all attempts. Every method is one transaction and raises StoreError when the history is unusable."""

    async def open(self, call: Call, *, reserve: int, at: int) -> int:
        """Record that a request is about to be sent, and return the call's id. `reserve` is the most tokens that it may cost."""
        ...

    async def close(self, call_id: int, end: CallEnd, *, at: int) -> None:
        """Record the end of a request. A call that is closed already stays unchanged."""
        ...

    async def lose(self, *, at: int) -> int:
        """Mark every open call as lost, because its process has died, and return the number of those calls."""
        ...

    async def newest(self, position: int) -> CallRecord | None:
        """Return the newest call of a question's attempts, open or closed; None when there is none."""
        ...
