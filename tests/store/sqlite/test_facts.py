"""Facts of a database that another process may be using."""

from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sqlite.facts import ReadOnlyFacts, facts_in
from bot.store.sqlite.migrate import migrate


async def test_facts_are_read_while_another_writes(tmp_path: Path) -> None:
    """Facts are read beside an open database as they were last stored, and nothing is stored through them."""
    path = tmp_path / "history.db"
    migrate(path)
    reading = ReadOnlyFacts(path)
    async with facts_in(path) as facts:
        assert await reading.recall("hash") is None
        await facts.remember("hash", "a")
        assert await reading.recall("hash") == await facts.recall("hash") == "a"
    with pytest.raises(StoreError, match="is only read"):
        await reading.remember("hash", "b")
    assert await reading.recall("hash") == "a"


async def test_facts_of_a_damaged_file_are_an_error_that_says_so(tmp_path: Path) -> None:
    """Facts of a file that is no database raise the store's error."""
    path = tmp_path / "history.db"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError, match="history"):
        await ReadOnlyFacts(path).recall("hash")
