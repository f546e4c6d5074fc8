"""The packing of a file that is too large to upload."""

import random
import zipfile
from pathlib import Path

import pytest

from bot.export.compression import compressed


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """A file of 10,000 bytes that cannot be made smaller."""
    file = tmp_path / "parley-1.json"
    file.write_bytes(random.Random(0).randbytes(10_000))
    return file


def test_a_file_that_fits_is_sent_as_it_is(noise: Path) -> None:
    """A file within the limit stays as it is."""
    assert compressed(noise, 10_000, 10) == [noise]


def test_a_larger_file_is_zipped(tmp_path: Path) -> None:
    """A file that fits when zipped comes as a zip file with the file in it."""
    file = tmp_path / "parley-1.md"
    file.write_text("hello " * 10_000)

    (zipped,) = compressed(file, 5000, 10)

    assert zipped == tmp_path / "parley-1.md.zip"
    assert zipped.stat().st_size <= 5000
    with zipfile.ZipFile(zipped) as archive:
        assert archive.namelist() == ["parley-1.md"]
        assert archive.read("parley-1.md") == file.read_bytes()


@pytest.mark.parametrize("limit", [1001, 2500, 9999])
def test_pieces_joined_in_order_are_the_zip_file(noise: Path, limit: int) -> None:
    """Pieces within the limit, joined in the order of their numbers, give the zip file."""
    pieces = compressed(noise, limit, 11)

    assert [piece.name for piece in pieces] == [f"parley-1.json.zip.{n:03}" for n in range(1, len(pieces) + 1)]
    assert len(pieces) > 1
    assert all(0 < piece.stat().st_size <= limit for piece in pieces)
    joined = noise.with_name("joined.zip")
    joined.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    with zipfile.ZipFile(joined) as archive:
        assert archive.testzip() is None
        assert archive.read(noise.name) == noise.read_bytes()


def test_too_many_pieces_are_none(noise: Path) -> None:
    """A file that needs more pieces than allowed gives none."""
    assert compressed(noise, 1000, 10) == []


def test_exactly_as_many_pieces_as_allowed_are_sent(noise: Path) -> None:
    """A file that needs exactly as many pieces as allowed gives them all."""
    assert len(compressed(noise, 10_000 // 9, 10)) == 10
