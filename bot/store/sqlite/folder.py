"""Finds out whether a folder can hold a database: its files need locks and memory that processes share, as local disks have.

Network shares and mounted buckets often lack one of them, which SQLite reports as a full disk, a wrong mode or another process.
"""

import errno
import mmap
import os
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import IO, Final

from bot.errors import StoreError

if sys.platform != "win32":
    import fcntl

LOCKS: Final = "locks"
SHARED_MEMORY: Final = "shared memory"
_REFUSED: Final = frozenset({errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENODEV, errno.EINVAL})
"""Errors of flock(2), fcntl(2) and mmap(2) on a file system that has no such call, or no server behind it."""
_LACKING: Final = {
    sqlite3.SQLITE_IOERR_LOCK: LOCKS,
    sqlite3.SQLITE_IOERR_RDLOCK: LOCKS,
    sqlite3.SQLITE_IOERR_UNLOCK: LOCKS,
    sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK: LOCKS,
    sqlite3.SQLITE_IOERR_SHMOPEN: SHARED_MEMORY,
    sqlite3.SQLITE_IOERR_SHMSIZE: SHARED_MEMORY,
    sqlite3.SQLITE_IOERR_SHMMAP: SHARED_MEMORY,
    sqlite3.SQLITE_IOERR_SHMLOCK: SHARED_MEMORY,
    sqlite3.SQLITE_PROTOCOL: SHARED_MEMORY,
}
"""Result codes of SQLite (https://sqlite.org/rescode.html). The shared memory is that of the write-ahead log."""


def unsuitable(folder: Path, lacks: str, reason: object) -> StoreError:
    """Return the error of a folder that lacks locks or shared memory."""
    return StoreError(
        f"the folder {folder} has no {lacks} for files ({reason}): history.path must be in a local folder, "
        "not on a network share or in a mounted bucket"
    )


def is_unsuitable(error: OSError) -> bool:
    """Return whether a call failed because the file system does not have it, and not because another process was first."""
    return error.errno in _REFUSED


def lacking(error: sqlite3.Error, path: Path) -> str:
    """Return what SQLite found its folder to lack when it raised this error, or an empty string.

    A database that could be opened, in a folder that can be written to, cannot be opened only for want of its shared memory.
    """
    code = getattr(error, "sqlite_errorcode", 0)
    if code & 0xFF == sqlite3.SQLITE_CANTOPEN:
        opened = path.is_file() and os.access(path, os.R_OK | os.W_OK) and os.access(path.absolute().parent, os.W_OK)
        return SHARED_MEMORY if opened else ""
    return _LACKING.get(code, "")


def probe(folder: Path) -> None:
    """Lock and share a file in the folder that has no name and ends with the call. Raises StoreError where that cannot be done.

    A folder in which no file can be made passes: whatever makes the database there says more.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            _use(folder, file)
    except OSError:
        return


def _use(folder: Path, file: IO[bytes]) -> None:
    lacks = LOCKS
    try:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ours
            fcntl.flock(file, fcntl.LOCK_UN)
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # SQLite's
        file.truncate(mmap.PAGESIZE)
        lacks = SHARED_MEMORY
        mmap.mmap(file.fileno(), mmap.PAGESIZE).close()
    except OSError as error:
        if is_unsuitable(error):
            raise unsuitable(folder, lacks, error.strerror) from error
        raise
