"""The database file: made for its owner alone, upgraded with a copy kept, and never taken from another program."""

import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sqlite.migrate import APPLICATION_ID, MIGRATIONS, examine, migrate

NEWEST = len([file for file in MIGRATIONS.iterdir() if file.name.endswith(".sql")])


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The path of a database."""
    return tmp_path / "parley.db"


def run(path: Path, *statements: str) -> list[tuple[object, ...]]:
    """Run statements on a database as another program does, and return the rows of the last."""
    rows: list[tuple[object, ...]] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
    return rows


def mode(path: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def with_steps(folder: Path, *more: str) -> Path:
    """The migrations of this release with further ones behind."""
    migrations = folder / "migrations"
    migrations.mkdir()
    for file in MIGRATIONS.iterdir():
        (migrations / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    for number, sql in enumerate(more, start=NEWEST + 1):
        (migrations / f"{number:04}_more.sql").write_text(sql)
    (migrations / "README.md").write_text("not a step")
    return migrations


def filled(path: Path, rows: int = 1) -> None:
    """A database of this release with something in it."""
    migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        values = [(number, f"name {number} " + "x" * 200) for number in range(rows)]
        connection.executemany("INSERT INTO places (id, kind, name) VALUES (?, 'dm', ?)", values)


def test_a_fresh_database_is_ours_and_its_owners_alone(database: Path) -> None:
    """A fresh database has our application id and the newest version, and is readable by its owner alone."""
    version = migrate(database)

    assert version == NEWEST >= 1
    assert mode(database) == 0o600
    assert run(database, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert run(database, "PRAGMA user_version") == [(version,)]
    assert run(database, "PRAGMA integrity_check") == [("ok",)]
    tables = {row[0] for row in run(database, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables >= {"places", "conversations", "questions", "answers", "calls", "facts"}


def test_a_second_start_changes_nothing(database: Path) -> None:
    """A second start changes no byte of the database and makes no other file."""
    filled(database)
    before = database.read_bytes()

    assert migrate(database) == NEWEST

    assert database.read_bytes() == before
    assert [file.name for file in database.parent.iterdir()] == [database.name]


def test_a_database_that_others_could_read_is_closed_to_them(database: Path) -> None:
    """A database that others can read becomes readable by its owner alone."""
    migrate(database)
    database.chmod(0o644)

    migrate(database)

    assert mode(database) == 0o600


@pytest.mark.parametrize("use", [migrate, examine])
@pytest.mark.parametrize(
    "statement", ["CREATE TABLE cookies (id)", "PRAGMA user_version = 5", "PRAGMA application_id = 42"]
)
def test_another_programs_database_is_refused_and_left_as_it_was(
    database: Path, use: Callable[[Path], int], statement: str
) -> None:
    """Another program's database is refused and left as it was."""
    run(database, statement, "VACUUM")
    database.chmod(0o644)
    before = database.read_bytes()

    with pytest.raises(
        StoreError, match=r"parley\.db is the database of another program: choose another history\.path"
    ):
        use(database)

    assert (database.read_bytes(), mode(database)) == (before, 0o644)


@pytest.mark.parametrize("use", [migrate, examine])
def test_a_newer_database_is_refused_and_left_as_it_was(database: Path, use: Callable[[Path], int]) -> None:
    """The database of a newer release is refused and left as it was."""
    filled(database)
    run(database, f"PRAGMA user_version = {NEWEST + 1}")
    before = database.read_bytes()

    with pytest.raises(StoreError, match=rf"newer Parley \(version {NEWEST + 1}, this one knows {NEWEST}\)"):
        use(database)

    assert database.read_bytes() == before


@pytest.mark.parametrize("use", [migrate, examine])
@pytest.mark.parametrize("content", [b"hello", b"# Notes\n" * 1000])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(
    database: Path, use: Callable[[Path], int], content: bytes
) -> None:
    """A file that is no database is refused and left as it was."""
    database.write_bytes(content)

    with pytest.raises(StoreError, match="not a database; move it away, or restore a copy of it"):
        use(database)

    assert database.read_bytes() == content


