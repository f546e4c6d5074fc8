"""An aiosqlite connection that runs waiting jobs together in one transaction.

A job is a function that executes statements and takes effect as a whole or not at all. The jobs that wait while the connection is
busy run as one batch: one hop to the connection's thread, one transaction, and a savepoint for each job, so that a job that fails
harms no other. A job that writes much has a batch of its own, so that no other's commit waits for its bytes. The caller of a job
continues after the commit. A cancelled caller stops waiting, but its job still runs.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, Self, TypeVar

import aiosqlite

from bot.chat.ports.alerts import NO_ALERTS, Alerts, tell_of
from bot.errors import StoreDamaged, StoreError, StoreFull
from bot.store.sqlite.folder import lacking, unsuitable

_T = TypeVar("_T")
Parameters = Mapping[str, Any]
Row = sqlite3.Row

PRAGMAS: Final = (
    "busy_timeout = 5000",
    "foreign_keys = ON",
    "cache_size = -512",
    "temp_store = MEMORY",
    "automatic_index = OFF",
)
"""A page cache of half a megabyte is enough to answer mentions; the operating system caches the file as well. To build an index
for one statement, SQLite reads the whole table: with 1,000,000 turns that took a second, and the table's own index takes half a
millisecond."""
_CLOSED: Final = "Connection closed"
"""The text of the ValueError that aiosqlite raises when its connection is closed."""
_KINDS: Final[Mapping[int, type[StoreError]]] = {
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
}
"""The errors of primary result codes of SQLite (https://sqlite.org/rescode.html)."""
_WRITER: Final = ("journal_mode = WAL", "synchronous = FULL")
_READER: Final = ("query_only = ON",)


class Conflict(StoreError):
    """A constraint of the schema or one of our triggers rejected a statement."""


class Transaction:
    """Executes a job's statements in the open transaction. Its methods block and raise sqlite3's errors.

    `Session.run` turns these errors into StoreError.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Execute one statement and return all its rows."""
        return self._connection.execute(sql, parameters or {}).fetchall()

    def one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """Execute one statement and return its first row, or None."""
        rows = self.all(sql, parameters)
        return rows[0] if rows else None


Job = Callable[[Transaction], _T]
"""A function that executes statements that belong together.

It runs in the connection's thread, so it must not touch the event loop.
"""


@dataclass(slots=True, eq=False)
class _WaitingJob(Generic[_T]):
    """A job with its caller's future, and its outcome until the outcome is delivered to the future."""

    job: Job[_T]
    future: "asyncio.Future[_T]"
    reads: bool
    alone: bool = False
    result: Any = None
    error: Exception | None = None

    def run(self, transaction: Transaction) -> None:
        """Run the job. Raises its error; RuntimeError for a StopIteration, which no future can hold."""
        try:
            self.result = self.job(transaction)
        except StopIteration as error:
            raise RuntimeError("the job raised StopIteration") from error

    def deliver(self) -> None:
        """Give the outcome to the caller's future, unless the caller was cancelled."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)
            self.future.exception()  # asyncio would log an error that a cancelled caller never retrieves


class Session:
    """A connection to the database at `path`, used as an async context manager. `script` is SQL that runs after opening.

    `alerts` hears of a full disk and of damage that a job finds.
    """

    def __init__(self, path: Path, *, writes: bool, script: str = "", alerts: Alerts = NO_ALERTS) -> None:
        self._path = path
        self._writes = writes
        self._script = script
        self._alerts = alerts
        self._waiting: list[_WaitingJob[Any]] = []
        self._working: asyncio.Task[None] | None = None
        self._connection: sqlite3.Connection
        self._database: aiosqlite.Connection

    async def __aenter__(self) -> Self:
        with explained(self._path):
            self._connection = opened = await asyncio.to_thread(
                sqlite3.connect, self._path, isolation_level=None, check_same_thread=False
            )
        # sqlite3 opens the file here: when opening fails in aiosqlite's thread, the thread survives and calls a closed loop.
        self._database = await aiosqlite.Connection(lambda: opened, iter_chunk_size=64)
        self._database.row_factory = sqlite3.Row
        try:
            with explained(self._path):
                for pragma in (*PRAGMAS, *(_WRITER if self._writes else _READER)):
                    await self._database.execute_fetchall(f"PRAGMA {pragma}")
                await self._database.executescript(self._script)
        except BaseException:
            await self._database.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        while self._working is not None and not self._working.done():
            await asyncio.wait({self._working})
        for waiting in self._waiting:  # their worker was cancelled before its first step
            waiting.future.cancel()
        await self._database.close()

    async def all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Execute one statement as its own job and return all its rows. Raises StoreError."""
        return await self.run(lambda transaction: transaction.all(sql, parameters), reads=_is_read(sql))

    async def one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """Execute one statement as its own job and return its first row, or None. Raises StoreError."""
        return await self.run(lambda transaction: transaction.one(sql, parameters), reads=_is_read(sql))

    async def run(self, job: Job[_T], *, reads: bool = False, alone: bool = False) -> _T:
        """Run a job after the jobs submitted before it, and return its result after the commit. Raises StoreError.

        `reads`: the job only reads, so that it need not wait for another program that writes to the file. `alone`: it writes so
        much that it gets a transaction of its own.
        """
        waiting = _WaitingJob(job, asyncio.get_running_loop().create_future(), reads or not self._writes, alone)
        self._waiting.append(waiting)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work(), name="database")
        try:
            with explained(self._path):
                return await waiting.future
        except StoreError as error:
            tell_of(error, self._alerts)
            raise

    async def _work(self) -> None:
        """Run all waiting jobs, batch after batch."""
        batch: list[_WaitingJob[Any]] = []
        try:
            while self._waiting:
                batch, self._waiting = _next_batch(self._waiting)
                begin = "BEGIN" if all(waiting.reads for waiting in batch) else "BEGIN IMMEDIATE"
                try:
                    await self._database._execute(_transact, self._connection, begin, batch)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType] -- public methods take a hop to the thread for each statement
                except Exception as error:  # noqa: BLE001 -- each caller gets the error
                    closed = str(error) == _CLOSED
                    _fail(batch, sqlite3.ProgrammingError(_CLOSED) if closed else error)
                for waiting in batch:
                    waiting.deliver()
        finally:
            for waiting in batch:  # the loop is shutting down: nobody is left to wait for the thread
                waiting.future.cancel()
            self._working = None


