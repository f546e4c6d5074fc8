"""Migration 0005 adds the tables and columns of files to a database of version 4, even where its process dies in between."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.sqlite.migrate import MIGRATIONS, migrate
from tests.store.sqlite.test_migration_0004 import DUMP, DYING, rows_of, select

MIGRATION = (MIGRATIONS / "0005_files.sql").read_text(encoding="utf-8")
TABLES = (
    "places", "conversations", "questions", "claims", "answers", "contents", "calls", "answer_messages", "facts", "seen"
)  # of version 4 # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file of version 4, which holds every state."""
    path = tmp_path / "parley.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    older = tmp_path / "older"
    older.mkdir()
    for name in sorted(file.name for file in MIGRATIONS.iterdir() if file.name[:4] in {"0001", "0002", "0003", "0004"}):
        (older / name).write_text((MIGRATIONS / name).read_text(encoding="utf-8"), encoding="utf-8")
    assert migrate(path, older) == 4
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO contents (position, sibling, step, number, kind, text) VALUES (1, 0, 0, 1, 'text', 'more')"
        )
        connection.commit()
    return path


def columns(path: Path, table: str) -> str:
    """The names of a table's columns, in order."""
    return ", ".join(str(name) for (name,) in select(path, f"SELECT name FROM pragma_table_info('{table}')"))  # noqa: S608 -- names of our own tables


def test_what_was_stored_is_as_it_was(database: Path) -> None:
    """Every column of version 4 holds what it held, and the new ones are empty."""
    queries = [f"SELECT {columns(database, table)} FROM {table}" for table in TABLES]  # noqa: S608 -- names of our own tables
    before = [select(database, query) for query in queries]
    assert all(before)
    migrate(database)
    assert [select(database, query) for query in queries] == before
    assert select(database, "SELECT DISTINCT files_from FROM conversations") == [(0,)]
    assert select(database, "SELECT DISTINCT remarks FROM questions UNION SELECT remarks FROM answers") == [("",)]
    assert select(database, "SELECT media, blob, tokens FROM contents") == [(None, None, 0)]
    assert select(database, "SELECT * FROM blobs") == []


def test_the_file_of_version_4_is_kept_as_a_copy(database: Path) -> None:
    """The copy beside the database is of version 4."""
    migrate(database)
    assert select(database.with_name("parley.db.v4"), "PRAGMA user_version") == [(4,)]


def test_killed_at_any_statement_the_next_start_completes_it(database: Path, tmp_path: Path) -> None:
    """A process that dies after any statement leaves the file at version 4, and the next start makes the same new one."""
    script = tmp_path / "0005.sql"
    script.write_text(MIGRATION, encoding="utf-8")
    whole = tmp_path / "whole.db"
    whole.write_bytes(database.read_bytes())
    migrate(whole)
    tables: list[object] = [*TABLES, "blobs"]
    expected = rows_of(whole, tables)
    statements = [one for one in MIGRATION.split(";\n") if one.strip()]
    assert len(statements) == 10
    for number in range(1, len(statements) + 1):
        left = tmp_path / f"{number}.db"
        left.write_bytes(database.read_bytes())
        dying = subprocess.run([sys.executable, "-S", "-c", DYING, str(left), str(script), str(number)], check=False)
        assert dying.returncode == 9
        assert select(left, "PRAGMA user_version") == [(4,)]
        migrate(left)
        assert rows_of(left, tables) == expected
