"""Slots and room that people share."""

import asyncio

from bot.files.shared_slots import SharedRoom, SharedSlots


async def test_one_person_leaves_slots_to_others() -> None:
    """A person who holds all that one may waits, and another gets a slot meanwhile."""
    slots = SharedSlots(3, 2)
    order: list[int] = []
    done = asyncio.Event()

    async def work(person: int) -> None:
        async with slots.taken(person):
            order.append(person)
            await done.wait()

    tasks = [asyncio.create_task(work(person)) for person in (1, 1, 1, 2, 2)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert order == [1, 1, 2]
    done.set()
    await asyncio.gather(*tasks)
    assert sorted(order) == [1, 1, 1, 2, 2]


def test_room_is_bounded_for_each_and_for_all() -> None:
    """Room for one more is given while neither the person nor all together have what they may; it is given back at the end."""
    room = SharedRoom(3, 2)
    with room.of(1) as take, room.of(1) as again, room.of(2) as other:
        assert [take(), again(), take()] == [True, True, False]
        assert [other(), other()] == [True, False]
    with room.of(1) as take:
        assert [take(), take(), take()] == [True, True, False]
