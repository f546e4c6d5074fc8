"""Packs an export for its upload while it is written: in memory while it fits one upload, else zipped on the disk.

What does not fit is zipped as it comes and cut into pieces, so that neither the whole text nor a second copy is ever on the disk.
Blocking: call everything here in a thread.
"""

import errno
import io
import shutil
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

from bot.errors import ParleyError
from bot.export.temporary_folder import TemporaryFolder

_MIB: Final = 1 << 20


class PackageFull(ParleyError):
    """An export is larger than what may be uploaded or kept on the disk."""


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """The most bytes of an export: of one upload, of all together in memory and on the disk, and of the text before it is zipped.

    `pieces` is the number of uploads that one message takes. `spare` bytes of the disk stay free. The default of `text`
    is what a zip file holds without extensions that some programs cannot read.
    """

    upload: int
    pieces: int = 10
    memory: int = 10 * _MIB
    disk: int = 100 * _MIB
    text: int = zipfile.ZIP64_LIMIT
    spare: int = 200 * _MIB


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to upload, by its name and where its bytes are."""

    name: str
    source: io.BytesIO | Path

    @property
    def size(self) -> int:
        """The number of its bytes."""
        return self.source.stat().st_size if isinstance(self.source, Path) else self.source.getbuffer().nbytes


def messages(uploads: Sequence[Upload], most: int = 24 * _MIB) -> Sequence[Sequence[Upload]]:
    """Share uploads out to messages in order, so that each message has at most `most` bytes, or one upload.

    Discord takes requests of up to 25 MiB (documentation, Create Message, "Limitations").
    """
    shared: list[list[Upload]] = []
    room = 0
    for upload in uploads:
        if not shared or upload.size > room:
            shared.append([])
            room = most
        shared[-1].append(upload)
        room -= upload.size
    return shared


class Package:
    """One export under a file name, used as a context manager, which removes it at the end. Its methods may be called in threads.

    `write` and `uploads` raise PackageFull, and OSError with ENOSPC where the disk has too little room.
    """

    def __init__(self, name: str, folder: TemporaryFolder, limits: PackageLimits) -> None:
        self._name = name
        self._folder = folder
        self._limits = limits
        self._written = 0
        self._memory = io.BytesIO()
        self._zip: _Zip | None = None
        self._lock = threading.Lock()  # a cancelled caller closes the package while its last call still runs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, text: str) -> None:
        """Add text to the export."""
        data = text.encode()
        with self._lock:
            self._count(len(data))
            if self._zip is not None:
                self._zip.write(data)
                return
            self._memory.write(data)
            if self._written > min(self._limits.upload, self._limits.memory):
                self._begin_zip()

    def attach(self, name: str, data: bytes) -> None:
        """Add a picture, after all text. The export is then a zip file, whatever its size."""
        with self._lock:
            self._count(len(data))
            archive = self._begin_zip() if self._zip is None else self._zip
            archive.attach(name, data)

    def _count(self, size: int) -> None:
        self._written += size
        if self._written > self._limits.text:
            raise PackageFull(f"{self._name} is larger than {self._limits.text} bytes")

    def _begin_zip(self) -> "_Zip":
        archive = self._zip = _Zip(self._name, self._folder.make(), self._limits)
        archive.begin()
        archive.write(self._memory.getbuffer())
        self._memory = io.BytesIO()
        return archive

    def uploads(self) -> Sequence[Upload]:
        """Return the files that together hold the export: itself, a zip file, or pieces `….zip.001` to be joined in order."""
        with self._lock:
            if self._zip is None:
                self._memory.seek(0)
                return [Upload(self._name, self._memory)]
            return [Upload(path.name, path) for path in self._zip.finish()]

    def close(self) -> None:
        """Remove what is on the disk."""
        with self._lock:
            if self._zip is not None:
                self._zip.remove()


class _Zip:
    """A zip file with the text in it, then the pictures, cut into pieces in a folder of its own."""

    def __init__(self, name: str, folder: Path, limits: PackageLimits) -> None:
        self._name = name
        self._folder = folder
        self._pieces = _Pieces(folder / f"{name}.zip", limits)
        self._archive = zipfile.ZipFile(self._pieces, "w", zipfile.ZIP_DEFLATED)
        self._entry: IO[bytes] = io.BytesIO()

    def begin(self) -> None:
        self._entry = self._archive.open(self._name, "w")

    def write(self, data: bytes | memoryview) -> None:
        self._entry.write(data)

    def attach(self, name: str, data: bytes) -> None:
        self._entry.close()
        self._archive.writestr(name, data, zipfile.ZIP_STORED)

    def finish(self) -> Sequence[Path]:
        self._entry.close()
        self._archive.close()
        return self._pieces.finish()

    def remove(self) -> None:
        self._pieces.discard()
        self._entry.close()
        self._archive.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class _Pieces:
    """A file object that writes into files `<path>.001`, `<path>.002`, … of the size of an upload."""

    def __init__(self, path: Path, limits: PackageLimits) -> None:
        self._path = path
        self._limits = limits
        self._most = min(limits.upload * limits.pieces, limits.disk)
        self._written = 0
        self._paths: list[Path] = []
        self._piece: IO[bytes] | None = None
        self._room = 0
        self._discards = False

    def write(self, data: bytes, /) -> int:
        rest = memoryview(data)
        size = len(rest)
        if self._discards:
            return size
        self._written += size
        if self._written > self._most:
            raise PackageFull(f"{self._path.name} is larger than {self._most} bytes")
        while rest:
            piece = self._piece if self._piece is not None and self._room else self._next()
            part, rest = rest[: self._room], rest[self._room :]
            piece.write(part)
            self._room -= len(part)
        return size

    def flush(self) -> None:
        """Do nothing: `finish` does it."""

    def finish(self) -> Sequence[Path]:
        """Return the pieces. A single one is named as the whole file."""
        self.close()
        if len(self._paths) == 1:
            self._paths = [self._paths[0].rename(self._path)]
        return self._paths

    def discard(self) -> None:
        """Write nothing more."""
        self._discards = True
        self.close()

    def _next(self) -> IO[bytes]:
        self.close()
        if shutil.disk_usage(self._path.parent).free < self._limits.upload + self._limits.spare:
            raise OSError(errno.ENOSPC, "too little room for an export", str(self._path.parent))
        path = self._path.with_name(f"{self._path.name}.{len(self._paths) + 1:03}")
        self._paths.append(path)
        self._piece, self._room = path.open("wb"), self._limits.upload
        return self._piece

    def close(self) -> None:
        """End the piece that is being written."""
        if self._piece is not None:
            self._piece.close()
            self._piece = None
