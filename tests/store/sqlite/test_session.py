"""A session and its jobs: each takes effect as a whole or not at all, whatever happens to its caller or to the others."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path

import aiosqlite
import pytest

from bot.chat.ports.alerts import Alert
from bot.errors import StoreDamaged, StoreError, StoreFull
from bot.store.sqlite.session import Conflict, Job, Session, Transaction
from tests.fakes.alerts import MemoryAlerts


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    """A session on a database with one table."""
    async with Session(tmp_path / "x.db", writes=True) as opened:
        await opened.all("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        yield opened


async def numbers(session: Session) -> list[int]:
    """The rows of the table."""
    return [row["n"] for row in await session.all("SELECT n FROM t ORDER BY n")]


async def insert(session: Session, n: int) -> None:
    """Insert a row as a job of its own."""
    await session.all("INSERT INTO t VALUES (:n)", {"n": n})


async def test_a_job_that_fails_leaves_nothing(session: Session) -> None:
    """A job whose second half fails changes nothing, and the next one works."""

    def job(transaction: Transaction) -> None:
        transaction.all("INSERT INTO t VALUES (1)")
        raise StoreError("half way")

    with pytest.raises(StoreError, match="half way"):
        await session.run(job)
    assert await numbers(session) == []
    await insert(session, 2)
    assert await numbers(session) == [2]


async def test_a_cancelled_caller_does_not_tear_its_job(session: Session) -> None:
    """A job comes to its end although its caller was cancelled while it ran."""
    loop = asyncio.get_running_loop()
    begun, go_on = asyncio.Event(), threading.Event()

    def job(transaction: Transaction) -> None:
        transaction.all("INSERT INTO t VALUES (1)")
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(60)
        transaction.all("INSERT INTO t VALUES (2)")

    caller = asyncio.create_task(session.run(job))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    assert await numbers(session) == [1, 2]


async def test_jobs_run_in_the_order_in_which_they_came(session: Session) -> None:
    """Jobs run one at a time, in the order in which they were asked for, and each sees what those before it did."""

    def job(transaction: Transaction, number: int) -> None:
        before = transaction.one("SELECT count(*) AS n FROM t")
        assert before is not None
        assert before["n"] == number
        transaction.all("INSERT INTO t VALUES (:n)", {"n": number})

    await asyncio.gather(*(session.run(lambda transaction, n=n: job(transaction, n)) for n in range(20)))
    assert await numbers(session) == list(range(20))


async def waiting_together(session: Session, jobs: Sequence[Job[None]]) -> list[object]:
    """The outcomes of jobs that waited while the connection was busy, and so ran as one batch."""
    loop = asyncio.get_running_loop()
    busy, go_on = asyncio.Event(), threading.Event()

    def first(_: Transaction) -> None:
        loop.call_soon_threadsafe(busy.set)
        go_on.wait(60)

    before = asyncio.create_task(session.run(first))
    await busy.wait()
    tasks = [asyncio.create_task(session.run(job)) for job in jobs]
    await asyncio.sleep(0)  # each is asked for
    go_on.set()
    await before
    return await asyncio.gather(*tasks, return_exceptions=True)


def inserts(n: int) -> Job[None]:
    """A job that inserts one row."""

    def job(transaction: Transaction) -> None:
        transaction.all("INSERT INTO t VALUES (:n)", {"n": n})

    return job


async def test_what_waits_together_is_one_transaction(session: Session) -> None:
    """Jobs that wait while the connection is busy share one transaction, and the failure of one leaves the others whole."""
    statements: list[str] = []
    connection = session._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- to see what reaches SQLite
    connection.set_trace_callback(statements.append)

    def fails(transaction: Transaction) -> None:
        transaction.all("INSERT INTO t VALUES (100)")
        raise StoreError("half way")

    outcomes = await waiting_together(session, [inserts(1), fails, inserts(1), inserts(2)])
    connection.set_trace_callback(None)
    assert [type(outcome) for outcome in outcomes] == [type(None), StoreError, Conflict, type(None)]
    assert await numbers(session) == [1, 2]
    assert statements.count("COMMIT") == 2  # the first job's, and the batch's


async def test_a_commit_that_fails_fails_the_batch(tmp_path: Path) -> None:
    """Ten jobs whose common commit fails raise ten errors and leave nothing; the next job works."""
    async with Session(tmp_path / "x.db", writes=True) as session:
        await session.all("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        await session.all("CREATE TABLE u (n INTEGER REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)")

        def dangling(transaction: Transaction) -> None:
            transaction.all("INSERT INTO u VALUES (-1)")

        outcomes = await waiting_together(session, [*(inserts(n) for n in range(9)), dangling])
        assert [type(outcome) for outcome in outcomes] == [Conflict] * 10
        assert await numbers(session) == []
        await insert(session, 1)
        assert await numbers(session) == [1]


async def test_a_full_disk_fails_the_batch(session: Session) -> None:
    """An error after which SQLite has taken back the transaction fails every job of it; the next job works."""
    await session.all("CREATE TABLE big (x)")
    (pages,) = await session.all("PRAGMA page_count")
    await session.all(f"PRAGMA max_page_count = {pages[0] + 2}")

    def fills(transaction: Transaction) -> None:
        transaction.all("INSERT INTO big VALUES (zeroblob(1000000))")

    outcomes = await waiting_together(session, [inserts(1), fills, inserts(2)])
    assert [type(outcome) for outcome in outcomes] == [StoreFull] * 3
    assert await numbers(session) == []
    await insert(session, 3)
    assert await numbers(session) == [3]


async def test_an_error_that_no_future_can_hold_harms_no_other_job(session: Session) -> None:
    """A job that raises StopIteration fails, alone or beside others; the jobs that ran with it are told their results."""

    def empty(_: Transaction) -> None:
        next(iter(()))

    outcomes = await waiting_together(session, [inserts(1), empty, inserts(2)])
    assert [type(outcome) for outcome in outcomes] == [type(None), RuntimeError, type(None)]
    with pytest.raises(RuntimeError):
        await session.run(empty)
    assert await numbers(session) == [1, 2]


async def test_reading_needs_no_write_lock(tmp_path: Path, session: Session) -> None:
    """A session that writes can read while another program holds the database's write lock."""
    await insert(session, 1)
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await numbers(session) == [1]
        assert await session.run(lambda transaction: len(transaction.all("SELECT n FROM t")), reads=True) == 1
        other.execute("ROLLBACK")


