"""Tests of the size of images, with the first bytes of real files (sources: the formats' specifications)."""

import base64
import struct

import pytest

from bot.sandbox.images import image_size

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAD0lEQVR4nGP4z8AARBAEAAv1AfDk1FqAAAAAAElFTkSuQmCC"
)
GIF = base64.b64decode("R0lGODlhAwACAIAAAP///wAAACwAAAAAAwACAAACAoRdADs=")
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc4\x00\x05abc\xff\xc2\x00\x11\x08\x00\x02\x00\x03\x03"
)


def webp(kind: bytes, start: bytes) -> bytes:
    """Return the beginning of a WebP file with one chunk."""
    return b"RIFF" + struct.pack("<I", 100) + b"WEBP" + kind + struct.pack("<I", 10) + start


@pytest.mark.parametrize(
    "content",
    [
        PNG,
        GIF,
        JPEG,
        webp(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 3, 2)),
        webp(b"VP8L", b"\x2f" + struct.pack("<I", 2 | 1 << 14)),
        webp(b"VP8X", b"\x00" * 4 + b"\x02\x00\x00\x01\x00\x00"),
        b"\0\0\0\x1cftypavif" + bytes(20) + b"\0\0\0\x14ispe" + struct.pack(">III", 0, 3, 2),
    ],
    ids=["png", "gif", "progressive jpeg", "lossy webp", "lossless webp", "extended webp", "avif"],
)
def test_each_format_tells_its_size(content: bytes) -> None:
    """The size of a PNG, GIF, JPEG, WebP and AVIF is read (the format's specification)."""
    assert image_size(content) == (3, 2)


@pytest.mark.parametrize("content", [PNG, GIF, JPEG, webp(b"VP8X", b"\x00" * 9)])
def test_a_file_that_ends_early_has_no_size(content: bytes) -> None:
    """A file that ends too early has no size (the format's specification)."""
    for length in range(min(len(content), 24)):
        assert image_size(content[:length]) in {None, (3, 2)}
    assert image_size(content[:9]) is None


@pytest.mark.parametrize("content", [b"", b"hello", b"RIFF0000WAVEfmt ", b"\xff\xd8\xff" + b"\x00" * 20])
def test_other_files_have_no_size(content: bytes) -> None:
    """A file that is no image has no size (OpenAPI document, MessageAttachmentResponse: width and height are optional)."""
    assert image_size(content) is None
