"""The packing of an export: in memory, zipped, or zipped and cut into pieces."""

import errno
import io
import random
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.export.package import Package, PackageFull, PackageLimits, Upload, messages
from bot.export.temporary_folder import TemporaryFolder

NAME = "parley-1.json"
NOISE = "".join(random.Random(0).choices("0123456789abcdef", k=20_000))
"""20,000 bytes of which a zip file needs 10,000 at least."""


def limits(
    upload: int, pieces: int = 10, memory: int = 1 << 20, disk: int = 1 << 20, text: int = 1 << 20
) -> PackageLimits:
    """Limits that leave no bytes of the disk free."""
    return PackageLimits(upload, pieces, memory, disk, text, spare=0)


@pytest.fixture
def folder(tmp_path: Path) -> TemporaryFolder:
    """The folder for what is too large for memory; it is at `tmp_path / "exports"`."""
    return TemporaryFolder(tmp_path / "exports")


def content(uploads: Sequence[Upload]) -> bytes:
    """The bytes of all files, joined."""
    return b"".join(
        upload.source.read_bytes() if isinstance(upload.source, Path) else upload.source.read() for upload in uploads
    )


def unzipped(uploads: Sequence[Upload]) -> str:
    """The text in a zip file or in its pieces."""
    with zipfile.ZipFile(io.BytesIO(content(uploads))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [NAME]
        return archive.read(NAME).decode()


def on_disk(tmp_path: Path) -> list[Path]:
    """All files of exports that are on the disk."""
    return [path for path in (tmp_path / "exports").rglob("*") if path.is_file()]


def test_what_fits_stays_in_memory(folder: TemporaryFolder, tmp_path: Path) -> None:
    """An export of exactly the size of an upload is that upload, and touches no disk."""
    with Package(NAME, folder, limits(20_000)) as package:
        package.write(NOISE[:7])
        package.write(NOISE[7:])
        uploads = package.uploads()
        assert [upload.name for upload in uploads] == [NAME]
        assert content(uploads).decode() == NOISE
    assert list(tmp_path.iterdir()) == []


def test_what_fits_an_upload_and_not_memory_is_zipped(folder: TemporaryFolder) -> None:
    """An export above the limit of memory comes as a zip file, though one upload would take it as it is."""
    with Package(NAME, folder, limits(50_000, memory=19_999)) as package:
        package.write(NOISE)
        uploads = package.uploads()
        assert [upload.name for upload in uploads] == [f"{NAME}.zip"]
        assert unzipped(uploads) == NOISE


def test_a_larger_file_is_zipped(folder: TemporaryFolder) -> None:
    """An export that fits when zipped comes as one zip file, however it was written."""
    with Package(NAME, folder, limits(5_000)) as package:
        for _ in range(1_000):
            package.write("hello " * 100)
        uploads = package.uploads()
        assert [upload.name for upload in uploads] == [f"{NAME}.zip"]
        assert len(content(uploads)) <= 5_000
        assert unzipped(uploads) == "hello " * 100_000


def test_uploads_are_shared_out_to_messages(folder: TemporaryFolder) -> None:
    """Uploads are sent in order, in messages of at most so many bytes; one that is larger has a message of its own."""
    with Package(NAME, folder, limits(2_500)) as package:
        package.write(NOISE)
        uploads = package.uploads()
        assert messages(uploads, 5_000) == [uploads[:2], uploads[2:4], uploads[4:]]
        assert messages(uploads, 2_499) == [[upload] for upload in uploads[:-1]] + [uploads[-1:]]
    memory = [Upload(NAME, io.BytesIO(b"12345"))] * 3
    assert messages(memory, 10) == [memory[:2], memory[2:]]
    assert messages([]) == []


@pytest.mark.parametrize("limit", [1_300, 2_500, 9_999])
def test_pieces_joined_in_order_are_the_zip_file(folder: TemporaryFolder, tmp_path: Path, limit: int) -> None:
    """Pieces within the limit, joined in the order of their numbers, give the zip file; nothing else is on the disk."""
    with Package(NAME, folder, limits(limit)) as package:
        for start in range(0, len(NOISE), 777):
            package.write(NOISE[start : start + 777])
        uploads = package.uploads()
        assert [upload.name for upload in uploads] == [f"{NAME}.zip.{n:03}" for n in range(1, len(uploads) + 1)]
        assert len(uploads) > 1
        assert all(0 < path.stat().st_size <= limit for path in on_disk(tmp_path))
        assert sum(path.stat().st_size for path in on_disk(tmp_path)) == len(content(uploads))
        assert unzipped(uploads) == NOISE
    assert on_disk(tmp_path) == []


@pytest.mark.parametrize(
    "narrow", [limits(1_000, pieces=9), limits(9_000, disk=9_000), limits(9_000, text=19_999)], ids=["pieces", "disk", "text"]
)  # one limit each # fmt: skip
def test_what_is_too_large_is_given_up(folder: TemporaryFolder, tmp_path: Path, narrow: PackageLimits) -> None:
    """An export above a limit raises PackageFull at the latest when it is complete, never fills more, and leaves nothing."""
    with Package(NAME, folder, narrow) as package:
        package.write(NOISE[:1_001])
        with pytest.raises(PackageFull):
            write_and_finish(package, NOISE[1_001:])
        assert sum(path.stat().st_size for path in on_disk(tmp_path)) <= 9_000
    assert on_disk(tmp_path) == []


def write_and_finish(package: Package, text: str) -> None:
    """Write text and ask for the uploads."""
    package.write(text)
    package.uploads()


def test_the_last_room_of_the_disk_is_left_free(folder: TemporaryFolder, tmp_path: Path) -> None:
    """An export is not begun on a disk on which it would leave less than the spare bytes."""
    with (
        Package(NAME, folder, PackageLimits(100, spare=1 << 62)) as package,
        pytest.raises(OSError, match="too little room") as caught,
    ):
        write_and_finish(package, NOISE)
    assert caught.value.errno == errno.ENOSPC
    assert on_disk(tmp_path) == []


def test_a_package_that_is_closed_while_it_is_written_leaves_nothing(folder: TemporaryFolder, tmp_path: Path) -> None:
    """A close waits for the write that is under way in another thread, and removes what it wrote."""
    with Package(NAME, folder, limits(5_000)) as package:
        package.write(NOISE)
        writing = threading.Thread(target=package.write, args=(NOISE * 20,))
        writing.start()
        package.close()
        writing.join()
    assert on_disk(tmp_path) == []


def test_pictures_come_in_a_zip_file_with_the_text(folder: TemporaryFolder, tmp_path: Path) -> None:
    """With pictures the export is a zip file, however small, which holds the text and each picture under its name."""
    pictures = {"files/1.png": b"\x89PNG" * 9, "files/2.jpg": random.Random(1).randbytes(900)}
    for text in ("small", NOISE):
        with Package(NAME, folder, limits(30_000)) as package:
            package.write(text)
            for name, data in pictures.items():
                package.attach(name, data)
            (upload,) = package.uploads()
            assert upload.name == f"{NAME}.zip"
            with zipfile.ZipFile(io.BytesIO(content([upload]))) as archive:
                assert archive.testzip() is None
                assert archive.namelist() == [NAME, *pictures]
                assert archive.read(NAME).decode() == text
                assert {name: archive.read(name) for name in pictures} == pictures
        assert on_disk(tmp_path) == []


def test_pictures_count_towards_the_limits(folder: TemporaryFolder) -> None:
    """Pictures that together are larger than an export may be end it."""
    with Package(NAME, folder, limits(30_000, text=1_000)) as package:
        package.write("text")
        package.attach("files/1.png", b"x" * 900)
        with pytest.raises(PackageFull):
            package.attach("files/2.png", b"x" * 900)
