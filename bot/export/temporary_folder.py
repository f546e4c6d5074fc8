"""The folder for exports that are too large for memory. It stands beside the database, so that the database's lock guards it too.

Whoever holds that lock may remove what is in it: a process that was killed left it. Blocking: call everything here in a thread.
"""

import logging
import shutil
import tempfile
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_PREFIX: Final = "export-"


class TemporaryFolder:
    """A folder that is made when it is first needed, for this user alone (mode 0700)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def beside(cls, database: Path) -> "TemporaryFolder":
        """Return the folder of a database: `parley.db-export-tmp`."""
        real = database.resolve()
        return cls(real.with_name(f"{real.name}-export-tmp"))

    def make(self) -> Path:
        """Make an empty folder in it for one export."""
        self._path.mkdir(mode=0o700, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._path))

    def clear(self) -> None:
        """Remove all exports, and the folder itself if nothing else is in it. A failure is only logged."""
        try:
            for folder in self._path.glob(f"{_PREFIX}*"):
                shutil.rmtree(folder)
            if self._path.is_dir():
                self._path.rmdir()
        except OSError as error:
            log.warning("%s could not be emptied (%s): remove it while the bot is stopped", self._path, error.strerror)
