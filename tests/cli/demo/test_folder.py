"""The folder of the demo: made, kept or removed, and refused in words."""

from pathlib import Path

import pytest

from bot.cli.demo.folder import DATABASE, database_in
from bot.errors import StoreError
from bot.store.sqlite.lock import locked


def test_without_one_nothing_is_left() -> None:
    """Every demo would leave a folder behind."""
    with database_in(None) as database:
        assert database.parent.is_dir()
        database.write_text("x")
    assert not database.parent.exists()


def test_one_that_is_named_is_made_and_stays(folder: Path) -> None:
    """Who wants to look at the database would find none."""
    with database_in(Path("deep/down")) as database:
        assert database == folder / "deep" / "down" / DATABASE
    assert database.parent.is_dir()


def test_the_users_own_history_is_left_alone(folder: Path) -> None:
    """`--data .` would put the demo's chatter into the history of a real server."""
    with database_in(Path()) as database:
        assert database.name != "parley.db"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("file", "is a file"),
        ("file/below", "cannot be made"),
        ("/proc/parley", "cannot be made"),
        ("taken", "in use by another"),
        ("foreign", "not a database"),
    ],
)
def test_what_is_of_no_use_is_said(folder: Path, data: str, said: str) -> None:
    """The demo would begin and then end in an error that does not name the option."""
    (folder / "file").write_text("x")
    for name in ("taken", "foreign"):
        (folder / name).mkdir()
    (folder / "foreign" / DATABASE).write_bytes(b"no database at all " * 100)
    with (
        locked(folder / "taken" / DATABASE),
        pytest.raises(StoreError, match=f"--data {data} .*{said}"),
        database_in(Path(data)),
    ):
        pass
