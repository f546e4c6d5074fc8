"""The queue for slots: shared fairly over people and servers, whoever is cancelled."""

import asyncio
from contextlib import suppress

from bot.chat.fair_queue import FairQueue, Requester

ALICE, BOB, CAROL = Requester(1, 9), Requester(2, 9), Requester(3, 8)


class Requests:
    """Requests in a queue with so many slots, by the order in which they got one."""

    def __init__(self, slots: int, per_person: int = 100) -> None:
        self.slots = slots
        self.queue = FairQueue(lambda: self.slots, lambda: per_person)
        self.admitted: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def asks(self, name: str, requester: Requester) -> None:
        """Ask for a slot."""
        self._ends[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._run(name, requester))
        await settled()

    async def ends(self, name: str) -> None:
        """Give a slot back."""
        self._ends[name].set()
        await settled()

    async def is_cancelled(self, name: str) -> None:
        """Cancel a request, with a slot or without."""
        self._tasks[name].cancel()
        with suppress(asyncio.CancelledError):
            await self._tasks[name]

    async def _run(self, name: str, requester: Requester) -> None:
        async with self.queue.turn(requester):
            self.admitted.append(name)
            await self._ends[name].wait()


async def settled() -> None:
    """Let everything run that is ready."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_free_slot_goes_to_the_person_with_the_fewest_requests() -> None:
    """Somebody who asks once is served before the second question of one who asked in a hundred threads."""
    requests = Requests(slots=2)
    for number in range(100):
        await requests.asks(f"alice {number}", ALICE)
    await requests.asks("bob", BOB)
    await requests.ends("alice 0")
    assert requests.admitted == ["alice 0", "alice 1", "bob"]


async def test_among_people_with_as_many_the_server_with_the_fewest_is_next() -> None:
    """A server in which many people ask delays another server by one answer."""
    requests = Requests(slots=1)
    for number, requester in enumerate([ALICE, BOB, Requester(4, 9), CAROL]):
        await requests.asks(str(number), requester)
    await requests.asks("also at home", Requester(5, 9))
    requests.slots = 2
    requests.queue.admit()
    await settled()
    assert requests.admitted == ["0", "3"]
    await requests.ends("0")
    assert requests.admitted == ["0", "3", "1"]


async def test_a_person_has_so_many_at_a_time() -> None:
    """A person at the limit waits although slots are free, and others pass."""
    requests = Requests(slots=10, per_person=2)
    for name in ("a", "b", "c"):
        await requests.asks(name, ALICE)
    await requests.asks("bob", BOB)
    assert requests.admitted == ["a", "b", "bob"]
    await requests.ends("b")
    assert requests.admitted == ["a", "b", "bob", "c"]


async def test_a_cancelled_request_gives_its_place_on() -> None:
    """A request that is cancelled while it waits, in the moment of its admission, or with a slot costs nobody a slot."""
    requests = Requests(slots=1)
    for name, requester in (("a", ALICE), ("waits", BOB), ("b", CAROL), ("c", ALICE)):
        await requests.asks(name, requester)
    await requests.is_cancelled("waits")
    await requests.is_cancelled("a")
    await settled()
    assert requests.admitted == ["a", "b"]
    requests.slots = 2
    requests.queue.admit()  # admits c, which is cancelled before it runs
    await requests.is_cancelled("c")
    await requests.asks("d", ALICE)
    await requests.asks("e", ALICE)
    assert requests.admitted == ["a", "b", "d"]
    await requests.ends("b")
    await requests.ends("d")
    assert requests.admitted == ["a", "b", "d", "e"]


async def test_one_that_is_cancelled_is_passed_over_before_its_task_has_ended() -> None:
    """A slot that gets free in the same turn of the loop goes to the next one that still waits."""
    requests = Requests(slots=0)
    await requests.asks("first", ALICE)
    await requests.asks("second", BOB)
    cancelled = asyncio.create_task(requests.is_cancelled("first"))
    await asyncio.sleep(0)
    requests.slots = 1
    requests.queue.admit()
    await cancelled
    await settled()
    assert requests.admitted == ["second"]