async def test_a_worker_that_is_cancelled_leaves_nobody_waiting(tmp_path: Path) -> None:
    """A session whose tasks are all cancelled, as at the end of a loop, cancels its callers and closes."""
    async with Session(tmp_path / "x.db", writes=True) as session:
        await session.all("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        caller = asyncio.create_task(insert(session, 1))
        await asyncio.sleep(0)  # it is asked for, and the worker has not begun
        for task in asyncio.all_tasks() - {asyncio.current_task(), caller}:
            task.cancel()
        await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == "database"])
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_a_reader_changes_nothing(tmp_path: Path, session: Session) -> None:
    """A session that reads sees what is committed, in one snapshot a batch, and cannot write."""
    await insert(session, 1)
    async with Session(tmp_path / "x.db", writes=False) as reader:
        assert await numbers(reader) == [1]
        with pytest.raises(StoreError):
            await insert(reader, 2)
        await insert(session, 3)
        assert await numbers(reader) == [1, 3]


async def test_a_job_runs_in_the_thread_of_the_connection(session: Session) -> None:
    """The private method of aiosqlite that takes a whole job in one hop is there: a job runs beside the loop."""
    assert callable(aiosqlite.Connection._execute)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportUnknownArgumentType] -- we use it
    assert await session.run(lambda _: threading.get_ident()) != threading.get_ident()


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
    """A session closes only after the jobs that were asked for have come to their end, and takes none later."""
    path = tmp_path / "x.db"
    async with Session(path, writes=True) as session:
        await session.all("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        callers = [asyncio.create_task(insert(session, n)) for n in range(10)]
        await asyncio.sleep(0)  # each is asked for
        for caller in callers:
            caller.cancel()
    with pytest.raises(StoreError, match="closed"):
        await insert(session, 10)
    async with Session(path, writes=False) as reader:
        assert await numbers(reader) == list(range(10))


@pytest.mark.parametrize("value", [2**63, "half \ud800"])
async def test_a_value_that_sqlite_cannot_keep_is_an_error_of_ours(session: Session, value: object) -> None:
    """A number that is too large and half a character raise StoreError, and the session goes on."""
    with pytest.raises(StoreError, match="cannot keep a value"):
        await session.all("INSERT INTO t VALUES (:value)", {"value": value})
    await session.all("INSERT INTO t VALUES (1)")
    assert await numbers(session) == [1]


async def test_the_operator_hears_of_a_full_disk(tmp_path: Path) -> None:
    """A database that cannot grow raises StoreFull, and the operator hears of it; the session goes on when there is room."""
    operator = MemoryAlerts()
    async with Session(tmp_path / "x.db", writes=True, alerts=operator) as session:
        await session.all("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)")
        await session.all("PRAGMA max_page_count = 10")
        with pytest.raises(StoreFull, match="check the disk's space"):
            await session.all("INSERT INTO t VALUES (1, :text)", {"text": "x" * 100_000})
        await session.all("PRAGMA max_page_count = 1000")
        await session.all("INSERT INTO t (n) VALUES (2)")
        assert await numbers(session) == [2]
    assert operator.told == [Alert.DISK_FULL]


async def test_the_operator_hears_of_damage(tmp_path: Path) -> None:
    """Damaged pages raise StoreDamaged, and the operator hears of it; a file that is no database raises it as well."""
    path, operator = tmp_path / "x.db", MemoryAlerts()
    async with Session(path, writes=True) as session:
        await session.all("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)")
        for n in range(100):
            await session.all("INSERT INTO t VALUES (:n, :text)", {"n": n, "text": "x" * 1000})
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    async with Session(path, writes=False, alerts=operator) as session:
        with pytest.raises(StoreDamaged):
            await session.all("SELECT * FROM t")
    assert operator.told == [Alert.DATABASE_DAMAGED]
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreDamaged):
        async with Session(path, writes=True):
            pass
