"""The format and the length of a recording, by its bytes.

Sources: RFC 3533 and RFC 7845 (Ogg, Opus at 48 kHz), RFC 9639 (FLAC), ISO/IEC 14496-12 (`mvhd`), Microsoft's "Multimedia
Programming Interface" (WAV), and ISO/IEC 11172-3 (MP3; the bit rate of the first frame counts for all).
"""

import struct
from typing import Final

_OPUS_RATE: Final = 48_000
_LAST_PAGE: Final = 128 * 1024
"""Bytes at the end of an Ogg file in which its last page begins: a page has at most 65,307."""
_BIT_RATES: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
"""Kilobits a second of MPEG 1 layer 3, by the index in a frame's header."""
_LOW_BIT_RATES: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
"""The same of MPEG 2 and 2.5."""


def extension_of(data: bytes) -> str | None:
    """Return the extension by which transcribers know a recording's format; None for what is no recording that they take."""
    found = next((extension for magic, extension in _MAGIC if data.startswith(magic)), None)
    if found is None and data[4:8] == b"ftyp":
        return "m4a"
    if found is None and len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2:
        return "mp3"
    return found if found != "wav" or data[8:12] == b"WAVE" else None


_MAGIC: Final = ((b"OggS", "ogg"), (b"fLaC", "flac"), (b"RIFF", "wav"), (b"ID3", "mp3"), (b"\x1aE\xdf\xa3", "webm"))


def seconds_of(data: bytes) -> float | None:
    """Return the length of a recording in seconds; None where its bytes do not tell."""
    read = {"ogg": _ogg, "flac": _flac, "wav": _wav, "mp3": _mp3, "m4a": _m4a}.get(extension_of(data) or "")
    try:
        return None if read is None else read(data)
    except (struct.error, IndexError, ZeroDivisionError):  # the file ends too early, or its header is nonsense
        return None


def _ogg(data: bytes) -> float | None:
    """Return the length by the granule of the last page, whose unit is the codec's."""
    last = data.rfind(b"OggS", max(0, len(data) - _LAST_PAGE))
    (granule,) = struct.unpack_from("<q", data, last + 6)
    head = data[:512]
    if b"OpusHead" in head:
        return max(0, granule) / _OPUS_RATE
    if (at := head.find(b"\x01vorbis")) >= 0:
        return max(0, granule) / struct.unpack_from("<I", data, at + 12)[0]
    return None


def _flac(data: bytes) -> float:
    (packed,) = struct.unpack_from(">Q", data, 18)
    return (packed & 0xF_FFFF_FFFF) / (packed >> 44)


def _wav(data: bytes) -> float:
    (per_second,) = struct.unpack_from("<I", data, 28)
    return len(data) / per_second


def _m4a(data: bytes) -> float | None:
    if (at := data.find(b"mvhd")) < 0:
        return None
    scale, length = struct.unpack_from(">IQ" if data[at + 4] else ">II", data, at + (24 if data[at + 4] else 16))
    return length / scale


def _mp3(data: bytes) -> float | None:
    start = 0
    if data.startswith(b"ID3"):
        sizes = data[6:10]
        start = 10 + sum((sizes[index] & 0x7F) << (7 * (3 - index)) for index in range(4))
    if data[start] != 0xFF or data[start + 1] & 0xE6 != 0xE2:
        return None
    rates = _BIT_RATES if data[start + 1] & 0x18 == 0x18 else _LOW_BIT_RATES
    return (len(data) - start) / (rates[data[start + 2] >> 4] * 125)
