"""A time-out that can be moved, and that tells its own end from a cancellation by others."""

import asyncio
import socket
import time

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
    """A wait beyond the deadline ends in TimeoutError, and its task is not left cancelled."""
    deadline = Deadline(now() + SOON)
    with pytest.raises(TimeoutError):
        await wait(deadline)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@timeless
async def test_it_moves_later() -> None:
    """A deadline can be moved later again and again, and ends the wait behind the last move."""
    deadline = Deadline(now() + SOON)
    for _ in range(5):
        await wait(deadline, SOON / 2)
        deadline.at = now() + SOON
    with pytest.raises(TimeoutError):
        await wait(deadline)


@timeless
async def test_a_deadline_that_has_passed_may_be_moved() -> None:
    """When it has passed, a later time that it is told becomes the deadline; an earlier one changes nothing."""
    begun = now()
    times = iter([begun + 3 * SOON, begun + 5 * SOON])
    deadline = Deadline(begun + SOON, lambda: next(times, begun))
    await wait(deadline, 4 * SOON)
    with pytest.raises(TimeoutError):
        await wait(deadline)
    assert now() >= begun + 5 * SOON


@timeless
async def test_it_moves_nearer() -> None:
    """A deadline can be moved nearer, and ends the next wait then."""
    deadline = Deadline(now() + 60)
    await wait(deadline, 0)
    deadline.at = now() + SOON
    async with asyncio.timeout(5):
        with pytest.raises(TimeoutError):
            await wait(deadline)


@timeless
async def test_only_waiting_counts() -> None:
    """Time between two waits does not count: the deadline may pass and be moved on."""
    deadline = Deadline(now() + SOON)
    await wait(deadline, 0)
    await asyncio.sleep(SOON * 2)
    deadline.at = now() + 60
    await wait(deadline, 0)
    deadline.close()


@timeless
async def test_one_that_has_passed_ends_the_next_wait() -> None:
    """A wait that begins after its deadline ends in TimeoutError."""
    deadline = Deadline(now() - 1)
    with pytest.raises(TimeoutError):
        await wait(deadline)


@timeless
async def test_what_is_there_is_taken_even_when_it_has_passed() -> None:
    """A block that need not wait ends without an error, even after its deadline."""
    deadline = Deadline(now() - 1)
    with deadline:
        pass
    deadline.close()
    await asyncio.sleep(0.001)


@timeless
async def test_who_stops_the_answer_is_not_taken_for_silence() -> None:
    """A cancellation by others stays a CancelledError."""
    deadline = Deadline(now() + 60)
    waiting = asyncio.create_task(wait(deadline))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    deadline.close()


@timeless
async def test_a_stop_at_the_same_moment_wins() -> None:
    """A cancellation at the moment of the deadline wins over the time-out."""
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
    """An error at the moment of the deadline is raised as it is, and the task is not left cancelled."""
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
    """An outer `asyncio.timeout` ends a wait before its deadline."""
    deadline = Deadline(now() + 60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SOON):
            await wait(deadline)
    deadline.close()


async def test_data_that_is_there_beside_an_overdue_deadline_is_read() -> None:
    """After the process stood still beyond the deadline, data that arrived meanwhile is read and no TimeoutError is raised."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)

    def stand_still() -> None:
        theirs.send(b"x")
        time.sleep(SOON * 2)

    deadline = Deadline(now() + SOON)
    asyncio.get_running_loop().call_later(SOON / 2, stand_still)
    with deadline:
        assert await reader.read(1) == b"x"
    deadline.close()
    writer.close()
    await writer.wait_closed()
    theirs.close()
