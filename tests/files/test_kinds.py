"""The kind of a file is decided by its bytes."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.directory import names_in
from bot.files.kinds import Kind, kind_of
from bot.files.kinds import _mpeg_frame as mpeg_frame  # pyright: ignore[reportPrivateUsage] -- a figure to hold it against
from tests.files import samples


def zipped(*names: str) -> bytes:
    """A zip with empty entries of these names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return file.getvalue()


def iso(*brands: bytes) -> bytes:
    """The first box of a file in the ISO base media format: a major brand, a version and the compatible brands."""
    body = b"ftyp" + brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return (4 + len(body)).to_bytes(4, "big") + body + b"\0" * 64


MP3 = b"\xff\xfb\x90\x64" + b"\0" * 413
FILES = {
    Kind.PNG: [b"\x89PNG\r\n\x1a\n"],
    Kind.JPEG: [b"\xff\xd8\xff\xe0\0\x10JFIF"],
    Kind.WEBP: [b"RIFF\x10\0\0\0WEBPVP8 "],
    Kind.AVIF: [iso(b"avif", b"mif1"), iso(b"mif1", b"miaf", b"avif"), iso(b"avis")],
    Kind.GIF: [b"GIF89a\1\0\1\0", b"GIF87a"],
    Kind.HEIC: [iso(b"heic", b"mif1"), iso(b"mif1", b"heic")],
    Kind.SVG: [
        b"<svg/>",
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a --><!DOCTYPE svg PUBLIC "x" "y">\n<svg xmlns="http://www.w3.org/2000/svg">',
        b"<svg:svg >",
    ],
    Kind.PDF: [b"%PDF-1.7\n%\xe2\xe3", b"\n\n%PDF-1.4"],
    Kind.DOCX: [zipped("[Content_Types].xml", "word/document.xml")],
    Kind.XLSX: [zipped("xl/workbook.xml")],
    Kind.PPTX: [zipped("ppt/presentation.xml")],
    Kind.ZIP: [zipped("readme.txt")],
    Kind.OGG: [b"OggS\0\2" + b"\0" * 20 + b"\1\x13OpusHead"],
    Kind.FLAC: [b"fLaC\0\0\0\x22"],
    Kind.MP3: [b"ID3\4\0\0\0\0\0\0", MP3 * 2, MP3, b"\xff\xf3\x40\xc4" + b"\0" * 100],
    Kind.M4A: [iso(b"M4A ", b"mp42"), iso(b"mp42", b"isom") + bytes(100_000) + b"smhd"],
    Kind.WAV: [b"RIFF\x24\0\0\0WAVEfmt "],
    Kind.WEBM: [b"\x1a\x45\xdf\xa3\x42\x82\x84webm\x86\x86A_OPUS"],
    Kind.VIDEO: [
        iso(b"isom", b"mp41"),
        iso(b"qt  "),
        iso(b"mp42") + b"smhd" + b"vmhd",
        b"RIFF\x24\0\0\0AVI LIST",
        b"\x1a\x45\xdf\xa3webmV_VP9 A_OPUS",
        b"OggS\0\2\x80theora",
    ],
    Kind.TEXT: [
        b"a",
        b"hello, \xe4\xb8\x96",
        b"caf\xe9",
        "name".encode("utf-16"),
        "name,value\n".encode("utf-16-le"),
        b"<html><svg></svg></html>",
        b"\x1b[31mred\x1b[0m",
        b"# SVG: <svg",
    ],
    Kind.EMPTY: [b""],
    Kind.UNKNOWN: [
        b"\x7fELF\2\1\1\0",
        b"\0" * 100,
        b"RIFF",
        b"PK\3\4 and no more",
        iso(b"mif1", b"miaf"),
        b"\xff\xfb\x90\x64" + b"\1" * 500,
        b"\xff\xfb\xf0\x64\0",
    ],
}


@pytest.mark.parametrize(("kind", "data"), [(kind, data) for kind, files in FILES.items() for data in files])
def test_a_kind_is_known_by_its_bytes(kind: Kind, data: bytes) -> None:
    """A file is of the kind that its bytes say."""
    assert kind_of(data) is kind


@given(
    st.sampled_from([b"", *(data[: len(data) // 2] for files in FILES.values() for data in files)]),
    st.binary(max_size=400),
)
def test_any_bytes_have_a_kind(begin: bytes, rest: bytes) -> None:
    """The decision raises for no bytes, and nothing but no bytes at all is empty."""
    assert (kind_of(begin + rest) is Kind.EMPTY) == (not begin + rest)


@pytest.mark.parametrize(
    ("header", "length"),
    [(b"\xff\xfb\x90\x64", 417), (b"\xff\xfb\x92\x64", 418), (b"\xff\xf3\x40\xc4", 104), (b"\xff\xe3\x40\xc4", 208)],
)
def test_the_length_of_an_mpeg_frame(header: bytes, length: int) -> None:
    """Frames of MPEG 1, 2 and 2.5 are as long as their headers say: 128 kbit/s at 44.1 kHz is 417 bytes, one more if padded."""
    assert mpeg_frame(header) == length


@pytest.mark.parametrize("before", [b"<!---->", b"<?xml?>", b"<!a>", b" ", b"<!--", b"<"])
def test_what_stands_before_a_root_element_is_passed_at_once(before: bytes) -> None:
    """Whatever is repeated before what may be a drawing, the decision is made at once; a regular expression took hours."""
    assert kind_of(before * 4096 + b"x") is Kind.TEXT
    assert kind_of(before * 3 + b"<svg/>") is (Kind.SVG if before not in {b"<!--", b"<"} else Kind.TEXT)


def test_of_a_directory_only_so_much_is_read() -> None:
    """A zip of 220,000 entries is an archive; nothing beyond the first 10,000 is looked at."""
    crowd = samples.directory(*[b"a"] * 220_000, b"word/document.xml")
    assert kind_of(crowd) is Kind.ZIP
    assert kind_of(samples.directory(b"word/document.xml", *[b"a"] * 9_999)) is Kind.DOCX
    assert names_in(crowd, 3) == [b"a"] * 3


def test_a_directory_in_the_form_of_zip64_is_read() -> None:
    """The directory of an archive in the form for large files is found; one whose end is missing names nothing."""
    data = samples.directory(b"xl/workbook.xml", zip64=True)
    assert kind_of(data) is Kind.XLSX
    assert names_in(data.replace(b"PK\6\6", b"PK\6\0"), 9) == []
    assert kind_of(b"PK\3\4" + bytes(100)) is Kind.UNKNOWN


@given(st.lists(st.text(min_size=1, max_size=20).filter(lambda name: name.isprintable()), max_size=5), st.binary())
def test_a_directory_is_read_as_the_standard_library_reads_it(names: list[str], comment: bytes) -> None:
    """The names of a zip are those that Python's own reader finds, also behind a comment."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in dict.fromkeys(names):
            archive.writestr(zipfile.ZipInfo(name), "")
        archive.comment = comment.replace(b"PK", b"")
    found = [name.decode() for name in names_in(file.getvalue(), 10)]
    with zipfile.ZipFile(file) as archive:
        assert found == archive.namelist()


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_no_bytes_make_the_reader_of_directories_raise(begin: bytes, rest: bytes) -> None:
    """Damage anywhere ends the names, and nothing else happens."""
    assert isinstance(names_in(begin + b"PK\1\2" + rest + b"PK\5\6" + begin, 9), list)
