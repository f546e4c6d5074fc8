"""Facts about the installation in SQLite."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from bot.errors import StoreError
from bot.store.sqlite.session import Session, explained

_RECALL = "SELECT value FROM facts WHERE key = :key"


class SqliteFacts:
    """See `chat.ports.facts.Facts`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def recall(self, key: str) -> str | None:
        """See `Facts.recall`."""
        row = await self._session.one(_RECALL, {"key": key})
        return row["value"] if row else None

    async def remember(self, key: str, value: str) -> None:
        """See `Facts.remember`."""
        await self._session.all(
            "INSERT INTO facts (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = :value",
            {"key": key, "value": value},
        )


class ReadOnlyFacts:
    """The facts of a database that a running bot may be using. They are read without changing the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def recall(self, key: str) -> str | None:
        """See `Facts.recall`."""
        return await asyncio.to_thread(self._recall, key)

    async def remember(self, key: str, value: str) -> None:
        """Raise StoreError: nothing is stored here."""
        del value
        raise StoreError(f"{self._path} is only read, so {key} is not stored")

    def _recall(self, key: str) -> str | None:
        with (
            explained(self._path),
            closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection,
        ):
            row = connection.execute(_RECALL, {"key": key}).fetchone()
        return row[0] if row else None


@asynccontextmanager
async def facts_in(path: Path) -> AsyncGenerator[SqliteFacts, None]:
    """Open nothing but the facts of an existing database. The caller holds its lock. Raises StoreError."""
    async with Session(path, writes=True) as session:
        yield SqliteFacts(session)
