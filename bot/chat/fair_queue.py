"""The queue of requests that wait for a slot of a provider, shared fairly over people and servers of Discord.

A free slot goes to the person with the fewest running requests, among several to the server with the fewest, and among those to
the request that has waited longest. So one person with questions in a thousand threads delays another by one answer at most.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requester:
    """The person whose question needs a request, and the Discord server where it was asked (of a DM: the channel)."""

    person_id: int
    server_id: int


class FairQueue:
    """Admits requests while fewer are running than `most` returns, and at most `per_person` returns of each person."""

    def __init__(self, most: Callable[[], int], per_person: Callable[[], int]) -> None:
        self._most = most
        self._per_person = per_person
        self._waiting: dict[asyncio.Future[None], Requester] = {}
        self._of_person: Counter[int] = Counter()
        self._of_server: Counter[int] = Counter()

    @asynccontextmanager
    async def turn(self, requester: Requester) -> AsyncGenerator[bool, None]:
        """Wait until the request may run. It counts as running inside the context. Return whether it had to wait."""
        admitted = asyncio.get_running_loop().create_future()
        self._waiting[admitted] = requester
        self.admit()
        waits = not admitted.done()
        try:
            await admitted
            yield waits
        finally:
            if self._waiting.pop(admitted, None) is None:
                self._count(requester, -1)
            self.admit()

    def admit(self) -> None:
        """Let waiting requests run, as many as there is room for. Call it when `most` has grown."""
        while self._waiting and self._of_person.total() < self._most():
            allowed = [one for one, who in self._waiting.items() if not one.done() and self._is_below_limit(who)]
            if not allowed:
                return
            admitted = min(allowed, key=lambda one: self._running(self._waiting[one]))
            self._count(self._waiting.pop(admitted), 1)
            admitted.set_result(None)

    def _is_below_limit(self, requester: Requester) -> bool:
        return self._of_person[requester.person_id] < self._per_person()

    def _running(self, requester: Requester) -> tuple[int, int]:
        return self._of_person[requester.person_id], self._of_server[requester.server_id]

    def _count(self, requester: Requester, change: int) -> None:
        for counter, key in ((self._of_person, requester.person_id), (self._of_server, requester.server_id)):
            counter[key] += change
            if not counter[key]:
                del counter[key]
