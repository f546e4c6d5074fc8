"""The format and the length of a recording, read from the first and the last bytes of files of each format."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.recordings import extension_of, seconds_of


def page(granule: int, body: bytes) -> bytes:
    """A page of an Ogg file."""
    return b"OggS\0\0" + struct.pack("<q", granule) + bytes(13) + body


def mp4(version: int, scale: int, length: int) -> bytes:
    """The beginning of an MP4 file with its movie header."""
    times = struct.pack(">QQIQ", 0, 0, scale, length) if version else struct.pack(">IIII", 0, 0, scale, length)
    return b"\0\0\0\x18ftypM4A " + bytes(12) + b"\0\0\0\x6cmvhd" + bytes([version, 0, 0, 0]) + times


OPUS = page(0, b"OpusHead" + bytes(11)) + bytes(300) + page(48_000 * 7, b"sound")
VORBIS = page(0, b"\x01vorbis" + bytes(5) + struct.pack("<I", 44_100)) + page(44_100 * 3, b"sound")
FLAC = b"fLaC" + bytes(14) + struct.pack(">Q", 44_100 << 44 | 44_100 * 5)
WAV = b"RIFF\0\0\0\0WAVEfmt " + bytes(12) + struct.pack("<I", 1_000) + bytes(1_968)
MP3 = b"\xff\xfb\x90\x00" + bytes(15_996)
LOW_MP3 = b"\xff\xf3\x80\x00" + bytes(7_996)
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
        (MP3, "mp3", 1),
        (LOW_MP3, "mp3", 1),
        (TAGGED, "mp3", 1),
        (b"ID3\x04\0\0\0\0\0\0nothing", "mp3", None),
        (mp4(0, 1000, 4500), "m4a", 4.5),
        (mp4(1, 600, 1200), "m4a", 2),
        (b"\0\0\0\x18ftypM4A ", "m4a", None),
        (mp4(0, 0, 5), "m4a", None),
        (WEBM, "webm", None),
        (OPUS[:8], "ogg", None),
        (b"", None, None),
        (b"\xff", None, None),
        (b"RIFF\0\0\0\0AVI ", None, None),
        (b"hello", None, None),
    ],
)
def test_the_bytes_tell_format_and_length(data: bytes, extension: str | None, seconds: float | None) -> None:
    """Each format that transcribers take is known by its bytes, and so is its length where they hold it."""
    assert (extension_of(data), seconds_of(data)) == (extension, seconds)


@given(
    st.sampled_from([OPUS, VORBIS, FLAC, WAV, MP3, TAGGED, mp4(0, 1, 1), WEBM]),
    st.binary(max_size=64),
    st.integers(0, 90),
)
def test_no_bytes_are_too_strange(data: bytes, noise: bytes, at: int) -> None:
    """Damaged files have some length or none, and never a negative one."""
    found = seconds_of(data[:at] + noise + data[at + len(noise) :])
    assert found is None or found >= 0
