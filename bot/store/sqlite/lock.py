"""The lock that keeps two bots from using one database.

It is on a separate file beside the database, because closing any handle of the database file would drop SQLite's own locks.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import StoreError


@contextmanager
def locked(database: Path) -> Generator[None, None, None]:
    """Hold `<database>.lock` while the context lasts. Raises StoreError when another process holds it or it cannot be made."""
    real = database.resolve()
    path = real.with_name(f"{real.name}.lock")
    if not path.parent.is_dir():  # filelock would create the folder
        raise StoreError(
            f"{database} cannot be made: the folder {path.parent} does not exist; make it, or change history.path"
        )
    lock = FileLock(path, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreError(
            f"{database} is in use by another Parley: stop that one first, or give this one its own history.path"
        ) from error
    except OSError as error:
        raise StoreError(
            f"{path} cannot be made ({error.strerror}): check that its folder exists and is writable"
        ) from error
    try:
        yield
    finally:
        lock.release()
