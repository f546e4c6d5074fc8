"""The format and the length of a recording, read from the first and the last bytes of files of each format."""

import struct
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.recordings import extension_of, seconds_of


def page(granule: int, *packets: bytes) -> bytes:
    """A page of an Ogg file."""
    lengths = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    return b"OggS\0\0" + struct.pack("<q", granule) + bytes(12) + bytes([len(lengths)]) + lengths + b"".join(packets)


def opus(seconds: int, granule: int, packet: bytes = b"\xf8\xff\xfe") -> bytes:
    """An Ogg file with packets of 20 ms, whose last page claims a granule."""
    sound = [page(48_000, *[packet] * 50) for _ in range(seconds - 1)]
    return (
        page(0, b"OpusHead" + bytes(11))
        + page(0, b"OpusTags" + bytes(300))
        + b"".join(sound)
        + page(granule, *[packet] * 50)
    )


def flac(frames: int, claimed: int, head: bytes = b"\xff\xf8\xc9\x18", end: bytes = b"") -> bytes:
    """A FLAC file at 44.1 kHz whose header claims a number of samples; each frame has its number, here below 2,048."""
    begin = b"fLaC" + bytes(14) + struct.pack(">Q", 44_100 << 44 | claimed) + bytes(16)
    heads = [head + (bytes([n]) if n < 128 else chr(n).encode()) + end for n in range(frames)]
    return begin + b"".join(one + bytes([crc8(one)]) + b"sound" for one in heads) + bytes(16)


def crc8(data: bytes) -> int:
    """The checksum of a frame's header: polynomial x^8 + x^2 + x + 1 (RFC 9639, 9.1.8)."""
    bits = int.from_bytes(data, "big") << 8
    for at in range(bits.bit_length() - 9, -1, -1):
        if bits >> at + 8 & 1:
            bits ^= 0x107 << at
    return bits


def mp4(version: int, scale: int, length: int) -> bytes:
    """The beginning of an MP4 file with its movie header."""
    times = struct.pack(">QQIQ", 0, 0, scale, length) if version else struct.pack(">IIII", 0, 0, scale, length)
    return b"\0\0\0\x18ftypM4A " + bytes(12) + b"\0\0\0\x6cmvhd" + bytes([version, 0, 0, 0]) + times


OPUS = opus(7, 48_000 * 7)
UNFINISHED = bytes(20) + b"\x02\x03\xff\xf8ab" + b"\xf8" * 255
"""The rest of a page, behind its flags, with a whole packet and the beginning of another."""
IDENTIFICATION = b"\x01vorbis" + bytes(4) + b"\x01" + struct.pack("<I", 44_100) + bytes(12) + b"\xb8\x01"
VORBIS = page(0, IDENTIFICATION) + page(44_100 * 3, b"sound")
FLAC = flac(3, 44_100 * 5)
WAV = b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 500, 1_000, 2, 16) + bytes(1_964)
MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 100
LOW_MP3 = (b"\xff\xf3\x82\x00" + bytes(205)) * 100
OLD_MP3 = (b"\xff\xe3\x18\x00" + bytes(68)) * 100
TAGGED = b"ID3\x04\0\0\0\0\x01\x00" + bytes(128) + MP3
WEBM = b"\x1aE\xdf\xa3" + bytes(40)


@pytest.mark.parametrize(
    ("data", "extension", "seconds"),
    [
        (OPUS, "ogg", 7),
        (VORBIS, "ogg", 3),
        (page(5, b"Speex   "), "ogg", None),
        (FLAC, "flac", 5),
        (WAV, "wav", 2),
        (MP3, "mp3", 2.612),
        (LOW_MP3, "mp3", 2.612),
        (OLD_MP3, "mp3", 7.2),
        (TAGGED, "mp3", 2.612),
        (b"ID3\x04\0\0\0\0\0\0nothing", "mp3", None),
        (mp4(0, 1000, 4500), "m4a", 4.5),
        (mp4(1, 600, 1200), "m4a", 2),
        (b"\0\0\0\x18ftypM4A ", "m4a", None),
        (mp4(0, 0, 5), "m4a", None),
        (WEBM, "webm", None),
        (OPUS[:8], "ogg", None),
        (page(0)[:-1] + b"\0" + IDENTIFICATION, "ogg", 0),
        (b"", None, None),
        (b"\xff", None, None),
        (b"RIFF\0\0\0\0AVI ", None, None),
        (b"hello", None, None),
    ],
)
def test_the_bytes_tell_format_and_length(data: bytes, extension: str | None, seconds: float | None) -> None:
    """Each format that transcribers take is known by its bytes, and so is its length where they hold it."""
    assert extension_of(data) == extension
    assert seconds_of(data) == (None if seconds is None else pytest.approx(seconds, abs=0.001))


@pytest.mark.parametrize(
    ("data", "seconds"),
    [
        (opus(60, granule=1), 60),
        (opus(60, granule=1, packet=b"\x03\x06a"), 180),
        (opus(60, granule=1, packet=b"\xf9ab"), 120),
        (opus(60, granule=1, packet=b"" + b"\xf8" * 300), 60),
        (opus(60, granule=1) + b"OggS", 60),
        (opus(1, granule=1) + (b"OggS\0\0" + UNFINISHED) * 100, 5),
        (opus(1, granule=1) + (b"OggS\0\1" + UNFINISHED) * 100, 3),
        (page(0, IDENTIFICATION) + page(1, *[b"s"] * 200) * 200, 116.1),
        (page(0, b"OpusHead" + bytes(11)) + page(0, *[b""] * 255) * 4_000, inf),
        (flac(1_000, 1), 92.88),
        (flac(1_000, 1, b"\xff\xf8\x79\x18", b"\xff\xff"), 1486.08),
        (flac(1_000, 1, b"\xff\xf8\x6c\x18", b"\xff\x2c"), 5.805),
        (flac(0, 1) + b"\xff\xf8\xc9\x18" * 30_000 + bytes(20), inf),
        (WAV.replace(struct.pack("<I", 1_000), struct.pack("<I", 10**9)), 2),
        (WAV.replace(b"fmt ", b"junk\4\0\0\0abcdfmt "), 2.012),
        (WAV[:34] + b"\0\0" + WAV[36:], 2),
        (MP3[:417] + LOW_MP3 + b"\xff" * 5_000 + MP3, 5.25),
        (mp4(0, 1000, 1) + b"stsz" + bytes(8) + struct.pack(">I", 46_875), 1000),
        (mp4(0, 1000, 1) + (b"stsz" + bytes(12)) * 100_001, inf),
        (mp4(0, 1000, 1) + (b"trun" + bytes(4) + struct.pack(">I", 46_875)) * 2, 2000),
    ],
)
def test_a_length_that_the_header_understates_is_found(data: bytes, seconds: float) -> None:
    """A recording is as long as its frames, whatever its header says; what is there to be slow counts as endless."""
    assert seconds_of(data) == pytest.approx(seconds, rel=0.01)


@given(
    st.sampled_from([OPUS, VORBIS, FLAC, WAV, MP3, TAGGED, mp4(0, 1, 1), WEBM]),
    st.binary(max_size=64),
    st.integers(0, 90),
)
def test_no_bytes_are_too_strange(data: bytes, noise: bytes, at: int) -> None:
    """Damaged files have some length or none, and never a negative one."""
    found = seconds_of(data[:at] + noise + data[at + len(noise) :])
    assert found is None or found >= 0