def _next_batch(waiting: list[_WaitingJob[Any]]) -> tuple[list[_WaitingJob[Any]], list[_WaitingJob[Any]]]:
    """Return the jobs that run together next, and those that go on waiting. The order stays."""
    first_alone = next((at for at, job in enumerate(waiting) if job.alone), len(waiting))
    size = first_alone or 1
    return waiting[:size], waiting[size:]


def _transact(connection: sqlite3.Connection, begin: str, batch: Sequence[_WaitingJob[Any]]) -> None:
    """Run a batch as one transaction. Raises an error that fails the whole batch: in BEGIN, in COMMIT, or from `_run_job`."""
    if connection.in_transaction:  # an earlier rollback failed, for example while the disk was gone
        connection.execute("ROLLBACK")
    connection.execute(begin)
    try:
        transaction = Transaction(connection)
        if len(batch) == 1:  # its failure is the transaction's, so it needs no savepoint
            batch[0].run(transaction)
        else:
            for waiting in batch:
                _run_job(connection, transaction, waiting)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _run_job(connection: sqlite3.Connection, transaction: Transaction, waiting: _WaitingJob[Any]) -> None:
    """Run a job in a savepoint, and roll back to it when the job fails.

    Raises the job's error when SQLite rolled back the whole transaction because of it, as it does for SQLITE_FULL.
    """
    connection.execute("SAVEPOINT job")
    try:
        waiting.run(transaction)
    except Exception as error:
        if not connection.in_transaction:
            raise
        waiting.error = error
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")


def _is_read(sql: str) -> bool:
    return sql.lstrip()[:6].upper() in {"SELECT", "PRAGMA"}


def _fail(batch: Sequence[_WaitingJob[Any]], error: Exception) -> None:
    for waiting in batch:
        waiting.error = waiting.error or error


@contextmanager
def explained(path: Path) -> Generator[None, None, None]:
    """Turn SQLite's errors into a StoreError that says what to do. Constraint errors become Conflict."""
    try:
        yield
    except UnicodeDecodeError as error:  # sqlite3 cannot even read SQLite's message, which quotes the damaged schema
        raise StoreDamaged(
            f"{path} is damaged: restore a copy of it; `parley check --deep` lists what it finds"
        ) from error
    except (OverflowError, UnicodeError) as error:
        raise StoreError(f"{path} cannot keep a value ({error}): this is a defect, report it") from error
    except sqlite3.ProgrammingError as error:
        raise StoreError(f"{path} is closed: the bot is stopping") from error
    except sqlite3.IntegrityError as error:
        raise Conflict(
            f"{path} refuses a row that does not fit the others ({error}): this is a defect, report it"
        ) from error
    except sqlite3.Error as error:
        if lacks := lacking(error, path):
            raise unsuitable(path.absolute().parent, lacks, error) from error
        kind = _KINDS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, StoreError)
        raise kind(f"{path} failed ({error}): check the disk's space and the file's mode") from error
