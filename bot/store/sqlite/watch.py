"""Watches the files of an open database. Whoever deletes or replaces one takes away what the bot writes from then on."""

import asyncio
from pathlib import Path
from typing import Final

from bot.errors import StoreError

_LOOK_SECONDS: Final = 2.0

_Identity = tuple[int, int]


async def watched(path: Path, seconds: float = _LOOK_SECONDS) -> None:
    """Look at the database at `path` and its write-ahead log again and again. Raises StoreError when one is not the same file.

    It never returns. The database is open, so it is there at the first look; its log may appear later. A look that fails for
    another reason says nothing.
    """
    real = await asyncio.to_thread(path.resolve)
    files = (real, real.with_name(f"{real.name}-wal"))
    known: dict[Path, _Identity] = {}
    while True:
        for file in files:
            try:
                found = await asyncio.to_thread(_identity, file)
            except OSError:
                continue
            if (file == real and found is None) or (file in known and found != known[file]):
                happened = "was replaced" if found else "was deleted"
                raise StoreError(
                    f"{file} {happened} while the bot used it: nothing that came after that is kept; "
                    "put the right file there while the bot is stopped, then start it"
                )
            if found:
                known[file] = found
        await asyncio.sleep(seconds)


def _identity(file: Path) -> _Identity | None:
    """Return the device and inode number of a file, or None when there is none. Raises OSError."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
