"""The breaker: what counts as an outage, and how questions wait for its end."""

import asyncio

from bot.chat.breaker import Breaker
from tests.timeless import timeless


class Server:
    """A server that is looked at: away as long as it says so."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.looks = 0

    async def reachable(self) -> bool:
        """Look at it."""
        self.looks += 1
        return not self.away


async def turns(count: int = 50) -> None:
    """Let everything that is ready run."""
    for _ in range(count):
        await asyncio.sleep(0)


def broken(*pauses: float, server: Server | None = None) -> Breaker:
    """A breaker behind failures in two places."""
    breaker = Breaker((server or Server()).reachable, pauses)
    breaker.failed(1)
    breaker.failed(2)
    return breaker


def test_failures_in_one_place_open_nothing() -> None:
    """Questions of one place share their history, so all of them may fail for one bad text."""
    breaker = Breaker(Server().reachable)
    for _ in range(3):
        breaker.failed(1)
    assert not breaker.is_open
    breaker.failed(2)
    assert breaker.is_open
    breaker.failed(3)
    assert breaker.is_open


def test_a_success_in_between_is_no_outage() -> None:
    """Failures of two places open the breaker only when nothing succeeded since."""
    breaker = Breaker(Server().reachable)
    breaker.failed(1)
    breaker.succeeded(breaker.outages)
    breaker.failed(2)
    assert not breaker.is_open
    assert breaker.recoveries == 1


async def test_new_questions_wait_only_while_the_server_cannot_be_reached() -> None:
    """An open breaker holds back questions that were not tried yet while the server is away, and no longer."""
    server = Server(away=True)
    breaker = broken(60, server=server)
    assert not breaker.holds_back
    assert not await breaker.look()
    assert breaker.holds_back
    server.away = False
    assert await breaker.look()
    assert not breaker.holds_back
    assert breaker.is_open


@timeless
async def test_one_looks_for_all_until_the_server_can_be_reached() -> None:
    """While the server is away it is looked at by one question for all, and all go on when it can be reached."""
    server = Server(away=True)
    breaker = broken(0.001, server=server)
    await breaker.look()
    waiting = [asyncio.create_task(breaker.until_reachable()) for _ in range(20)]
    while server.looks < 4:  # noqa: ASYNC110 -- the server has no event for it
        await asyncio.sleep(0.001)
    assert not any(task.done() for task in waiting)
    server.away = False
    looks = server.looks
    async with asyncio.timeout(30):
        await asyncio.gather(*waiting)
    assert server.looks == looks + 1
    assert not breaker.away


async def test_a_success_ends_the_wait_for_the_server() -> None:
    """A request that succeeds proves that the server is there, before the next look."""
    breaker = broken(60, server=Server(away=True))
    await breaker.look()
    waiting = asyncio.create_task(breaker.until_reachable())
    await turns()
    breaker.succeeded(breaker.outages)
    async with asyncio.timeout(30):
        await waiting


@timeless
async def test_a_server_that_was_not_looked_at_for_long_is_looked_at_at_once() -> None:
    """The pause between looks counts from the last look, not from the question."""
    server = Server(away=True)
    breaker = broken(0.001, 60, server=server)
    await breaker.look()
    await asyncio.sleep(0.01)
    server.away = False
    async with asyncio.timeout(30):
        await breaker.until_reachable()


@timeless
async def test_one_tries_while_the_others_wait() -> None:
    """An open breaker lets one request try after each pause; the others go on waiting."""
    breaker = broken(0.0, 60.0)
    waiting = [asyncio.create_task(breaker.turn()) for _ in range(3)]
    await asyncio.wait(waiting, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    breaker.failed(1)
    await turns()
    assert [task.done() for task in waiting].count(True) == 1
    for task in waiting:
        task.cancel()


async def test_all_go_on_when_one_was_answered() -> None:
    """A success closes the breaker and lets all waiting requests go on at once."""
    breaker = broken(60.0)
    waiting = [asyncio.create_task(breaker.turn()) for _ in range(3)]
    await turns()
    assert not any(task.done() for task in waiting)
    breaker.succeeded(breaker.outages)
    async with asyncio.timeout(30):
        await asyncio.gather(*waiting)
    assert not breaker.is_open


async def test_a_waiter_that_gives_up_leaves_the_turn_to_the_next() -> None:
    """A request that is cancelled while it waits for its try leaves the try to the next one."""
    breaker = broken(60.0)
    first, second = asyncio.create_task(breaker.turn()), asyncio.create_task(breaker.turn())
    await turns()
    first.cancel()
    await turns()
    breaker.succeeded(breaker.outages)
    async with asyncio.timeout(30):
        await second


async def test_an_answer_that_began_before_the_failure_is_no_success() -> None:
    """After a failure a request succeeds only if it was sent since, whatever failed behind the first failure."""
    breaker = Breaker(Server().reachable)
    before = breaker.outages
    breaker.failed(1)
    since = breaker.outages
    breaker.failed(2)
    breaker.succeeded(before)
    assert breaker.is_open
    breaker.succeeded(since)
    assert not breaker.is_open
    breaker.failed(1)
    breaker.succeeded(since)
    assert breaker.recoveries == 1


async def test_a_success_during_a_look_proves_that_the_server_can_be_reached() -> None:
    """A look that finds no server says nothing when a request succeeds before the look ends."""

    async def reachable() -> bool:
        breaker.succeeded(breaker.outages)
        return False

    breaker = Breaker(reachable)
    breaker.failed(1)
    assert await breaker.look()
    assert not breaker.away


@timeless
async def test_a_server_that_goes_away_while_nothing_failed_is_looked_at_after_pauses() -> None:
    """A question waits with pauses between looks for a server that is away, also when no failure was recorded."""
    server = Server(away=True)
    breaker = Breaker(server.reachable, (5.0,))
    await breaker.look()
    waiting = asyncio.create_task(breaker.until_reachable())
    await asyncio.sleep(11)
    assert server.looks == 3
    server.away = False
    await waiting
    assert server.looks == 4
