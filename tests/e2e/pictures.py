"""Pictures for tests: real PNG files, as the intake hands them over."""

import struct
import zlib
from hashlib import sha256

from bot.chat.content import Blob, Media, MediaKind
from bot.chat.ports.intake import Rendered


def png(width: int, height: int, shade: int = 128) -> bytes:
    """A grey picture."""
    rows = (b"\0" + bytes([shade]) * width) * height

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(name: str = "cat.png", width: int = 512, height: int = 512, shade: int = 128) -> tuple[Media, Blob]:
    """A picture of a question and its bytes."""
    data = png(width, height, shade)
    blob = Blob(sha256(data).digest(), "image/png", data, width, height)
    media = Media(
        MediaKind.IMAGE, name, 0, hash=blob.hash, media_type="image/png", size=len(data), width=width, height=height
    )
    return media, blob


def with_picture(name: str = "cat.png", width: int = 512, height: int = 512, shade: int = 128) -> Rendered:
    """The contents of a question beside its text: one picture."""
    media, blob = picture(name, width, height, shade)
    return Rendered((media,), (blob,))
