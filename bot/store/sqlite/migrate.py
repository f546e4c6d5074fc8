"""Upgrades a database file to the newest version, or raises a StoreError that says why it cannot be used.

Each numbered SQL file in `migrations/` makes one version, in one transaction. `PRAGMA user_version` holds the version of a
database. Before the first step of an upgrade, a verified copy of the database is put beside it; a later start deletes the copy.
The database of another program stays unchanged. All functions block: call them in a thread.
"""

import logging
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager, suppress
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from bot.errors import StoreDamaged, StoreError
from bot.store.sqlite.damage import look
from bot.store.sqlite.folder import lacking, probe, unsuitable

log = logging.getLogger(__name__)

OLDEST_SQLITE: Final = (3, 38)
APPLICATION_ID: Final = 0x50_41_52_4C  # "PARL"
MIGRATIONS: Final[Traversable] = resources.files("bot.store.sqlite") / "migrations"
_FILE_MODE: Final = 0o600
_SPACE_FACTOR: Final = 4
"""Free disk space that an upgrade may need, as a multiple of the database's size: for the copy, the old and the new tables side
by side, and the write-ahead log (measured with migration 0004 and 1,000,000 turns)."""
_COPY_SECONDS: Final = 14 * 86_400
"""The age at which a copy made before an upgrade is deleted."""


def _free_bytes(path: Path) -> int:
    return shutil.disk_usage(path.absolute().parent).free


def migrate(path: Path, migrations: Traversable = MIGRATIONS, free_bytes: Callable[[Path], int] = _free_bytes) -> int:
    """Create or upgrade the database at `path` with the SQL files in `migrations`, and return its version. Raises StoreError."""
    _check_sqlite()
    steps = _steps(migrations)
    with _explained(path):
        _make(path)
        with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as connection:
            version = _version(connection, path, len(steps))
            if not look(connection, path):
                log.info("%s is large: only a part of it was looked at for damage", path)
            with suppress(PermissionError):
                path.chmod(_FILE_MODE)
            if version and version < len(steps):
                _check_room(path, free_bytes(path))
                _keep_copy(connection, path, version)
            else:
                _delete_old_copies(path)
            for number in range(version + 1, len(steps) + 1):
                _apply(connection, number, steps[number - 1])
            return len(steps)


def examine(path: Path) -> int:
    """Return the version of the database at `path` without changing it; 0 when there is no file yet. Raises StoreError.

    It tries whether the folder has locks and shared memory.
    """
    _check_sqlite()
    if not path.exists():
        if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
            raise StoreError(f"{path} cannot be made: its folder does not exist or is not writable")
        probe(path.absolute().parent)
        return 0
    probe(path.absolute().parent)
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
    except UnicodeDecodeError as error:  # sqlite3 cannot even read SQLite's message, which quotes the damaged schema
        raise StoreDamaged(
            f"{path} is damaged: restore a copy of it; `parley check --deep` lists what it finds"
        ) from error
    except sqlite3.DatabaseError as error:
        if lacks := lacking(error, path):
            raise unsuitable(path.absolute().parent, lacks, error) from error
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
    """Create the file, unless it exists, readable by its owner alone. SQLite gives its other files the same mode."""
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} cannot be a database: it is a folder or a device; choose another history.path")
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, _FILE_MODE))


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


def _check_room(path: Path, free: int) -> None:
    log_file = path.with_name(f"{path.name}-wal")
    size = path.stat().st_size + (log_file.stat().st_size if log_file.exists() else 0)
    needed = _SPACE_FACTOR * size
    if free < needed:
        raise StoreError(
            f"{path} needs an upgrade, for which {needed / 1e6:,.0f} MB must be free on its disk, but {free / 1e6:,.0f} MB are: "
            "make room and start again; nothing was changed"
        )


def _delete_old_copies(path: Path) -> None:
    """Delete old copies that earlier upgrades made, because they hold data that people may have deleted since."""
    name = re.compile(rf"{re.escape(path.name)}\.v\d+(\.half)?")
    for copy in path.parent.iterdir():
        if not name.fullmatch(copy.name) or time.time() - copy.stat().st_mtime < _COPY_SECONDS:
            continue
        try:
            copy.unlink()
            log.info("deleted %s, the copy of the database before its upgrade", copy)
        except OSError as error:
            log.warning("%s, an old copy of the database, cannot be deleted: %s", copy, error)


def _keep_copy(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Put a verified copy beside the file. The copy gets its final name only when it is complete."""
    copy, partial = (path.with_name(f"{path.name}.v{version}{end}") for end in ("", ".half"))
    partial.unlink(missing_ok=True)
    _make(partial)
    with closing(sqlite3.connect(partial)) as target:
        connection.backup(target)
        if target.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise StoreError(f"{path} is damaged and was left as it is: restore a copy of it")
    partial.replace(copy)
    log.info("kept a copy of the database as %s before upgrading it; it is deleted after 14 days", copy)


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {number};\nCOMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
