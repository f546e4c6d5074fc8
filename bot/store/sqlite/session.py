"""One aiosqlite connection with the transactions that the history needs.

A lock admits callers one at a time, in the order in which they came, because statements of two transactions must not mix on one
connection. More than one statement runs as a task of its own: a cancelled caller stops waiting for it, but it still comes to its
end.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, Self, TypeVar

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


class Statements:
    """The connection while it belongs to one caller alone."""

    def __init__(self, database: aiosqlite.Connection, path: Path) -> None:
        self._database = database
        self._path = path

    async def all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Every row of one statement, which commits by itself unless a transaction is open."""
        with explained(self._path):
            return list(await self._database.execute_fetchall(sql, parameters))

    async def one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """The first row of one statement."""
        rows = await self.all(sql, parameters)
        return rows[0] if rows else None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None, None]:
        """A transaction around the statements executed inside."""
        await self.all("BEGIN IMMEDIATE")
        try:
            yield
            await self.all("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                await self.all("ROLLBACK")
            raise


class Session:
    """A connection to the database at `path`, on which `script` runs once it is open; use it as an async context manager."""

    def __init__(self, path: Path, *, writes: bool, script: str = "") -> None:
        self._path = path
        self._writes = writes
        self._script = script
        self._lock = asyncio.Lock()
        self._working: set[asyncio.Task[Any]] = set()
        self._database: aiosqlite.Connection

    async def __aenter__(self) -> Self:
        with explained(self._path):
            opened = await asyncio.to_thread(sqlite3.connect, self._path, isolation_level=None, check_same_thread=False)
        # Opened here, because aiosqlite's thread outlives an opening that fails and then speaks to a loop that is gone.
        self._database = await aiosqlite.Connection(lambda: opened, iter_chunk_size=64)
        self._database.row_factory = sqlite3.Row
        try:
            for pragma in (*PRAGMAS, *(_WRITER if self._writes else _READER)):
                await self.all(f"PRAGMA {pragma}")
            with explained(self._path):
                await self._database.executescript(self._script)
        except BaseException:
            await self._database.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._working:
            await asyncio.wait(self._working)
        await self._database.close()

    async def all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Every row of one statement, which commits by itself."""
        async with self._lock:
            return await Statements(self._database, self._path).all(sql, parameters)

    async def one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """The first row of one statement, which commits by itself."""
        rows = await self.all(sql, parameters)
        return rows[0] if rows else None

    async def transaction(self, work: Callable[[Statements], Awaitable[_T]]) -> _T:
        """Run `work` as one transaction: it takes effect as a whole, even when the caller is cancelled, or not at all."""

        async def transact(statements: Statements) -> _T:
            async with statements.transaction():
                return await work(statements)

        return await self.alone(transact)

    async def alone(self, work: Callable[[Statements], Awaitable[_T]]) -> _T:
        """Run `work` with nobody else's statement in between, to its end even when the caller is cancelled."""

        async def wait_and_work() -> _T:
            async with self._lock:
                return await work(Statements(self._database, self._path))

        task = asyncio.create_task(wait_and_work())
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return await asyncio.shield(task)


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
