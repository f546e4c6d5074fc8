"""Slots that go to the waiting task of the highest rank."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from bot.cogs.precedence import Precedence

BUSY = -1
"""A key that holds the only slot."""


class House:
    """Tasks that wait for one slot, which is held until it is opened, and the order in which they got it."""

    def __init__(self) -> None:
        self.precedence = Precedence(1)
        self.order: list[int] = []
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self._opened = asyncio.Event()

    async def waits(self, key: int, rank: float) -> None:
        """Let a task wait for the slot."""

        async def work() -> None:
            async with self.precedence.slot(key, rank):
                if key == BUSY:
                    await self._opened.wait()
                else:
                    self.order.append(key)

        self.tasks[key] = asyncio.create_task(work())
        await asyncio.sleep(0)

    async def opens(self) -> None:
        """Give the slot back, and wait until all tasks have had it."""
        self._opened.set()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)


async def busy() -> House:
    """A house whose slot is taken."""
    house = House()
    await house.waits(BUSY, 0)
    return house


@given(st.lists(st.integers(0, 5), max_size=8), st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)))
async def test_the_highest_rank_goes_first(ranks: list[int], hurried: set[int], cancelled: set[int]) -> None:
    """Keys get slots by rank, equal ones in order of arrival; hurried ones before all, and cancelled ones never."""
    house = await busy()
    for key, rank in enumerate(ranks):
        await house.waits(key, rank)
    for key in sorted(hurried):
        house.precedence.hurry(key)
    for key in cancelled & house.tasks.keys():
        house.tasks[key].cancel()
    await house.opens()
    waiting = [key for key in range(len(ranks)) if key not in cancelled]
    assert house.order == sorted(
        waiting, key=lambda key: (key not in hurried, 0 if key in hurried else -ranks[key], key)
    )


async def test_a_slot_that_is_granted_to_a_cancelled_task_goes_on() -> None:
    """A task that is cancelled in the moment in which it gets the slot leaves it to the next."""
    house = await busy()
    await house.waits(1, 2)
    await house.waits(2, 1)
    house.tasks[BUSY].cancel()
    await asyncio.sleep(0)
    house.tasks[1].cancel()
    await asyncio.gather(*house.tasks.values(), return_exceptions=True)
    assert house.order == [2]


async def test_as_many_slots_as_there_are_are_held_at_once() -> None:
    """Two slots let two keys in at once, and the third waits."""
    precedence, inside, most = Precedence(2), 0, 0

    async def work(key: int) -> None:
        nonlocal inside, most
        async with precedence.slot(key, key):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work(key) for key in range(5)))
    assert most == 2
