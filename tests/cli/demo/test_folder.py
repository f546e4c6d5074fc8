"""The folder of the demo: made, kept or removed, and refused with a reason."""

from pathlib import Path

import pytest

from bot.cli.demo.folder import DATABASE, database_in
from bot.errors import StoreError
from bot.store.sqlite.lock import locked


def test_without_one_nothing_is_left() -> None:
    """Without `--data` the database lies in a temporary folder, which is removed at the end."""
    with database_in(None) as database:
        assert database.parent.is_dir()
        database.write_text("x")
    assert not database.parent.exists()


def test_one_that_is_named_is_made_and_stays(folder: Path) -> None:
    """A folder that is named is made with its parents and stays."""
    with database_in(Path("deep/down")) as database:
        assert database == folder / "deep" / "down" / DATABASE
    assert database.parent.is_dir()


def test_the_users_own_history_is_left_alone(folder: Path) -> None:
    """The demo's database has another name than the user's own."""
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
    """A folder that cannot be used is refused with an error that names the option and the reason."""
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
