"""Finds damaged pages of a database: a quick look before each start, and a deep one on request. Both functions block."""

import sqlite3
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

from bot.errors import StoreError
from bot.store.sqlite.session import explained

LOOK_SECONDS: Final = 0.5
"""Time for the look before a start. A database of more than about 100,000 turns is looked at in part."""
_STEPS: Final = 10_000
_MOST: Final = 20


def look(connection: sqlite3.Connection, path: Path, seconds: float = LOOK_SECONDS) -> bool:
    """Run SQLite's `quick_check` for so many seconds at most, and return whether it came to its end.

    It finds pages that are no part of their table, but not an index that lacks a row. Raises StoreError and sqlite3's errors.
    """
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        problems = _problems(connection, "PRAGMA quick_check(1)")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return False
    finally:
        connection.set_progress_handler(None, 0)
    if problems:
        raise StoreError(
            f"{path} is damaged ({problems[0]}): restore a copy of it; `parley check --deep` lists what it finds"
        )
    return True


def deep_look(path: Path) -> list[str]:
    """Return at most 20 problems of the database at `path`: of its pages, indexes, rows and references. Raises StoreError."""
    with (
        explained(path),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection,
    ):
        try:
            problems = _problems(connection, f"PRAGMA integrity_check({_MOST})")
            dangling = connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST - len(problems))
            changed = _changed_blobs(connection)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                raise
            return [str(error)]
    missing = [f"row {row[1]} of {row[0]} refers to a row of {row[2]} that is missing" for row in dangling]
    return [*problems, *missing, *changed][:_MOST]


def _changed_blobs(connection: sqlite3.Connection) -> list[str]:
    """Return a line for each image whose bytes are not those that were stored."""
    if not connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = 'blobs'"
    ).fetchone():  # a database before version 5
        return []
    rows = connection.execute("SELECT rowid, hash, bytes FROM blobs")
    return [f"the bytes of blob {rowid} have changed" for rowid, known, data in rows if sha256(data).digest() != known]


def _problems(connection: sqlite3.Connection, pragma: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(pragma) if row[0] != "ok"]
