"""The directory of a zip archive, read without trust in what it says of itself.

The standard library reads a directory of any length: one of 10 MB takes nine seconds and 90 MB of memory.
Source: PKWARE's APPNOTE.TXT, 4.3.12 (central directory) to 4.3.16 (its end, also in the form of Zip64).
"""

from collections.abc import Iterator
from typing import Final

_ENTRY: Final = b"PK\x01\x02"
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x06"
_LOCATOR_64: Final = b"PK\x06\x07"
_ENTRY_BYTES: Final = 46
_END_BYTES: Final = 22
_LOCATOR_BYTES: Final = 20
_END_64_BYTES: Final = 56
_LONGEST_COMMENT: Final = 65_535


def names_in(data: bytes, most: int) -> list[bytes]:
    """Return the names of a zip's entries, at most `most` of them; those before a damaged one. It never raises."""
    return [name for name, _ in zip(_names(data), range(most), strict=False)]


def _names(data: bytes) -> Iterator[bytes]:
    at, end = _bounds(data)
    while at >= 0 and at + _ENTRY_BYTES <= end and data.startswith(_ENTRY, at):
        lengths = [int.from_bytes(data[at + field : at + field + 2], "little") for field in (28, 30, 32)]
        yield data[at + _ENTRY_BYTES : at + _ENTRY_BYTES + lengths[0]]
        at += _ENTRY_BYTES + sum(lengths)


def _bounds(data: bytes) -> tuple[int, int]:
    """Return where the directory begins and ends; -1 for an archive without one."""
    end = data.rfind(_END, max(0, len(data) - _LONGEST_COMMENT - _END_BYTES))
    if end < 0:
        return -1, -1
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if data.startswith(_LOCATOR_64, max(0, end - _LOCATOR_BYTES)):
        end -= _LOCATOR_BYTES + _END_64_BYTES
        if end < 0 or not data.startswith(_END_64, end):
            return -1, -1
        size = int.from_bytes(data[end + 40 : end + 48], "little")
    return end - size, end
