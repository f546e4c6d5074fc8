"""Slots that people share, so that the files of one person never keep those of all others waiting."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from weakref import WeakValueDictionary


class SharedSlots:
    """Slots to wait for: `total` at a time, of which one person gets `each` at most."""

    def __init__(self, total: int, each: int) -> None:
        self._all = asyncio.Semaphore(total)
        self._each = each
        self._own: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def taken(self, person: int) -> AsyncGenerator[None]:
        """Wait for a slot for a person, and hold it during the context."""
        own = self._own.setdefault(person, asyncio.Semaphore(self._each))
        async with own, self._all:
            yield


class SharedRoom:
    """Room for things that are not waited for: `total` of them, of which one person has `each` at most."""

    def __init__(self, total: int, each: int) -> None:
        self._total = total
        self._each = each
        self._held: Counter[int] = Counter()

    @contextmanager
    def of(self, person: int) -> Generator[Callable[[], bool]]:
        """Yield a function that takes room for one more thing, or returns False where there is none. All of it ends here."""
        taken = 0

        def take() -> bool:
            nonlocal taken
            if self._held[person] >= self._each or self._held.total() >= self._total:
                return False
            self._held[person] += 1
            taken += 1
            return True

        try:
            yield take
        finally:
            self._held[person] -= taken
            if not self._held[person]:
                del self._held[person]
