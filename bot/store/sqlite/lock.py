"""The lock that keeps two bots from using one database.

It is on a separate file beside the database, because closing any handle of the database file would drop SQLite's own locks.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import StoreError
from bot.store.sqlite.folder import LOCKS, is_unsuitable, probe, unsuitable


@contextmanager
def locked(database: Path) -> Generator[None, None, None]:
    """Hold `<database>.lock` while the context lasts.

    Raises StoreError when another process holds it, it cannot be made, or the folder has no locks or shared memory.
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
        raise StoreError(
            f"{database} is in use by another Parley: stop that one first, or give this one its own history.path"
        ) from error
    except OSError as error:
        if is_unsuitable(error):
            raise unsuitable(path.parent, LOCKS, error.strerror) from error
        raise StoreError(
            f"{path} cannot be made ({error.strerror}): check that its folder exists and is writable"
        ) from error
    try:
        yield
    finally:
        lock.release()
