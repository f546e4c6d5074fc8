"""Migration 0007 adds the columns of changes to a database of version 6, even where its process dies in between."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.sqlite.migrate import MIGRATIONS, migrate
from tests.store.sqlite.test_migration_0004 import DUMP, DYING, rows_of, select

MIGRATION = (MIGRATIONS / "0007_changes.sql").read_text(encoding="utf-8")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file of version 6, which holds every state."""
    path = tmp_path / "parley.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    older = tmp_path / "older"
    older.mkdir()
    for file in MIGRATIONS.iterdir():
        if file.name < "0007":
            (older / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    assert migrate(path, older) == 6
    return path


def test_what_was_stored_is_as_it_was(database: Path) -> None:
    """Questions and calls keep what they held, and nothing was changed yet."""
    questions = "SELECT position, key, text, prompt, tokens, state, wanted, shown FROM questions"
    before = select(database, questions)
    assert before
    migrate(database)
    assert select(database, questions) == before
    assert select(database, "SELECT DISTINCT revision, edited_at, changed_at, change FROM questions") == [
        (0, None, None, None)
    ]
    assert select(database, "SELECT DISTINCT broken_from, broken_by FROM calls") == [(None, None)]


def test_killed_at_any_statement_the_next_start_completes_it(database: Path, tmp_path: Path) -> None:
    """A process that dies after any statement leaves the file at version 6, and the next start makes the same new one."""
    script = tmp_path / "0007.sql"
    script.write_text(MIGRATION, encoding="utf-8")
    whole = tmp_path / "whole.db"
    whole.write_bytes(database.read_bytes())
    migrate(whole)
    tables: list[object] = ["questions", "calls"]
    expected = rows_of(whole, tables)
    statements = [one for one in MIGRATION.split(";\n") if one.strip()]
    for number in range(1, len(statements) + 1):
        left = tmp_path / f"{number}.db"
        left.write_bytes(database.read_bytes())
        dying = subprocess.run([sys.executable, "-S", "-c", DYING, str(left), str(script), str(number)], check=False)
        assert dying.returncode == 9
        assert select(left, "PRAGMA user_version") == [(6,)]
        migrate(left)
        assert rows_of(left, tables) == expected
