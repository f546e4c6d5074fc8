"""Attempts in SQLite, while another program writes to the file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.store import opened
from tests.contracts.stories import asked, begin, position_of


async def test_reading_a_window_again_needs_no_write_lock(tmp_path: Path) -> None:
    """An attempt whose turn has come reads its window again while another program, as a backup, holds the write lock."""
    migrate(path := tmp_path / "history.db")
    async with opened(path) as store:
        position = await position_of(store, asked(1))
        begun = await begin(store, position, "Q1")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            again = await store.attempts.read_again(position)
            other.execute("ROLLBACK")
    assert again is not None
    assert again.exchanges == begun.exchanges
