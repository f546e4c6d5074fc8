"""One session, many callers: transactions take effect as a whole or not at all, whatever happens to their callers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sqlite.session import Conflict, Session, Statements


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    """A session on a database with one table."""
    async with Session(tmp_path / "x.db", writes=True) as opened:
        await opened.all("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        yield opened


async def numbers(session: Session) -> list[int]:
    """The rows of the table."""
    return [row["n"] for row in await session.all("SELECT n FROM t ORDER BY n")]


async def test_a_transaction_that_fails_leaves_nothing(session: Session) -> None:
    """A transaction whose work fails changes nothing, and the next one works."""

    async def work(statements: Statements) -> None:
        await statements.all("INSERT INTO t VALUES (1)")
        raise StoreError("half way")

    with pytest.raises(StoreError, match="half way"):
        await session.transaction(work)
    assert await numbers(session) == []
    await session.all("INSERT INTO t VALUES (2)")
    assert await numbers(session) == [2]


async def test_a_cancelled_caller_does_not_tear_its_transaction(session: Session) -> None:
    """A transaction comes to its end although its caller was cancelled."""
    begun = asyncio.Event()

    async def work(statements: Statements) -> None:
        await statements.all("INSERT INTO t VALUES (1)")
        begun.set()
        await statements.all("INSERT INTO t VALUES (2)")

    caller = asyncio.create_task(session.transaction(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await numbers(session) == [1, 2]


async def test_callers_take_turns_in_the_order_in_which_they_came(session: Session) -> None:
    """Transactions run one at a time, in the order in which they were asked for."""

    async def work(statements: Statements, number: int) -> None:
        before = await statements.one("SELECT count(*) AS n FROM t")
        assert before is not None
        assert before["n"] == number
        await statements.all("INSERT INTO t VALUES (:n)", {"n": number})

    await asyncio.gather(*(session.transaction(lambda statements, n=n: work(statements, n)) for n in range(20)))
    assert await numbers(session) == list(range(20))


async def test_an_error_of_sqlite_is_an_error_of_ours(session: Session) -> None:
    """SQLite's errors become StoreError, and a row that a constraint refuses a Conflict."""
    with pytest.raises(StoreError, match="failed"):
        await session.all("SELECT * FROM nowhere")
    await session.all("INSERT INTO t VALUES (1)")
    with pytest.raises(Conflict, match="does not fit"):
        await session.all("INSERT INTO t VALUES (1)")


async def test_the_script_runs_once_the_connection_is_open(tmp_path: Path) -> None:
    """Temporary triggers serve one session alone; a script that cannot run is an error of ours and leaves no thread."""
    path = tmp_path / "x.db"
    async with Session(path, writes=True) as plain:
        await plain.all("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    script = "CREATE TEMP TRIGGER twice AFTER INSERT ON t WHEN NEW.n < 10 BEGIN INSERT INTO t VALUES (NEW.n + 10); END;"
    async with Session(path, writes=True, script=script) as triggered, Session(path, writes=True) as plain:
        await triggered.all("INSERT INTO t VALUES (1)")
        await plain.all("INSERT INTO t VALUES (2)")
        assert await numbers(plain) == [1, 2, 11]
    with pytest.raises(StoreError):
        async with Session(path, writes=True, script="CREATE nonsense"):
            pass


async def test_a_file_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    """A file that is no database, or in no folder, raises StoreError and leaves no thread behind."""
    (tmp_path / "x.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError):
        async with Session(tmp_path / "x.db", writes=True):
            pass
    with pytest.raises(StoreError):
        async with Session(tmp_path / "no" / "x.db", writes=True):
            pass


async def test_closing_waits_for_what_is_under_way(tmp_path: Path) -> None:
    """A session closes only after the transactions that were asked for have come to their end."""
    path = tmp_path / "x.db"
    async with Session(path, writes=True) as session:
        await session.all("CREATE TABLE t (n INTEGER PRIMARY KEY)")

        begun = asyncio.Event()

        async def work(statements: Statements) -> None:
            begun.set()
            for n in range(10):
                await statements.all("INSERT INTO t VALUES (:n)", {"n": n})

        caller = asyncio.create_task(session.transaction(work))
        await begun.wait()
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
    async with Session(path, writes=False) as reader:
        assert await numbers(reader) == list(range(10))


@pytest.mark.parametrize("value", [2**63, "half \ud800"])
async def test_a_value_that_sqlite_cannot_keep_is_an_error_of_ours(session: Session, value: object) -> None:
    """A number that is too large and half a character raise StoreError, and the session goes on."""
    with pytest.raises(StoreError, match="cannot keep a value"):
        await session.all("INSERT INTO t VALUES (:value)", {"value": value})
    await session.all("INSERT INTO t VALUES (1)")
    assert await numbers(session) == [1]
