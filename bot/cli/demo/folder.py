"""Finds and checks the folder of the demo's database."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.errors import StoreError
from bot.store.sqlite.lock import locked
from bot.store.sqlite.migrate import examine

DATABASE: Final = "demo.db"
"""Not `parley.db`, so that the demo does not write into a real bot's history if that bot's folder is given."""


@contextmanager
def database_in(data: Path | None) -> Generator[Path, None, None]:
    """Yield the path of the database in `data`, or in a temporary folder. Raises StoreError if the folder cannot be used."""
    if data is not None:
        yield usable(data)
        return
    with tempfile.TemporaryDirectory(prefix="parley-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / DATABASE


def usable(data: Path) -> Path:
    """Return the path of the database in a folder, which is made if missing. Raises StoreError if it cannot be used."""
    path = data.absolute() / DATABASE
    try:
        data.mkdir(parents=True, exist_ok=True)
        with locked(path):
            examine(path)
    except FileExistsError as error:
        raise StoreError(f"--data {data} is a file: name a folder") from error
    except OSError as error:
        raise StoreError(f"--data {data} cannot be made ({error.strerror}): name another folder") from error
    except StoreError as error:
        raise StoreError(f"--data {data} cannot be used: {error}") from error
    return path
