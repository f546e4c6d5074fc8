"""Messages that wait for those before them."""

import asyncio

from bot.cogs.ordering import Ordering


class Gate:
    """A place that is held up until its gate opens, and who went through it."""

    def __init__(self) -> None:
        self.arrivals = Ordering()
        self.open = asyncio.Event()
        self.passed: list[str] = []

    async def opens(self) -> None:
        """Wait for the gate."""
        await self.open.wait()

    async def passes(self, name: str, place_id: int = 1) -> None:
        """Arrive, wait, go through."""
        await self.arrivals.wait(place_id, lambda: not self.open.is_set(), self.opens)
        self.passed.append(name)


async def test_whoever_comes_as_the_gate_opens_stays_behind_those_who_wait() -> None:
    """A question that arrives the moment its channel is caught up with passes after the earlier ones."""
    gate = Gate()
    waiting = [asyncio.create_task(gate.passes(name)) for name in ("one", "two")]
    await asyncio.sleep(0)
    late = asyncio.create_task(gate.passes("three"))  # runs before those who are woken
    gate.open.set()
    await asyncio.gather(*waiting, late)
    assert gate.passed == ["one", "two", "three"]


async def test_nobody_waits_for_another_place() -> None:
    """A place waits for itself alone: others pass while one is behind."""
    gate = Gate()
    waiting = asyncio.create_task(gate.passes("one"))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await gate.arrivals.wait(2, lambda: False, gate.opens)
    assert gate.passed == []
    gate.open.set()
    await waiting


async def test_one_who_leaves_lets_the_others_pass() -> None:
    """A message that is given up leaves the line, and those behind it pass."""
    gate = Gate()
    first, second = asyncio.create_task(gate.passes("one")), asyncio.create_task(gate.passes("two"))
    await asyncio.sleep(0)
    first.cancel()
    gate.open.set()
    await asyncio.wait_for(second, 30)
    await asyncio.wait_for(gate.passes("three"), 30)
    assert gate.passed == ["two", "three"]
