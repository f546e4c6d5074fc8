"""Brings a database file to the version that this code knows, or says why it cannot be used.

A version is a numbered SQL file in `migrations/`; the file's own is `PRAGMA user_version`. Each step is one transaction, and
before the first a verified copy of the file is put beside it. A file that is not ours is left as it was. Everything here
blocks: call it in a thread.
"""

import logging
import os
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from bot.errors import StoreError

log = logging.getLogger(__name__)

OLDEST_SQLITE: Final = (3, 38)
APPLICATION_ID: Final = 0x50_41_52_4C  # "PARL"
MIGRATIONS: Final[Traversable] = resources.files("bot.store.sqlite") / "migrations"
_MODE: Final = 0o600


def migrate(path: Path, migrations: Traversable = MIGRATIONS) -> int:
    """Make or upgrade the database at `path` by the SQL files in `migrations`; returns its version. Raises StoreError."""
    _check_sqlite()
    steps = _steps(migrations)
    with _explained(path):
        _make(path)
        with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as connection:
            version = _version(connection, path, len(steps))
            with suppress(PermissionError):
                path.chmod(_MODE)
            if version and version < len(steps):
                _keep_copy(connection, path, version)
            for number in range(version + 1, len(steps) + 1):
                _apply(connection, number, steps[number - 1])
            return len(steps)


def examine(path: Path) -> int:
    """The version of the database at `path`, which stays untouched; 0 where there is none yet. Raises StoreError."""
    _check_sqlite()
    if not path.exists():
        if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
            raise StoreError(f"{path} cannot be made: its folder does not exist or is not writable")
        return 0
    with (
        _explained(path),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection,
    ):
        version = _version(connection, path, len(_steps(MIGRATIONS)))
    if not os.access(path, os.W_OK):
        raise StoreError(f"{path} is not writable for this user: change its owner or mode")
    return version


def _check_sqlite() -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        raise StoreError(
            f"this Python brings SQLite {sqlite3.sqlite_version}, {wanted} is needed: install a newer Python"
        )


@contextmanager
def _explained(path: Path) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path} cannot be opened ({error.strerror}): check that its folder exists and is writable"
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} cannot be used: {_reason(error)}") from error


def _reason(error: sqlite3.DatabaseError) -> str:
    text = str(error)
    if "locked" in text:
        return "another program holds it locked; close that program"
    if "readonly" in text:
        return "it is not writable for this user; change its owner or mode"
    if "not a database" in text or "malformed" in text:
        return f"{text}; move it away, or restore a copy of it"
    return f"{text}; check the disk and the file's mode"


def _make(path: Path) -> None:
    """Make the file for its owner alone, if there is none; SQLite gives its other files the same mode."""
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} cannot be a database: it is a folder or a device; choose another history.path")
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, _MODE))


def _version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    version = _number(connection, "PRAGMA user_version")
    owner = _number(connection, "PRAGMA application_id")
    if owner != APPLICATION_ID and (version or owner or _number(connection, "SELECT count(*) FROM sqlite_master")):
        raise StoreError(f"{path} is the database of another program: choose another history.path")
    if version > newest:
        raise StoreError(
            f"{path} was written by a newer Parley (version {version}, this one knows {newest}): "
            "install the newer Parley again, or restore the copy that it made before"
        )
    return version


def _number(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def _steps(migrations: Traversable) -> Sequence[str]:
    files = sorted((file for file in migrations.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [file.read_text(encoding="utf-8") for file in files]


def _keep_copy(connection: sqlite3.Connection, path: Path, version: int) -> None:
    copy = path.with_name(f"{path.name}.v{version}")
    _make(copy)
    with closing(sqlite3.connect(copy)) as target:
        connection.backup(target)
        if target.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise StoreError(f"{path} is damaged and was left as it is: restore a copy of it")
    log.info("kept a copy of the database as %s before upgrading it", copy)


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {number};\nCOMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
