"""Slots for commands that work hard."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot.cogs import texts
from bot.cogs.work_slots import NoSlotError, WorkSlots


class Worker:
    """A person who works in a slot until told to end."""

    def __init__(self, slots: WorkSlots, person_id: int) -> None:
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self.task = asyncio.create_task(self._work(slots, person_id))

    async def _work(self, slots: WorkSlots, person_id: int) -> None:
        async with slots.taken(person_id):
            self.began.set()
            await self.may_end.wait()

    async def end(self) -> None:
        """End the work."""
        self.may_end.set()
        await self.task


async def refusal(slots: WorkSlots, person_id: int) -> str:
    """Return the sentence with which a slot is refused."""
    with pytest.raises(NoSlotError) as caught:
        async with slots.taken(person_id):
            pass
    return caught.value.public


async def test_a_few_work_at_a_time_and_the_others_wait_in_order() -> None:
    """Only so many people as there are slots work at the same time; the others follow in the order in which they came."""
    slots = WorkSlots(slots=2)
    workers = [Worker(slots, person_id) for person_id in range(5)]
    for number in (0, 1, 2):
        await workers[number].began.wait()
        await workers[number + 1].began.wait()
        assert [worker.began.is_set() for worker in workers] == [True] * (number + 2) + [False] * (3 - number)
        await workers[number].end()
    for number in (3, 4):
        await workers[number].end()


async def test_one_person_has_one_slot() -> None:
    """A person who works or waits is refused a second slot, and gets one again afterwards."""
    slots = WorkSlots(slots=1, grace_seconds=0.01)
    first, second = Worker(slots, 1), Worker(slots, 2)
    await first.began.wait()
    assert await refusal(slots, 1) == await refusal(slots, 2) == texts.ONE_AT_A_TIME
    await first.end()
    await second.end()
    async with slots.taken(1):
        pass


async def test_a_second_command_waits_a_moment_for_the_first() -> None:
    """Further commands of a person whose first one is about to end are not refused, but still come one at a time."""
    slots = WorkSlots()
    workers = [Worker(slots, 1) for _ in range(3)]
    for worker in workers:
        await worker.began.wait()
        assert sum(one.began.is_set() and not one.task.done() for one in workers) == 1
        await worker.end()


async def test_a_bounded_number_waits_for_a_bounded_time() -> None:
    """Those who come when too many wait are refused, and those who have waited too long."""
    slots = WorkSlots(slots=1, waiting=1, wait_seconds=0.01)
    async with slots.taken(1):
        waiting = asyncio.create_task(refusal(slots, 2))
        await asyncio.sleep(0)
        assert await refusal(slots, 3) == texts.TOO_MUCH_WORK
        assert await waiting == texts.TOO_MUCH_WORK
    async with slots.taken(2):
        pass


async def test_work_that_fails_or_is_cancelled_frees_its_slot() -> None:
    """A slot is free again after an error and after a cancellation, also of one who waits."""
    slots = WorkSlots(slots=1)
    async with AsyncExitStack() as stack:
        with pytest.raises(ValueError, match="broken"):
            async with slots.taken(1):
                raise ValueError("broken")
        await stack.enter_async_context(slots.taken(1))
        waiting = Worker(slots, 2)
        await asyncio.sleep(0)
        waiting.task.cancel()
        await asyncio.wait({waiting.task})
    for person_id in (1, 2):
        async with slots.taken(person_id):
            pass