@pytest.mark.parametrize("use", [migrate, examine])
@pytest.mark.parametrize("path", ["file/parley.db", "missing/parley.db", "folder"])
def test_a_path_that_cannot_be_used_is_said(tmp_path: Path, use: Callable[[Path], int], path: str) -> None:
    """A path that cannot be used raises StoreError, which names it."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()

    with pytest.raises(StoreError, match=path):
        use(tmp_path / path)


def test_a_database_that_another_program_holds_is_said(database: Path) -> None:
    """A database that another program holds locked raises StoreError, and can be used afterwards."""
    filled(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(StoreError, match="another program holds it locked; close that program"):
            migrate(database)

    assert migrate(database) == NEWEST


# ------------------------------------------------------------------------------------------ upgrades


def test_an_upgrade_keeps_a_copy_of_what_was(tmp_path: Path, database: Path) -> None:
    """An upgrade keeps a copy of the database as it was, readable by its owner alone."""
    filled(database, rows=300)
    migrations = with_steps(
        tmp_path, "CREATE TABLE pins (id INTEGER PRIMARY KEY);", "ALTER TABLE places ADD topic TEXT;"
    )

    assert migrate(database, migrations) == NEWEST + 2

    assert run(database, "PRAGMA user_version") == [(NEWEST + 2,)]
    assert run(database, "SELECT count(*), count(topic) FROM places") == [(300, 0)]
    copy = tmp_path / f"parley.db.v{NEWEST}"
    assert mode(copy) == 0o600
    assert examine(copy) == NEWEST
    assert run(copy, "PRAGMA integrity_check") == [("ok",)]
    assert run(copy, "SELECT count(*), max(id) FROM places") == [(300, 299)]


def test_the_copy_holds_what_the_write_ahead_log_held(tmp_path: Path, database: Path) -> None:
    """The copy holds the rows that were in the write-ahead log only."""
    filled(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as crashed:
        crashed.execute("PRAGMA journal_mode = WAL")
        crashed.execute("INSERT INTO places (id, kind, name) VALUES (77, 'dm', 'in the log only')")
        for file in (database, database.with_name("parley.db-wal")):
            shutil.copy(file, tmp_path / file.name.replace("parley", "left"))
    left = tmp_path / "left.db"

    migrate(left, with_steps(tmp_path, "CREATE TABLE pins (id);"))

    assert run(tmp_path / f"left.db.v{NEWEST}", "SELECT name FROM places WHERE id = 77") == [("in the log only",)]
    assert run(left, "SELECT name FROM places WHERE id = 77") == [("in the log only",)]


def test_a_failed_step_takes_nothing_with_it(tmp_path: Path, database: Path) -> None:
    """A failed step leaves nothing of itself, keeps the steps before it, and can be made again."""
    filled(database)
    migrations = with_steps(
        tmp_path, "CREATE TABLE pins (id);", "CREATE TABLE half (id); INSERT INTO nowhere VALUES (1);"
    )

    with pytest.raises(StoreError, match="no such table: nowhere"):
        migrate(database, migrations)

    assert run(database, "PRAGMA user_version") == [(NEWEST + 1,)]
    assert run(database, "SELECT name FROM sqlite_master WHERE name IN ('pins', 'half')") == [("pins",)]
    assert run(database, "SELECT count(*) FROM places") == [(1,)]
    (migrations / f"{NEWEST + 2:04}_more.sql").write_text("CREATE TABLE half (id);")
    assert migrate(database, migrations) == NEWEST + 2


def overwritten(database: Path) -> None:
    """Damage that SQLite stumbles over: a page in the middle holds something else."""
    content = bytearray(database.read_bytes())
    middle = len(content) // 4096 // 2 * 4096
    content[middle : middle + 4096] = b"\x5a" * 4096
    database.write_bytes(content)


def inconsistent(database: Path) -> None:
    """Damage that only a check finds: a row that the schema does not allow."""
    run(
        database, "PRAGMA ignore_check_constraints = ON", "INSERT INTO places (id, kind, name) VALUES (-1, 'moon', 'x')"
    )


@pytest.mark.parametrize("damage", [overwritten, inconsistent])
def test_a_damaged_database_is_not_upgraded(tmp_path: Path, database: Path, damage: Callable[[Path], None]) -> None:
    """A damaged database is not upgraded, and left as it was."""
    filled(database, rows=500)
    damage(database)
    before = database.read_bytes()

    with pytest.raises(StoreError, match="restore a copy of it"):
        migrate(database, with_steps(tmp_path, "CREATE TABLE pins (id);"))

    assert database.read_bytes() == before


def test_a_fresh_database_needs_no_copy(tmp_path: Path, database: Path) -> None:
    """A fresh database is made without a copy."""
    migrate(database, with_steps(tmp_path, "CREATE TABLE pins (id);"))

    assert sorted(file.name for file in tmp_path.iterdir()) == ["migrations", "parley.db"]


# ------------------------------------------------------------------------------------------ a look without a touch


def test_a_look_leaves_the_file_untouched(database: Path) -> None:
    """`examine` leaves the file, its time and its permissions as they were."""
    filled(database)
    run(database, "PRAGMA journal_mode = WAL")
    database.chmod(0o640)
    before = (database.read_bytes(), database.stat().st_mtime_ns, mode(database))

    assert examine(database) == NEWEST

    assert (database.read_bytes(), database.stat().st_mtime_ns, mode(database)) == before


def test_a_look_makes_no_file(database: Path) -> None:
    """`examine` makes no file, and finds version 0 where there is none."""
    assert examine(database) == 0

    assert not database.exists()


def test_a_look_at_a_fresh_file_finds_version_0(database: Path) -> None:
    """`examine` finds version 0 in an empty file, and `migrate` makes a database of it."""
    database.touch()

    assert examine(database) == 0
    assert migrate(database) == NEWEST
