"""The folder for exports that are too large for memory."""

import stat
from pathlib import Path

import pytest

from bot.export.temporary_folder import TemporaryFolder


def test_it_is_for_this_user_alone(tmp_path: Path) -> None:
    """The folder stands beside the database and is made when it is needed; it and each export's folder have mode 0700."""
    folder = TemporaryFolder.beside(tmp_path / "parley.db")
    assert list(tmp_path.iterdir()) == []
    exports = {folder.make(), folder.make()}
    assert len(exports) == 2
    (made,) = tmp_path.iterdir()
    assert made.name == "parley.db-export-tmp"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (made, *exports)} == {0o700}


def test_leftovers_are_removed(tmp_path: Path) -> None:
    """Leftovers of killed processes are removed with the folder."""
    TemporaryFolder(tmp_path / "exports").make().joinpath("piece").write_text("secret")
    TemporaryFolder(tmp_path / "exports").clear()
    assert list(tmp_path.iterdir()) == []
    TemporaryFolder(tmp_path / "exports").clear()


def test_what_is_not_ours_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file of somebody else's in the folder is kept, and named in the log."""
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "mine.md").write_text("kept")
    folder = TemporaryFolder(tmp_path / "exports")
    folder.make()
    folder.clear()
    assert [path.name for path in (tmp_path / "exports").iterdir()] == ["mine.md"]
    assert "could not be emptied" in caplog.text
