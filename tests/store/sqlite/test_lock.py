"""The lock of a database, which refuses a second bot on it."""

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


def test_the_database_itself_is_not_touched(tmp_path: Path) -> None:
    """The lock is a file beside the database, for its owner alone, and the database is not made."""
    database = tmp_path / "parley.db"
    with locked(database):
        assert not database.exists()
        lock = tmp_path / "parley.db.lock"
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600


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
