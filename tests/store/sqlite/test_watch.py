"""The watch over the files of an open database."""

from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sqlite.watch import watched


async def test_a_database_that_is_gone_at_the_first_look_was_deleted(tmp_path: Path) -> None:
    """A database that was deleted between its opening and the first look is missed as well."""
    with pytest.raises(StoreError, match="was deleted"):
        await watched(tmp_path / "history.db")
