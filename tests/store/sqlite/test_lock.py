"""The lock of a database, which refuses a second bot on it."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sqlite.lock import locked

HOLDER = """
import sys
from pathlib import Path
from bot.errors import StoreError
from bot.store.sqlite.lock import locked
try:
    with locked(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
except StoreError as error:
    print(error)
"""
WRITER = """
import sqlite3, sys
sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute("INSERT INTO t VALUES (1)")
"""


def another_bot(database: Path) -> subprocess.Popen[str]:
    """A process that tries to hold the lock, says how that went, and holds it until its standard input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def another_writes(database: Path) -> str:
    """Return the words of another process that writes a row: nothing when it could."""
    writing = [sys.executable, "-c", WRITER, str(database)]
    return subprocess.run(writing, capture_output=True, text=True, check=False).stderr


def first_line(process: subprocess.Popen[str]) -> str:
    """The first line that the process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    """A second process is refused as long as the first holds the lock."""
    database = tmp_path / "parley.db"
    with locked(database), another_bot(database) as second:
        said, _ = second.communicate()
    assert said.strip() == (
        f"{database} is in use by another Parley: stop that one first, or give this one its own history.path"
    )

    with another_bot(database) as third:
        assert first_line(third) == "held"
        third.communicate()


def test_a_process_that_was_killed_leaves_no_lock(tmp_path: Path) -> None:
    """A process that was killed leaves no lock."""
    database = tmp_path / "parley.db"
    with another_bot(database) as first:
        assert first_line(first) == "held"
        with pytest.raises(StoreError, match="in use by another Parley"), locked(database):
            pass
        first.kill()
        first.communicate()

    with locked(database):
        pass


def test_the_database_is_made_empty_where_there_is_none(tmp_path: Path) -> None:
    """The lock is a file beside the database, for its owner alone; the database is made empty, and what is in one stays."""
    database = tmp_path / "parley.db"
    with locked(database):
        assert database.read_bytes() == b""
        assert {stat.S_IMODE(path.stat().st_mode) for path in (database, tmp_path / "parley.db.lock")} == {0o600}
        database.write_bytes(b"something")
    with locked(database):
        assert database.read_bytes() == b"something"


@pytest.mark.parametrize("existed", [True, False])
def test_another_name_of_the_file_is_the_same_database(tmp_path: Path, *, existed: bool) -> None:
    """A hard link in another folder, made before or after the start, is recognised as the database that is in use."""
    database, link = tmp_path / "parley.db", tmp_path / "elsewhere" / "linked.db"
    link.parent.mkdir()
    if existed:
        database.touch()
        link.hardlink_to(database)
    with locked(database):
        if not existed:
            link.hardlink_to(database)
        with another_bot(link) as second:
            said, _ = second.communicate()
    assert f"{link} is in use by another Parley" in said
    with another_bot(link) as third:
        assert first_line(third) == "held"
        third.communicate()


def test_the_lock_is_apart_from_those_of_sqlite(tmp_path: Path) -> None:
    """Another process reads and writes the locked database, as `check` and the export do, and two of ours lock each other."""
    database = tmp_path / "parley.db"
    with locked(database), closing(sqlite3.connect(database, isolation_level=None)) as ours:
        ours.execute("CREATE TABLE t (n)")
        ours.execute("BEGIN IMMEDIATE")
        assert "locked" in another_writes(database)
        ours.execute("COMMIT")
        assert another_writes(database) == ""
        assert ours.execute("SELECT n FROM t").fetchall() == [(1,)]


def test_two_databases_in_one_folder_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Two databases in one folder have locks of their own."""
    with locked(tmp_path / "one.db"), locked(tmp_path / "two.db"):
        pass


@pytest.mark.parametrize("path", ["missing/parley.db", "file/parley.db", "folder/parley.db"])
def test_a_lock_that_cannot_be_made_is_said(tmp_path: Path, path: str) -> None:
    """A lock that cannot be made raises StoreError, and no folder is made for it."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder" / "parley.db.lock").mkdir(parents=True)

    with pytest.raises(StoreError, match="cannot be made"), locked(tmp_path / path):
        pass

    assert not (tmp_path / "missing").exists()
