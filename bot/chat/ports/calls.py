"""Calls: the record of every request to a model."""

from typing import Protocol

from bot.chat.calls import Call, CallEnd, CallRecord


class Calls(Protocol):
    """The calls of all attempts. Every method is one transaction and raises StoreError when the history cannot be used."""

    async def open(self, call: Call, *, reserve: int, at: int) -> int:
        """Record that a request is about to be sent; returns the call's id. `reserve` is the most tokens that it may cost."""
        ...

    async def close(self, call_id: int, end: CallEnd, *, at: int) -> None:
        """Record how a request ended; a call that is closed stays as it is."""
        ...

    async def lose(self, *, at: int) -> int:
        """Record that every open call is lost, because its process is gone; returns how many there were."""
        ...

    async def newest(self, position: int) -> CallRecord | None:
        """The newest call of a question's attempts, open or not; None where none was ever made."""
        ...
