"""Reads the database of a story."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

from tests.e2e.conftest import Town


async def rows(town: Town, sql: str) -> list[Any]:
    """The rows of a query."""

    def read() -> list[Any]:
        path = town.folder / "history.db"
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()

    return await asyncio.to_thread(read)
