"""Two bots on one database would answer everything twice; the second must not start."""

import stat
import subprocess
import sys
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


def another_bot(database: Path) -> subprocess.Popen[str]:
    """A process that tries to hold the lock, says how that went, and holds it until its standard input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def first_line(process: subprocess.Popen[str]) -> str:
    """What the process says first."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    """If two bots could share a database, every question would be answered twice and paid for twice."""
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
    """If a crash left the lock behind, no bot could start until somebody finds and deletes a file."""
    database = tmp_path / "parley.db"
    with another_bot(database) as first:
        assert first_line(first) == "held"
        with pytest.raises(StoreError, match="in use by another Parley"), locked(database):
            pass
        first.kill()
        first.communicate()

    with locked(database):
        pass


def test_the_database_itself_is_not_touched(tmp_path: Path) -> None:
    """If the lock were on the database file, closing it would drop SQLite's own locks, and the file could break."""
    database = tmp_path / "parley.db"
    with locked(database):
        assert not database.exists()
        lock = tmp_path / "parley.db.lock"
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600


def test_two_databases_in_one_folder_do_not_disturb_each_other(tmp_path: Path) -> None:
    """If the lock were the folder's, nobody could run two bots side by side."""
    with locked(tmp_path / "one.db"), locked(tmp_path / "two.db"):
        pass


@pytest.mark.parametrize("path", ["missing/parley.db", "file/parley.db", "folder/parley.db"])
def test_a_lock_that_cannot_be_made_is_said(tmp_path: Path, path: str) -> None:
    """If an unusable folder ended in a traceback, its operator would have to guess what is wrong with it."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder" / "parley.db.lock").mkdir(parents=True)

    with pytest.raises(StoreError, match="cannot be made"), locked(tmp_path / path):
        pass

    assert not (tmp_path / "missing").exists()
