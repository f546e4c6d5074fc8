"""The format and the length of a recording, by its bytes.

The length is that of the frames, because a header may say anything, and a transcriber charges for what it hears.

Sources: RFC 3533, RFC 7845 and RFC 6716, 3.1 (Ogg, Opus at 48 kHz, the length of its packets), RFC 9639 (FLAC), ISO/IEC 14496-12
(`mvhd`, `stsz`, `trun`), Microsoft's "Multimedia Programming Interface" (WAV), and ISO/IEC 11172-3 with 13818-3 (MP3).
"""

import re
import struct
from collections.abc import Iterator
from math import inf
from typing import Final

_OGG_HEAD: Final = 27
"""Bytes of a page's header in front of the lengths of its segments."""
_OPUS_RATE: Final = 48_000
_OPUS_SAMPLES: Final = (
    *(480, 960, 1920, 2880) * 3,
    *(480, 960) * 2,
    *(120, 240, 480, 960) * 4,
)
"""Samples of one frame, by the configuration in the first byte of a packet."""
_BIT_RATES: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
"""Kilobits a second of MPEG 1 layer 3, by the index in a frame's header."""
_LOW_BIT_RATES: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
"""The same of MPEG 2 and 2.5."""
_MPEG_RATES: Final = (44_100, 48_000, 32_000)
_FLAC_BLOCKS: Final = (0, 192, 576, 1152, 2304, 4608, 0, 0, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
"""Samples of a frame, by the code in its header; of 6 and 7 the header ends with them."""
_FLAC_HEAD: Final = re.compile(
    rb"(?s)\xff(?=[\xf8\xf9][%b][\x00-\xaf].{12})"
    % b"".join(b"\\x%02x" % one for one in range(16, 255) if one & 0xF != 0xF)
)
_MOST_SEGMENTS: Final = 1_000_000
"""Segments of packets in an Ogg file that are looked at, five hours of speech: more are there to be slow."""
_MOST_OTHERS: Final = 20_000
"""Bytes that look like a header and are none, as 10 MB of noise have by chance some hundreds: more are there to be slow."""
_MPEG_HEAD: Final = re.compile(
    rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][%b]" % b"".join(b"\\x%02x" % one for one in range(16, 240) if one & 0xC != 0xC)
)
_MOST_BOXES: Final = 100_000
"""Boxes of one name in an MP4 file, as one for each second of a day: more are there to be slow."""
_AAC_SAMPLES: Final = 1024
_AAC_RATE: Final = 48_000


def extension_of(data: bytes) -> str | None:
    """Return the extension by which transcribers know a recording's format; None for what is no recording that they take."""
    found = next((extension for magic, extension in _MAGIC if data.startswith(magic)), None)
    if found is None and data[4:8] == b"ftyp":
        return "m4a"
    if found is None and len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2:
        return "mp3"
    return found if found != "wav" or data[8:12] == b"WAVE" else None


_MAGIC: Final = ((b"OggS", "ogg"), (b"fLaC", "flac"), (b"RIFF", "wav"), (b"ID3", "mp3"), (b"\x1aE\xdf\xa3", "webm"))


class _TooMany(Exception):
    """A file has more segments or boxes than any recording."""


def seconds_of(data: bytes) -> float | None:
    """Return the length of a recording in seconds; None where its bytes do not tell. Blocking: a second for 10 MB."""
    read = {"ogg": _ogg, "flac": _flac, "wav": _wav, "mp3": _mp3, "m4a": _m4a}.get(extension_of(data) or "")
    try:
        return None if read is None else read(data)
    except _TooMany:
        return inf
    except (struct.error, IndexError, ZeroDivisionError):  # the file ends too early, or its header is nonsense
        return None


def _ogg(data: bytes) -> float | None:
    """Return the length by the packets of Opus; of Vorbis by the highest granule, or what its packets hold at least."""
    head = data[:512]
    if b"OpusHead" in head:
        return sum(_opus_samples(data[at : at + 2]) for _, at in _packets(data)) / _OPUS_RATE
    if (at := head.find(b"\x01vorbis")) >= 0:
        (rate,) = struct.unpack_from("<I", data, at + 12)
        shortest = 1 << (data[at + 28] & 0xF) >> 1
        samples = highest = 0
        for granule, _ in _packets(data):
            samples, highest = samples + shortest, max(highest, granule)
        return max(samples, highest) / rate
    return None


