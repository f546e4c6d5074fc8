"""The breaker: while a provider is down, one request at a time tries again and the others wait."""

import asyncio

from bot.chat.breaker import Breaker


async def turns(count: int = 50) -> None:
    """Let everything that is ready run."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_closed_breaker_lets_everyone_pass() -> None:
    """A closed breaker lets every request pass at once."""
    async with asyncio.timeout(1):
        await Breaker().wait()


async def test_one_tries_while_the_others_wait() -> None:
    """An open breaker lets one request try after each pause; the others go on waiting."""
    breaker = Breaker(pauses=(0.0, 60.0))
    breaker.failed()
    waiting = [asyncio.create_task(breaker.wait()) for _ in range(3)]
    await asyncio.wait(waiting, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    breaker.failed()
    await turns()
    assert [task.done() for task in waiting].count(True) >= 1
    assert breaker.is_open
    for task in waiting:
        task.cancel()


async def test_all_go_on_when_one_was_answered() -> None:
    """A success closes the breaker and lets all waiting requests go on at once."""
    breaker = Breaker(pauses=(60.0,))
    breaker.failed()
    waiting = [asyncio.create_task(breaker.wait()) for _ in range(3)]
    await turns()
    assert not any(task.done() for task in waiting)
    breaker.succeeded()
    async with asyncio.timeout(30):
        await asyncio.gather(*waiting)
    assert not breaker.is_open


async def test_a_waiter_that_gives_up_leaves_the_turn_to_the_next() -> None:
    """A request that is cancelled while it waits for its try leaves the try to the next one."""
    breaker = Breaker(pauses=(60.0,))
    breaker.failed()
    first, second = asyncio.create_task(breaker.wait()), asyncio.create_task(breaker.wait())
    await turns()
    first.cancel()
    await turns()
    breaker.succeeded()
    async with asyncio.timeout(30):
        await second
