"""A time-out that is moved at no cost, and that mistakes nobody's cancellation for its own."""

import asyncio

import pytest

from bot.llm.deadline import Deadline
from tests.timeless import timeless

SOON = 0.02


def now() -> float:
    """The loop's time."""
    return asyncio.get_running_loop().time()


async def wait(deadline: Deadline, seconds: float = 60) -> None:
    """Wait within the deadline."""
    with deadline:
        await asyncio.sleep(seconds)


@timeless
async def test_a_wait_beyond_it_ends() -> None:
    """A server that falls silent would hold its channel for ever."""
    deadline = Deadline(now() + SOON)
    with pytest.raises(TimeoutError):
        await wait(deadline)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@timeless
async def test_it_moves_later() -> None:
    """A long answer would be cut off at the moment by which its first word had to come."""
    deadline = Deadline(now() + SOON)
    for _ in range(5):
        await wait(deadline, SOON / 2)
        deadline.at = now() + SOON
    with pytest.raises(TimeoutError):
        await wait(deadline)


@timeless
async def test_it_moves_nearer() -> None:
    """The end of a response would be waited for as long as for a word in the middle of it."""
    deadline = Deadline(now() + 60)
    await wait(deadline, 0)
    deadline.at = now() + SOON
    async with asyncio.timeout(5):
        with pytest.raises(TimeoutError):
            await wait(deadline)


@timeless
async def test_only_waiting_counts() -> None:
    """Whoever takes long over a piece of an answer would find the rest of it cut off."""
    deadline = Deadline(now() + SOON)
    await wait(deadline, 0)
    await asyncio.sleep(SOON * 2)
    deadline.at = now() + 60
    await wait(deadline, 0)
    deadline.close()


@timeless
async def test_one_that_has_passed_ends_the_next_wait() -> None:
    """A wait that begins too late would have no end."""
    deadline = Deadline(now() - 1)
    with pytest.raises(TimeoutError):
        await wait(deadline)


@timeless
async def test_what_is_there_is_taken_even_when_it_has_passed() -> None:
    """A piece that has arrived would be thrown away because its reader was busy."""
    deadline = Deadline(now() - 1)
    with deadline:
        pass
    deadline.close()
    await asyncio.sleep(0.001)


@timeless
async def test_who_stops_the_answer_is_not_taken_for_silence() -> None:
    """An answer that is stopped at a shutdown would be told as the model's fault, and asked for again."""
    deadline = Deadline(now() + 60)
    waiting = asyncio.create_task(wait(deadline))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    deadline.close()


@timeless
async def test_a_stop_at_the_same_moment_wins() -> None:
    """A shutdown that comes just when time runs out would be swallowed, and the bot would not end."""
    waiting: list[asyncio.Task[None]] = []
    deadline = Deadline(now() + SOON)

    async def stopped() -> None:
        with deadline:
            await asyncio.sleep(60)

    waiting.append(asyncio.create_task(stopped()))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_at(deadline.at, waiting[0].cancel)
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]


@timeless
async def test_an_error_at_the_same_moment_stays_that_error() -> None:
    """A connection that breaks just when time runs out would leave its task marked as stopped."""
    deadline = Deadline(now() + SOON)

    async def broken() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ConnectionError

    with pytest.raises(ConnectionError), deadline:
        await broken()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@timeless
async def test_outer_time_outs_work_around_it() -> None:
    """The time that a last edit may take would not be kept while a stream is read."""
    deadline = Deadline(now() + 60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SOON):
            await wait(deadline)
    deadline.close()
