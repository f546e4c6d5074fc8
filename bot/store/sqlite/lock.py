"""The lock that keeps two bots from using one database.

One lock is on a separate file beside the database, and is found by its path. On Linux another one is on the database file itself,
because a hard link or a bind mount of the file has another path: flock(2) locks the file whatever its name, and is apart from the
locks of fcntl(2) that SQLite uses. Closing any handle of the file would drop SQLite's locks (https://sqlite.org/howtocorrupt.html,
2.2), so this one stays open until SQLite has closed the database. Elsewhere a file with a second name is refused.
"""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from bot.errors import StoreError
from bot.store.sqlite.folder import LOCKS, is_unsuitable, probe, unsuitable

if sys.platform != "win32":
    import fcntl

_FILE_MODE: Final = 0o600


@contextmanager
def locked(database: Path) -> Generator[None, None, None]:
    """Hold `<database>.lock` and the file itself while the context lasts. An empty file is made where there is none.

    Raises StoreError when another process holds either, it cannot be made, or the folder has no locks or shared memory.
    """
    real = database.resolve()
    path = real.with_name(f"{real.name}.lock")
    if not path.parent.is_dir():  # filelock would create the folder
        raise StoreError(
            f"{database} cannot be made: the folder {path.parent} does not exist; make it, or change history.path"
        )
    probe(path.parent)
    lock = FileLock(path, mode=0o600, fallback_to_soft=False)  # a soft lock would outlive a process that was killed
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise _in_use(database) from error
    except OSError as error:
        if is_unsuitable(error):
            raise unsuitable(path.parent, LOCKS, error.strerror) from error
        raise StoreError(
            f"{path} cannot be made ({error.strerror}): check that its folder exists and is writable"
        ) from error
    try:
        with _file_locked(real):
            yield
    finally:
        lock.release()


@contextmanager
def _file_locked(database: Path) -> Generator[None, None, None]:
    """Hold the database file itself, whatever its name. A file that cannot be opened is left to whoever opens the database."""
    try:
        file = os.open(database, os.O_RDONLY | os.O_CREAT, _FILE_MODE)
    except OSError:
        yield
        return
    try:
        _lock_file(database, file)
        yield
    finally:
        os.close(file)


def _lock_file(database: Path, file: int) -> None:
    if sys.platform == "linux":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _in_use(database) from error
    elif os.fstat(file).st_nlink > 1:
        raise StoreError(
            f"{database} has a second name, under which another Parley may use it: delete one of the hard links"
        )


def _in_use(database: Path) -> StoreError:
    return StoreError(
        f"{database} is in use by another Parley: stop that one first, or give this one its own history.path"
    )
