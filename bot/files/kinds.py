"""The kind of a file, decided by its bytes alone. Names and declared types are not looked at, because anybody may choose them.

Sources of the signatures: the formats' own documents (PNG 5.2, RFC 9649 for WebP, AV1 Image File Format, ISO/IEC 14496-12 for
`ftyp`, RFC 3533 for Ogg, RFC 9639 for FLAC, ECMA-376 part 2 for office files), and the WHATWG's MIME Sniffing for text.
"""

import codecs
import re
from enum import StrEnum
from typing import Final

from bot.files.directory import names_in


class Kind(StrEnum):
    """The kinds of files that are told apart."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WebP"
    AVIF = "AVIF"
    GIF = "GIF"
    HEIC = "HEIC"
    SVG = "SVG"
    PDF = "PDF"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    OGG = "Ogg"
    FLAC = "FLAC"
    MP3 = "MP3"
    M4A = "M4A"
    WAV = "WAV"
    WEBM = "WebM"
    VIDEO = "video"
    ZIP = "zip archive"
    TEXT = "text"
    EMPTY = "empty"
    UNKNOWN = "unknown"


IMAGES: Final = frozenset({Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.AVIF, Kind.GIF})
DOCUMENTS: Final = frozenset({Kind.PDF, Kind.DOCX, Kind.XLSX, Kind.PPTX})
AUDIO: Final = frozenset({Kind.OGG, Kind.FLAC, Kind.MP3, Kind.M4A, Kind.WAV, Kind.WEBM})

MOST_ENTRIES: Final = 10_000
"""The most entries of a zip archive that are looked at. An office file has some dozens."""
_HEAD: Final = 65_536
"""The bytes of a file that are looked at."""
_PREFIXES: Final = (
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"fLaC", Kind.FLAC),
    (b"ID3", Kind.MP3),
)
_RIFF: Final = {b"WEBP": Kind.WEBP, b"WAVE": Kind.WAV, b"AVI ": Kind.VIDEO}
_BRANDS: Final = {
    b"avif": Kind.AVIF,
    b"avis": Kind.AVIF,
    b"heic": Kind.HEIC,
    b"heix": Kind.HEIC,
    b"heim": Kind.HEIC,
    b"heis": Kind.HEIC,
    b"hevc": Kind.HEIC,
    b"hevx": Kind.HEIC,
    b"M4A ": Kind.M4A,
    b"M4B ": Kind.M4A,
}
"""Major brands of files in the ISO base media format. `mif1` is decided by the brands that follow; others are videos or sound."""
_OFFICE: Final = (
    (b"word/document.xml", Kind.DOCX),
    (b"xl/workbook.xml", Kind.XLSX),
    (b"ppt/presentation.xml", Kind.PPTX),
)
_BINARY: Final = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
"""Control characters that no text has (WHATWG MIME Sniffing, "binary data byte"), and DEL."""
_SVG: Final = re.compile(rb"<(?:\w{1,20}:)?svg[\s/>]", re.IGNORECASE)
_BEFORE_SVG: Final = ((b"<?", b"?>"), (b"<!--", b"-->"), (b"<!", b">"))
"""The beginnings and ends of what may stand before the root element of XML."""
_SVG_HEAD: Final = 4096
_MP3_FRAME_VERSIONS: Final = frozenset({0b00, 0b10, 0b11})


def kind_of(data: bytes) -> Kind:
    """Return the kind of a file with these bytes. It never raises.

    It looks at the first 64 KiB, and further only at the directory of a zip and for the tracks of a film.
    """
    head = data[:_HEAD]
    if not head:
        return Kind.EMPTY
    if (signed := next((kind for prefix, kind in _PREFIXES if head.startswith(prefix)), None)) is not None:
        return signed
    if head.startswith(b"PK\x03\x04"):
        return _zipped(data)
    if head[4:8] == b"ftyp":
        return _iso_media(head, data)
    return _container(head) or (Kind.MP3 if _is_mpeg_audio(head) else _text(head))


def _container(head: bytes) -> Kind | None:
    """Return the kind of a file that begins with the signature of a container, None without one."""
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], Kind.UNKNOWN)
    if head.startswith(b"OggS"):
        return Kind.VIDEO if b"\x80theora" in head else Kind.OGG
    if head.startswith(b"\x1a\x45\xdf\xa3"):  # EBML: Matroska and WebM; the ids of codecs say what a track is
        return Kind.WEBM if b"A_" in head and b"V_" not in head else Kind.VIDEO
    return Kind.PDF if b"%PDF-" in head[:1024] else None


def looks_like_utf16(head: bytes) -> str | None:
    """Return the codec of a text in UTF-16, by its byte order mark, or by the zeros beside ASCII. None for anything else."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[:2048:2], head[1:2048:2]
    if len(head) >= 4 and not len(head[:2048]) % 2:
        for zeros, letters, codec in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
            if zeros.count(0) > 0.7 * len(zeros) and not _BINARY.search(letters):
                return codec
    return None


def _iso_media(head: bytes, data: bytes) -> Kind:
    """Return the kind of a file in the ISO base media format: by its brands, else by the media headers of its tracks."""
    length = int.from_bytes(head[:4], "big")
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(length, 256), 4))]
    if brands[0] in {b"mif1", b"msf1"}:
        return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), Kind.UNKNOWN)
    is_sound = b"smhd" in data and b"vmhd" not in data
    return _BRANDS.get(brands[0], Kind.M4A if is_sound else Kind.VIDEO)


def _zipped(data: bytes) -> Kind:
    names = frozenset(names_in(data, MOST_ENTRIES))
    return next((kind for name, kind in _OFFICE if name in names), Kind.ZIP if names else Kind.UNKNOWN)


def _is_mpeg_audio(head: bytes) -> bool:
    """Return whether two MPEG audio headers of layer III stand at the beginning, or one in a file that ends before the next."""
    length = _mpeg_frame(head)
    return length > 0 and (len(head) <= length or _mpeg_frame(head[length : length + 4]) > 0)


def _mpeg_frame(head: bytes) -> int:
    """Return the length in bytes of the MPEG frame at the beginning, 0 where there is none (ISO/IEC 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # layer III only
        return 0
    version, rate, sampling = (head[1] >> 3) & 3, head[2] >> 4, (head[2] >> 2) & 3
    if version not in _MP3_FRAME_VERSIONS or rate in {0, 15} or sampling == 3:
        return 0
    kbits = MPEG1_KBITS[rate] if version == 3 else MPEG2_KBITS[rate]
    hertz = (44_100, 48_000, 32_000)[sampling] >> {3: 0, 2: 1, 0: 2}[version]
    return (144 if version == 3 else 72) * kbits * 1000 // hertz + ((head[2] >> 1) & 1)


MPEG1_KBITS: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
MPEG2_KBITS: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""The bit rates of layer III, in kbit/s, by the number in the header (ISO/IEC 11172-3 and 13818-3)."""


def _text(head: bytes) -> Kind:
    if looks_like_utf16(head) is not None:
        return Kind.TEXT
    if _BINARY.search(head):
        return Kind.UNKNOWN
    return Kind.SVG if _is_svg(head.removeprefix(codecs.BOM_UTF8)[:_SVG_HEAD]) else Kind.TEXT


def _is_svg(head: bytes) -> bool:
    """Return whether the root element is `svg`. It reads each byte once: a regular expression took hours for 200 bytes."""
    rest = head.lstrip()
    while (closing := next((end for begin, end in _BEFORE_SVG if rest.startswith(begin)), None)) is not None:
        rest = rest.partition(closing)[2].lstrip()
    return _SVG.match(rest) is not None
