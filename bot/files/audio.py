"""The length of audio, read from its headers, so that hours of it are not sent to be transcribed.

Sources: RFC 7845 (Opus in Ogg counts at 48 kHz) and Vorbis I, RFC 9639 (FLAC), ISO/IEC 14496-12 (`mvhd`), RFC 2361
and Microsoft's RIFF (WAV). MP3 has no length: it is estimated by the bit rate of its first frame. WebM's is not read.
"""

import struct
from typing import Final

from bot.files.kinds import MPEG1_KBITS, MPEG2_KBITS, Kind

_OPUS_HERTZ: Final = 48_000


def seconds_of(data: bytes, kind: Kind) -> float | None:
    """Return the length of audio in seconds, None where its headers do not tell. It never raises."""
    readers = {Kind.OGG: _ogg, Kind.FLAC: _flac, Kind.M4A: _m4a, Kind.WAV: _wav, Kind.MP3: _mp3}
    try:
        return readers[kind](data) if kind in readers else None
    except (struct.error, IndexError, ValueError, ZeroDivisionError):
        return None


def _ogg(data: bytes) -> float | None:
    """Return the position of the last page over the rate in the first."""
    last = data.rfind(b"OggS")
    (position,) = struct.unpack_from("<q", data, last + 6)
    vorbis = data.find(b"\x01vorbis", 0, 256)
    hertz = struct.unpack_from("<I", data, vorbis + 12)[0] if vorbis >= 0 else _OPUS_HERTZ
    return position / hertz if position >= 0 else None


def _flac(data: bytes) -> float | None:
    packed = int.from_bytes(data[18:26], "big")
    hertz, samples = packed >> 44, packed & (1 << 36) - 1
    return samples / hertz if samples else None


def _m4a(data: bytes) -> float | None:
    at = data.find(b"mvhd")
    if at < 0:
        return None
    scale, length = struct.unpack_from(
        ">II" if data[at + 4] == 0 else ">IQ", data, at + (16 if data[at + 4] == 0 else 24)
    )
    return length / scale


def _wav(data: bytes) -> float | None:
    (bytes_a_second,) = struct.unpack_from("<I", data, 28)
    return (len(data) - 44) / bytes_a_second


def _mp3(data: bytes) -> float | None:
    begin = 0
    if data.startswith(b"ID3"):  # its length in four bytes of seven bits (ID3v2.4, 3.1)
        begin = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    first, second, third = data[begin : begin + 3]
    if first != 0xFF:
        return None
    kbits = (MPEG1_KBITS if second >> 3 & 3 == 3 else MPEG2_KBITS)[third >> 4]
    return (len(data) - begin) * 8 / (kbits * 1000)
