"""One aiosqlite connection whose waiting jobs share a transaction.

A job is a function that executes statements and takes effect as a whole or not at all. The jobs that wait while the connection is
busy run together: one hop to the connection's thread, one transaction, and a savepoint for each job, so that its failure is its
own. A job's caller goes on after the commit. A cancelled caller stops waiting, but its job still comes to its end.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, Self, TypeVar

import aiosqlite

from bot.errors import StoreError

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
"""Half a megabyte of pages is enough for the way of a mention; the system caches the file as well. An index that SQLite makes for
one statement reads a whole table: with 1,000,000 turns it took a second where the table's own index takes half a millisecond."""
_WRITER: Final = ("journal_mode = WAL", "synchronous = FULL")
_READER: Final = ("query_only = ON",)


class Conflict(StoreError):
    """A constraint of the schema or a trigger of ours refused a statement."""


class Transaction:
    """The open transaction as a job sees it. Its methods block and raise sqlite3's errors, which the session translates."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Every row of one statement."""
        return self._connection.execute(sql, parameters or {}).fetchall()

    def one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """The first row of one statement."""
        rows = self.all(sql, parameters)
        return rows[0] if rows else None


Job = Callable[[Transaction], _T]
"""Statements that belong together. Runs in the connection's thread: it must not touch the event loop."""


@dataclass(slots=True, eq=False)
class _Waiting(Generic[_T]):
    """A job with its caller's future, and the outcome until that is told."""

    job: Job[_T]
    future: "asyncio.Future[_T]"
    result: Any = None
    error: Exception | None = None

    def tell(self) -> None:
        """Hand the outcome to the caller, unless it went away."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)
            self.future.exception()  # a caller that was cancelled retrieves it no more


class Session:
    """A connection to the database at `path`, on which `script` runs once it is open; use it as an async context manager."""

    def __init__(self, path: Path, *, writes: bool, script: str = "") -> None:
        self._path = path
        self._writes = writes
        self._script = script
        self._waiting: list[_Waiting[Any]] = []
        self._working: asyncio.Task[None] | None = None
        self._connection: sqlite3.Connection
        self._database: aiosqlite.Connection

    async def __aenter__(self) -> Self:
        with explained(self._path):
            self._connection = opened = await asyncio.to_thread(
                sqlite3.connect, self._path, isolation_level=None, check_same_thread=False
            )
        # Opened here, because aiosqlite's thread outlives an opening that fails and then speaks to a loop that is gone.
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
        while self._working is not None:
            await asyncio.wait({self._working})
        await self._database.close()

    async def all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Every row of one statement as a job of its own. Raises StoreError."""
        return await self.run(lambda transaction: transaction.all(sql, parameters))

    async def one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """The first row of one statement as a job of its own. Raises StoreError."""
        return await self.run(lambda transaction: transaction.one(sql, parameters))

    async def run(self, job: Job[_T]) -> _T:
        """Run a job after those that were asked for before; returns its result once that is committed. Raises StoreError."""
        waiting = _Waiting(job, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._working is None:
            self._working = asyncio.create_task(self._work(), name="database")
        with explained(self._path):
            return await asyncio.shield(waiting.future)

    async def _work(self) -> None:
        """Run everything that waits, batch after batch."""
        begin = "BEGIN IMMEDIATE" if self._writes else "BEGIN"
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    # aiosqlite's one private method that we use: its public ones take a hop for each statement.
                    await self._database._execute(_transact, self._connection, begin, batch)  # noqa: SLF001  # pyright: ignore
                except Exception as error:  # noqa: BLE001 -- told to each caller
                    _fail(batch, error)
                for waiting in batch:
                    waiting.tell()
        finally:
            self._working = None


def _transact(connection: sqlite3.Connection, begin: str, batch: Sequence[_Waiting[Any]]) -> None:
    """Run a batch as one transaction. Raises an error that fails all of it: at its begin, its commit, or one that ends it."""
    if connection.in_transaction:  # a rollback failed, as on a disk that was gone for a while
        connection.execute("ROLLBACK")
    connection.execute(begin)
    try:
        transaction = Transaction(connection)
        for waiting in batch:
            _attempt(connection, transaction, waiting)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _attempt(connection: sqlite3.Connection, transaction: Transaction, waiting: _Waiting[Any]) -> None:
    """Run a job under a savepoint, to which its failure goes back.

    Raises an error after which SQLite is no longer in the transaction: SQLITE_FULL, among others, takes back all of it.
    """
    connection.execute("SAVEPOINT job")
    try:
        waiting.result = waiting.job(transaction)
    except Exception as error:
        if not connection.in_transaction:
            raise
        waiting.error = error
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")


def _fail(batch: Sequence[_Waiting[Any]], error: Exception) -> None:
    for waiting in batch:
        waiting.error = waiting.error or error


@contextmanager
def explained(path: Path) -> Generator[None, None, None]:
    """Turn SQLite's errors into a StoreError that says what to do."""
    try:
        yield
    except (OverflowError, UnicodeError) as error:
        raise StoreError(f"{path} cannot keep a value ({error}): this is a defect, report it") from error
    except ValueError as error:  # aiosqlite's word for a connection that was closed
        raise StoreError(f"{path} is closed: the bot is stopping") from error
    except sqlite3.IntegrityError as error:
        raise Conflict(
            f"{path} refuses a row that does not fit the others ({error}): this is a defect, report it"
        ) from error
    except sqlite3.Error as error:
        raise StoreError(f"{path} failed ({error}): check the disk's space and the file's mode") from error
