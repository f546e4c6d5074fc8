"""The folder of the demo's database."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.errors import StoreError
from bot.store.sqlite.lock import locked
from bot.store.sqlite.migrate import examine

DATABASE: Final = "demo.db"
"""Not `parley.db`: who gives the folder of their own bot does not get the demo's conversations into its history."""


@contextmanager
def database_in(data: Path | None) -> Generator[Path, None, None]:
    """The path of the database in a folder that stays, or in a temporary one. Raises StoreError for one of no use."""
    if data is not None:
        yield usable(data)
        return
    with tempfile.TemporaryDirectory(prefix="parley-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / DATABASE


def usable(data: Path) -> Path:
    """The path of the database in a folder, which is made where there is none. Raises StoreError."""
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
