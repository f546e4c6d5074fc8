"""Damaged pages are found: at a start as far as there is time, and wholly on request."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreDamaged, StoreError
from bot.store.sqlite.damage import deep_look, look
from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.store import opened
from tests.contracts.stories import asked, begin, position_of

PAGE = 4096


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database of some thirty pages."""
    path = tmp_path / "parley.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        values = [(number, f"name {number} " + "x" * 200) for number in range(1, 500)]
        connection.executemany("INSERT INTO places (id, kind, name) VALUES (?, 'dm', ?)", values)
        connection.executemany(
            "INSERT INTO conversations (place_id, opened_at) VALUES (?, 0)", [(number,) for number in range(1, 500)]
        )
    return path


def root_of(path: Path, name: str) -> int:
    """The first page of a table or index, counted from 0."""
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    return root - 1


def overwritten(path: Path) -> None:
    """Write zeros over the first page of a table."""
    content, page = bytearray(path.read_bytes()), root_of(path, "places") * PAGE
    content[page : page + PAGE] = bytes(PAGE)
    path.write_bytes(content)


def cut_off(path: Path) -> None:
    """Cut the file off in the middle."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // PAGE // 2 * PAGE])


def misindexed(path: Path) -> None:
    """Take rows out of an index and leave them in the table."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'conversations_place'").fetchone()
        connection.execute(
            "UPDATE sqlite_master SET sql = ? WHERE name = 'conversations_place'", (f"{sql} WHERE id < 0",)
        )
        connection.execute("PRAGMA schema_version = 1000")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("REINDEX conversations_place")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'conversations_place'", (sql,))
        connection.execute("PRAGMA schema_version = 2000")


def orphaned(path: Path) -> None:
    """Delete a row that others refer to."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM places WHERE id = 7")


def test_a_sound_database_passes(database: Path) -> None:
    """A sound database has no problem, and its start goes on."""
    assert deep_look(database) == []
    assert migrate(database)


@pytest.mark.parametrize("damage", [overwritten, cut_off])
def test_a_start_finds_damaged_pages(database: Path, damage: Callable[[Path], None]) -> None:
    """A start refuses a database with damaged pages, and says what to do."""
    damage(database)
    with pytest.raises(StoreError, match="restore a copy of it"):
        migrate(database)


@pytest.mark.parametrize("damage", [overwritten, cut_off, misindexed, orphaned])
def test_a_deep_look_finds_all_damage(database: Path, damage: Callable[[Path], None]) -> None:
    """A deep look names damaged pages, indexes that lack rows, and references to rows that are missing."""
    damage(database)
    assert 1 <= len(deep_look(database)) <= 20


def test_a_look_without_time_says_that_it_did_not_see_all(database: Path) -> None:
    """A look that runs out of time finds nothing, says so, and leaves the connection as it was."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("INSERT INTO places SELECT id + 500, kind, name, guild_id, parent_id FROM places")
        assert not look(connection, database, seconds=-1)
        assert connection.execute("SELECT count(*) FROM places").fetchone() == (998,)


async def test_a_question_that_is_not_found_again_is_damage(tmp_path: Path) -> None:
    """An attempt does not begin where the rows that its question needs are gone; the error names what to do."""
    path = tmp_path / "parley.db"
    async with opened(path) as store:
        position = await position_of(store, asked(10))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM conversations")
    async with opened(path) as store:
        with pytest.raises(StoreDamaged, match="check --deep"):
            await begin(store, position, "Q10")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM answers").fetchone() == (0,)
