"""The length of audio."""

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.audio import seconds_of
from bot.files.kinds import AUDIO, Kind
from tests.files.test_kinds import MP3, iso


def ogg(position: int, head: bytes = b"\x01\x13OpusHead") -> bytes:
    """Two pages of Ogg, of which the last ends at a position."""
    return b"OggS\0\2" + bytes(20) + b"\1\x1e" + head + b"OggS\0\4" + struct.pack("<q", position) + bytes(12)


def wav(seconds: int) -> bytes:
    """Silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes(8000 * seconds))
    return file.getvalue()


VORBIS = b"\x01vorbis" + struct.pack("<IBI", 0, 2, 44_100)
FLAC = b"fLaC\0\0\0\x22" + bytes(10) + ((44_100 << 44) | 88_200).to_bytes(8, "big")
AUDIO_FILES = [
    (Kind.OGG, ogg(48_000 * 6 * 3600), 21_600),
    (Kind.OGG, ogg(44_100 * 3, VORBIS), 3),
    (Kind.OGG, ogg(-1), None),
    (Kind.FLAC, FLAC, 2),
    (Kind.FLAC, b"fLaC", None),
    (Kind.M4A, iso(b"M4A ") + b"mvhd\0\0\0\0" + bytes(8) + struct.pack(">II", 1000, 2500), 2.5),
    (Kind.M4A, iso(b"M4A ") + b"mvhd\1\0\0\0" + bytes(16) + struct.pack(">IQ", 1000, 4000), 4),
    (Kind.M4A, iso(b"M4A "), None),
    (Kind.M4A, iso(b"M4A ") + b"mvhd" + bytes(40), None),
    (Kind.WAV, wav(2), 2),
    (Kind.WAV, b"RIFF", None),
    (Kind.MP3, MP3[:400] * 40, 1),
    (Kind.MP3, b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + MP3[:400] * 40, 1),
    (Kind.MP3, b"ID3\4\0\0\0\0\0\0nothing", None),
    (Kind.MP3, b"\xff\xfb", None),
    (Kind.WEBM, b"\x1a\x45\xdf\xa3", None),
]


@pytest.mark.parametrize(("kind", "data", "seconds"), AUDIO_FILES)
def test_the_length_is_read_from_the_headers(kind: Kind, data: bytes, seconds: float | None) -> None:
    """The length of each format comes from its headers; where they do not tell, it is not known."""
    assert seconds_of(data, kind) == seconds


@given(
    st.sampled_from([data[: len(data) // 2] for _, data, _ in AUDIO_FILES]), st.binary(), st.sampled_from(sorted(AUDIO))
)
def test_any_bytes_have_a_length_or_none(begin: bytes, rest: bytes, kind: Kind) -> None:
    """Reading the length raises for no bytes."""
    found = seconds_of(begin + rest, kind)
    assert found is None or isinstance(found, float)
