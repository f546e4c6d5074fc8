"""Grants a few slots to many tasks that wait, the one of the highest rank first."""

import asyncio
import heapq
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Precedence:
    """A semaphore whose next slot goes to the waiting key of the highest rank; among equal ranks to the first that waited."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._heap: list[tuple[float, int, int]] = []
        self._entries = 0

    @asynccontextmanager
    async def slot(self, key: int, rank: float) -> AsyncGenerator[None]:
        """Wait for a slot and hold it. No key may wait twice."""
        await self._acquire(key, rank)
        try:
            yield
        finally:
            self._free += 1
            self._grant()

    def hurry(self, key: int) -> None:
        """Let the task that waits with this key go before all others, if one waits."""
        if key in self._waiting:
            self._push(key, float("inf"))

    async def _acquire(self, key: int, rank: float) -> None:
        granted = self._waiting[key] = asyncio.get_running_loop().create_future()
        self._push(key, rank)
        self._grant()
        try:
            await granted
        except asyncio.CancelledError:
            if self._waiting.get(key) is granted:
                del self._waiting[key]
            elif not granted.cancelled():
                self._free += 1
                self._grant()
            raise

    def _push(self, key: int, rank: float) -> None:
        self._entries += 1
        heapq.heappush(self._heap, (-rank, self._entries, key))

    def _grant(self) -> None:
        while self._free and self._heap:
            _, _, key = heapq.heappop(self._heap)
            granted = self._waiting.pop(key, None)
            if granted is not None and not granted.done():
                self._free -= 1
                granted.set_result(None)
