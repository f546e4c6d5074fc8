"""Waiting for a change."""

import asyncio

import pytest

from bot.sandbox import TookTooLongError
from bot.sandbox.changes import Changes


async def test_what_is_true_already_needs_no_change() -> None:
    """A wait for something that is true already ends at once."""
    assert await Changes().until(lambda: "yes", timeout=0.1) == "yes"


async def test_a_change_wakes_every_waiter() -> None:
    """A change wakes every waiter."""
    changes, box = Changes(), list[int]()
    waits = [asyncio.create_task(changes.until(lambda: box, timeout=30)) for _ in range(2)]
    await asyncio.sleep(0)
    box.append(1)
    changes.notify()
    assert await asyncio.gather(*waits) == [[1], [1]]


async def test_the_condition_is_looked_at_only_after_a_change() -> None:
    """A condition is looked at again only after a change."""
    looked: list[int] = []

    def looks() -> bool:
        looked.append(1)
        return False

    with pytest.raises(TookTooLongError):
        await Changes().until(looks, timeout=0.05)
    assert len(looked) == 1


async def test_a_wait_that_ends_tells_the_story() -> None:
    """A wait that runs out of time raises an error with the story."""
    with pytest.raises(TookTooLongError, match="nobody came"):
        await Changes().until(lambda: None, timeout=0.01, story=lambda: "nobody came")


async def test_whoever_counts_misses_no_change() -> None:
    """`after` returns the number of the newest change, and waits only where there is none after the given one."""
    changes = Changes()
    assert await changes.after(-1) == 0
    changes.notify()
    changes.notify()
    assert await asyncio.wait_for(changes.after(0), 30) == 2
    waiting = asyncio.create_task(changes.after(2))
    await asyncio.sleep(0)
    assert not waiting.done()
    changes.notify()
    assert await waiting == 3