def _packets(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the granule of the page and the position of each packet of an Ogg file that begins with `OggS`.

    A page whose header is cut off ends the file. A packet goes on in the next page only where that says so. Raises _TooMany.
    """
    at, continued, segments = 0, False, 0
    while 0 <= at <= len(data) - _OGG_HEAD:
        (granule,) = struct.unpack_from("<q", data, at + 6)
        lengths = data[at + _OGG_HEAD : at + _OGG_HEAD + data[at + 26]]
        segments += len(lengths)
        if segments > _MOST_SEGMENTS:
            raise _TooMany
        continued = continued and bool(data[at + 5] & 1)
        body = at + _OGG_HEAD + len(lengths)
        for length in lengths:
            if not continued:
                yield granule, body
            body += length
            continued = length == 255
        at = data.find(b"OggS", body)


def _opus_samples(packet: bytes) -> int:
    """Return the samples of an Opus packet, by its first two bytes. Headers have none."""
    if len(packet) < 2 or packet == b"Op":
        return 0
    frames = (1, 2, 2, packet[1] & 0x3F)[packet[0] & 3]
    return frames * _OPUS_SAMPLES[packet[0] >> 3]


def _flac(data: bytes) -> float:
    """Return the length by the headers of frames, of which each has a checksum."""
    (packed,) = struct.unpack_from(">Q", data, 18)
    samples, others = 0, 0
    for found in _FLAC_HEAD.finditer(data):
        more = _flac_samples(data[found.start() : found.start() + 16])
        samples, others = samples + more, others + (not more)
        if others > _MOST_OTHERS:
            return inf
    return max(packed & 0xF_FFFF_FFFF, samples) / (packed >> 44)


def _flac_samples(head: bytes) -> int:
    """Return the samples of a frame that begins with these bytes, 0 where its checksum is not that of a frame."""
    code, rate = head[2] >> 4, head[2] & 0xF
    end = 5 if head[4] < 0x80 else 12 - (head[4] ^ 0xFF).bit_length()
    size = {6: 1, 7: 2}.get(code, 0)
    length = end + size + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if _crc8(head[:length]) != head[length]:
        return 0
    return _FLAC_BLOCKS[code] or int.from_bytes(head[end : end + size], "big") + 1


def _crc8(data: bytes) -> int:
    found = 0
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found << 1 ^ 0x107) if found & 0x80 else found << 1
    return found


def _wav(data: bytes) -> float:
    at = data.find(b"fmt ")
    channels, rate, per_second, bits = struct.unpack_from("<HII2xH", data, at + 10)
    return len(data) / (min(per_second, channels * rate * bits // 8) or per_second)


def _m4a(data: bytes) -> float | None:
    """Return the longer of what the header says and what the number of frames makes."""
    if (at := data.find(b"mvhd")) < 0:
        return None
    scale, length = struct.unpack_from(">IQ" if data[at + 4] else ">II", data, at + (24 if data[at + 4] else 16))
    frames = sum(_counts(data, b"stsz", 12)) + sum(_counts(data, b"trun", 8))
    return max(length / scale, frames * _AAC_SAMPLES / _AAC_RATE)


def _counts(data: bytes, name: bytes, offset: int) -> Iterator[int]:
    """Yield the number of samples that each box of a name has. Raises _TooMany."""
    at = found = 0
    while (at := data.find(name, at)) >= 0:
        found += 1
        if found > _MOST_BOXES:
            raise _TooMany
        yield int.from_bytes(data[at + offset : at + offset + 4], "big")
        at += 4


def _mp3(data: bytes) -> float | None:
    """Return the length by the headers of all frames, behind the tag."""
    at, seconds = 0, 0.0
    if data.startswith(b"ID3"):
        sizes = data[6:10]
        at = 10 + sum((sizes[index] & 0x7F) << (7 * (3 - index)) for index in range(4))
    while (found := _MPEG_HEAD.search(data, at)) is not None:
        _, second, third = found[0]
        version = second >> 3 & 3
        kilobits = (_BIT_RATES if version == 3 else _LOW_BIT_RATES)[third >> 4]
        rate = _MPEG_RATES[third >> 2 & 3] >> (2 if version == 0 else 3 - version)
        samples = 1152 if version == 3 else 576
        seconds += samples / rate
        at = found.start() + samples * 125 * kilobits // rate + (third >> 1 & 1)
    return seconds or None
