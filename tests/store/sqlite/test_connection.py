"""One connection, many callers: transactions take effect as a whole or not at all, whatever happens to who asked for them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sqlite.connection import Connection, Turn


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    """A connection to a database with one table."""
    async with Connection(tmp_path / "x.db", writes=True) as opened:
        await opened.all("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        yield opened


async def numbers(connection: Connection) -> list[int]:
    """What the table holds."""
    return [row["n"] for row in await connection.all("SELECT n FROM t ORDER BY n")]


async def test_a_transaction_that_fails_leaves_nothing(connection: Connection) -> None:
    """Half a reset would close a conversation without opening another."""

    async def work(turn: Turn) -> None:
        await turn.all("INSERT INTO t VALUES (1)")
        raise StoreError("half way")

    with pytest.raises(StoreError, match="half way"):
        await connection.transaction(work)
    assert await numbers(connection) == []
    await connection.all("INSERT INTO t VALUES (2)")
    assert await numbers(connection) == [2]


async def test_a_cancelled_caller_does_not_tear_its_transaction(connection: Connection) -> None:
    """A shutdown in the wrong moment would leave half a transaction open, and every later one would fail."""
    begun = asyncio.Event()

    async def work(turn: Turn) -> None:
        await turn.all("INSERT INTO t VALUES (1)")
        begun.set()
        await turn.all("INSERT INTO t VALUES (2)")

    caller = asyncio.create_task(connection.transaction(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await numbers(connection) == [1, 2]


async def test_callers_take_turns_in_the_order_in_which_they_came(connection: Connection) -> None:
    """Statements of two transactions would mix, and questions be claimed in another order than they arrived."""

    async def work(turn: Turn, number: int) -> None:
        before = await turn.one("SELECT count(*) AS n FROM t")
        assert before is not None
        assert before["n"] == number
        await turn.all("INSERT INTO t VALUES (:n)", {"n": number})

    await asyncio.gather(*(connection.transaction(lambda turn, n=n: work(turn, n)) for n in range(20)))
    assert await numbers(connection) == list(range(20))


async def test_what_sqlite_refuses_is_an_error_of_ours(connection: Connection) -> None:
    """A library's error would reach those who know nothing of it."""
    with pytest.raises(StoreError, match="failed"):
        await connection.all("SELECT * FROM nowhere")


async def test_a_file_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    """The process would hang at its end instead of saying what is wrong."""
    (tmp_path / "x.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError):
        async with Connection(tmp_path / "x.db", writes=True):
            pass
    with pytest.raises(StoreError):
        async with Connection(tmp_path / "no" / "x.db", writes=True):
            pass


async def test_closing_waits_for_what_is_under_way(tmp_path: Path) -> None:
    """An answer that is being stored at the end would be lost."""
    path = tmp_path / "x.db"
    async with Connection(path, writes=True) as connection:
        await connection.all("CREATE TABLE t (n INTEGER PRIMARY KEY)")

        begun = asyncio.Event()

        async def work(turn: Turn) -> None:
            begun.set()
            for n in range(10):
                await turn.all("INSERT INTO t VALUES (:n)", {"n": n})

        caller = asyncio.create_task(connection.transaction(work))
        await begun.wait()
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
    async with Connection(path, writes=False) as reader:
        assert await numbers(reader) == list(range(10))
