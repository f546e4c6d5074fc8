"""One aiosqlite connection with the transactions that the history needs.

Writers take turns by a lock, because statements of two transactions must not mix on one connection. A transaction runs as a
task of its own: a cancelled caller stops waiting for it, but it still ends as a whole.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import aiosqlite

from bot.errors import StoreError

_T = TypeVar("_T")
Parameters = Mapping[str, Any]
Row = sqlite3.Row

_PRAGMAS: Final = ("busy_timeout = 5000", "foreign_keys = ON")
_WRITER: Final = ("journal_mode = WAL", "synchronous = FULL")
_READER: Final = ("query_only = ON",)


class Connection:
    """A connection to the database at `path`; use it as an async context manager."""

    def __init__(self, path: Path, *, writes: bool) -> None:
        self._path = path
        self._writes = writes
        self._turn = asyncio.Lock()
        self._transactions: set[asyncio.Task[Any]] = set()
        self._database: aiosqlite.Connection

    async def __aenter__(self) -> Self:
        with self._explained():
            self._database = await aiosqlite.connect(self._path, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        try:
            for pragma in (*_PRAGMAS, *(_WRITER if self._writes else _READER)):
                await self.all(f"PRAGMA {pragma}")
        except BaseException:
            await self._database.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._transactions:
            await asyncio.wait(self._transactions)
        await self._database.close()

    async def all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Every row of one statement, which commits by itself."""
        async with self._turn:
            return await self._execute(sql, parameters)

    async def one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """The first row of one statement, which commits by itself."""
        rows = await self.all(sql, parameters)
        return rows[0] if rows else None

    async def transaction(self, work: Callable[["Transaction"], Awaitable[_T]]) -> _T:
        """Run `work` as one transaction; it takes effect as a whole, even when the caller is cancelled, or not at all."""
        task = asyncio.create_task(self._transact(work))
        self._transactions.add(task)
        task.add_done_callback(self._transactions.discard)
        return await asyncio.shield(task)

    async def _transact(self, work: Callable[["Transaction"], Awaitable[_T]]) -> _T:
        async with self._turn:
            await self._execute("BEGIN IMMEDIATE")
            try:
                result = await work(Transaction(self._execute))
                await self._execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    await self._execute("ROLLBACK")
                raise
            return result

    async def _execute(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        with self._explained():
            rows: Iterable[Row] = await self._database.execute_fetchall(sql, parameters)
            return list(rows)

    @contextmanager
    def _explained(self) -> Generator[None, None, None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} failed ({error}): check the disk's space and the file's mode") from error


class Transaction:
    """What `work` of one transaction can do."""

    def __init__(self, execute: Callable[[str, Parameters | None], Awaitable[list[Row]]]) -> None:
        self._execute = execute

    async def all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Every row of one statement."""
        return await self._execute(sql, parameters)

    async def one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """The first row of one statement."""
        rows = await self._execute(sql, parameters)
        return rows[0] if rows else None
