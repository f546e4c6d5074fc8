"""Folders without locks or shared memory are named as such, whatever SQLite says of them."""

import asyncio
import errno
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sqlite.folder import LOCKS, SHARED_MEMORY, lacking, probe
from bot.store.sqlite.lock import locked
from bot.store.sqlite.migrate import examine, migrate
from bot.store.sqlite.session import Session
from bot.store.sqlite.store import opened

OPEN = """
import asyncio, sys
from pathlib import Path
from bot.errors import StoreError
from bot.store.sqlite.lock import locked
from bot.store.sqlite.migrate import examine
from bot.store.sqlite.store import opened
from tests.store.sqlite.refused_calls import refuse

async def use(path):
    async with opened(path):
        pass

def run(path):
    with locked(path):
        asyncio.run(use(path))

call, error, way, path = sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
refuse(call, error)
try:
    {"run": run, "check": examine, "store": lambda path: asyncio.run(use(path))}[way](path)
except StoreError as error:
    print(error)
"""


def said(call: str, error: int, way: str, path: Path) -> str:
    """What a process says of a database in whose folder a system call fails: as `run`, as `check`, or without the lock."""
    arguments = [sys.executable, "-c", OPEN, call, str(error), way, str(path)]
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("call", "error", "lacks"),
    [
        ("flock", errno.ENOSYS, "locks"),
        ("flock", errno.ENOLCK, "locks"),
        ("flock", errno.EOPNOTSUPP, "locks"),
        ("fcntl", errno.ENOLCK, "locks"),
        ("mmap", errno.ENODEV, "shared memory"),
    ],
)
@pytest.mark.parametrize("way", ["run", "check"])
def test_a_folder_that_lacks_something_is_named(tmp_path: Path, call: str, error: int, lacks: str, way: str) -> None:
    """A folder whose file system refuses locks or shared memory is named, with what history.path must be."""
    found = said(call, error, way, tmp_path / "parley.db")
    assert found.startswith(f"the folder {tmp_path} has no {lacks} for files (")
    assert "history.path must be in a local folder" in found
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("call", "error", "lacks"), [("fcntl", errno.ENOSYS, "locks"), ("mmap", errno.ENODEV, "shared memory")]
)
def test_what_sqlite_finds_lacking_is_named_too(tmp_path: Path, call: str, error: int, lacks: str) -> None:
    """A store that is opened without the lock before it names what SQLite could not do, of a new file and of an old one."""
    path = tmp_path / "parley.db"
    assert said(call, error, "store", path).startswith(
        f"the folder {tmp_path} has no {lacks} for files (disk I/O error)"
    )
    migrate(path)
    asyncio.run(_opened(path))
    assert said(call, error, "store", path).startswith(f"the folder {tmp_path} has no {lacks} for files (")


async def _opened(path: Path) -> None:
    async with Session(path, writes=True):
        pass


async def test_a_shared_memory_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """SQLite's “unable to open database file” for the file of its shared memory is said of the folder."""
    path = tmp_path / "parley.db"
    migrate(path)
    (tmp_path / "parley.db-shm").symlink_to(tmp_path / "nowhere")  # SQLite follows no link there
    with pytest.raises(StoreError, match=r"has no shared memory for files \(unable to open database file\)"):
        async with opened(path):
            pass


async def test_a_database_in_no_folder_is_no_matter_of_shared_memory(tmp_path: Path) -> None:
    """A database that itself cannot be opened keeps its own error."""
    with pytest.raises(StoreError, match="failed"):
        await _opened(tmp_path / "missing" / "parley.db")


def test_a_local_folder_passes(tmp_path: Path) -> None:
    """A folder with both leaves nothing behind and raises nothing, and neither does one in which no file can be made."""
    probe(tmp_path)
    probe(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []
    assert examine(tmp_path / "parley.db") == 0
    with locked(tmp_path / "parley.db"):
        pass


@pytest.mark.parametrize(
    ("code", "lacks"),
    [
        (sqlite3.SQLITE_IOERR_LOCK, LOCKS),
        (sqlite3.SQLITE_IOERR_SHMMAP, SHARED_MEMORY),
        (sqlite3.SQLITE_IOERR_SHMOPEN, SHARED_MEMORY),
        (sqlite3.SQLITE_PROTOCOL, SHARED_MEMORY),
        (sqlite3.SQLITE_FULL, ""),
        (sqlite3.SQLITE_IOERR_WRITE, ""),
        (sqlite3.SQLITE_BUSY, ""),
    ],
)
def test_an_error_of_sqlite_tells_what_is_lacking(tmp_path: Path, code: int, lacks: str) -> None:
    """SQLite's code says whether an error is about locks, about shared memory, or about something else."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    assert lacking(error, tmp_path / "parley.db") == lacks
