"""`image_size` reads the width and the height of an image from the first bytes of its file.

Sources: the specifications of PNG ("IHDR Image header"), GIF89a ("Logical Screen Descriptor"), JPEG (T.81, "Frame
header") and WebP ("Simple File Format (Lossy)", "(Lossless)" and "Extended File Format"), and ISO/IEC 23008-12 for AVIF and HEIC
("Image spatial extents").
"""

import struct

Size = tuple[int, int]
"""Width and height in pixels."""

_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers of a frame header; the three left out mean something else."""
_SEARCHED = 4096
"""Bytes of an AVIF or HEIC in which the box `ispe` is looked for."""


def image_size(content: bytes) -> Size | None:
    """Return the size of a PNG, GIF, JPEG, WebP, AVIF or HEIC, None for everything else."""
    try:
        return _size(content)
    except (struct.error, IndexError):  # the file ends too early
        return None


def _size(content: bytes) -> Size | None:
    found: Size | None = None
    if content.startswith(_PNG):
        found = struct.unpack_from(">II", content, 16)
    elif content[:6] in {b"GIF87a", b"GIF89a"}:
        found = struct.unpack_from("<HH", content, 6)
    elif content.startswith(b"\xff\xd8\xff"):
        found = _jpeg_size(content)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        found = _webp_size(content)
    elif content[4:8] == b"ftyp" and (at := content.find(b"ispe", 0, _SEARCHED)) > 0:
        found = struct.unpack_from(">II", content, at + 8)
    return found


def _jpeg_size(content: bytes) -> Size | None:
    at = 2
    while content[at] == 0xFF:
        marker, length = struct.unpack_from(">xBH", content, at)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        at += 2 + length
    return None


def _webp_size(content: bytes) -> Size | None:
    match content[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", content, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", content, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            sides = content[24:30]
            if len(sides) < 6:
                return None
            return int.from_bytes(sides[:3], "little") + 1, int.from_bytes(sides[3:], "little") + 1
        case _:
            return None
