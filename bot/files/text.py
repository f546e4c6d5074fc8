"""Text files: their encoding, and the language of code.

A file that is neither UTF-8 nor UTF-16 is in one of many old encodings, which nothing in it names. The one whose letters make the
likeliest text is taken, and the reader is told that it is a guess.
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from bot.chat.turns import clean
from bot.files.kinds import looks_like_utf16

_SAMPLE: Final = 8_192
"""The bytes from the first letter beyond ASCII by which an encoding is guessed."""
_SINGLE_BYTE: Final = ("cp1252", "cp1251", "koi8_r", "cp1253", "cp1250")
_SCRIPTS: Final = {"cp1251": "CYRILLIC", "koi8_r": "CYRILLIC", "cp1253": "GREEK"}
"""The script of an encoding whose letters beyond ASCII are not Latin."""
_MULTI_BYTE: Final = ("euc_jp", "cp932", "gb18030", "cp949", "big5")
_FENCE: Final = re.compile(r"`{3,}")
LANGUAGES: Final = {
    "asm": "asm", "bash": "bash", "bat": "bat", "c": "c", "cc": "cpp", "clj": "clojure", "cpp": "cpp", "cs": "csharp",
    "css": "css", "dart": "dart", "diff": "diff", "ex": "elixir", "exs": "elixir", "go": "go", "h": "c", "hpp": "cpp",
    "hs": "haskell", "htm": "html", "html": "html", "ini": "ini", "java": "java", "jl": "julia", "js": "javascript",
    "json": "json", "jsonl": "json", "jsx": "jsx", "kt": "kotlin", "lua": "lua", "m": "objectivec", "ml": "ocaml",
    "nix": "nix", "patch": "diff", "php": "php", "pl": "perl", "ps1": "powershell", "py": "python", "pyi": "python",
    "r": "r", "rb": "ruby", "rs": "rust", "scala": "scala", "scss": "scss", "sh": "bash", "sql": "sql", "svelte": "svelte",
    "swift": "swift", "tex": "latex", "toml": "toml", "ts": "typescript", "tsx": "tsx", "vb": "vb", "vue": "vue",
    "xml": "xml", "yaml": "yaml", "yml": "yaml", "zig": "zig", "zsh": "bash",
}  # fmt: skip
"""The names of languages after a fence, by the suffixes of files."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, its encoding, whether that is a guess, and the number of the file's bytes that were looked at."""

    text: str
    encoding: str
    guessed: bool
    bytes_read: int


def decoded(data: bytes, most: int) -> Decoded:
    """Decode the beginning of a text file, `most` bytes at most. It never raises; what cannot be decoded becomes U+FFFD."""
    head = data[:most]
    encoding, guessed = _encoding(head)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    text = decoder.decode(head, final=len(head) == len(data))
    return Decoded(clean(text.replace("\r\n", "\n")), encoding.removesuffix("-sig"), guessed, len(head))


def language_of(name: str) -> str:
    """Return the language of code in a file of this name, as it stands after a fence; empty where it is no code."""
    return LANGUAGES.get(PurePosixPath(name).suffix[1:].lower(), "")


def fenced(text: str, language: str) -> str:
    """Return code in a fence that is longer than every fence in it."""
    ticks = "`" * max(3, 1 + max((len(found[0]) for found in _FENCE.finditer(text)), default=0))
    return f"{ticks}{language}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{ticks}"


def _encoding(head: bytes) -> tuple[str, bool]:
    """Return the codec of a text, and whether it is a guess."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", False
    if (utf16 := looks_like_utf16(head)) is not None:
        return utf16, utf16 != "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        begin = max(head.rfind(b"\n", 0, error.start) + 1, error.start - 256)
        return _guessed(head[begin : error.start + _SAMPLE]), True
    return "utf-8", False


def _guessed(sample: bytes) -> str:
    """Return the old encoding that makes the likeliest text of a sample; the first of those that are alike."""
    return max((*_SINGLE_BYTE, *_MULTI_BYTE), key=lambda codec: _likelihood(sample, codec))


def _likelihood(sample: bytes, codec: str) -> float:
    """Return how likely a sample is text of an encoding, from the letters that are not ASCII: 1 is likely, below 0 is not.

    Of single bytes, letters of one script beside letters of the same are likely, upper case behind lower case is not; of several
    bytes, the characters that people write most.
    """
    try:
        text = codecs.getincrementaldecoder(codec)("strict").decode(sample)
    except UnicodeDecodeError:
        return -3
    strange = [c for c in text if ord(c) >= 128]
    if not strange:
        return -3
    rate = _rate_of_letter if codec in _SINGLE_BYTE else _rate_of_ideograph
    points = sum(rate(c, codec) for c in strange)
    if codec in _SINGLE_BYTE:
        points -= sum(_is_odd_pair(*pair, latin=codec not in _SCRIPTS) for pair in pairwise(text))
    return points / len(strange)


def _rate_of_letter(character: str, codec: str) -> float:
    category = unicodedata.category(character)
    if category in {"Cc", "Cn", "Co"}:
        return -3
    if category not in {"Ll", "Lu"}:
        return 0.3 if character in "«»„“”‘’–—…€°§ß" else -0.5
    script = unicodedata.name(character, "").split()[0]
    if script != _SCRIPTS.get(codec, "LATIN"):
        return -1
    return 0.9 if category == "Ll" else 0.5


def _rate_of_ideograph(character: str, codec: str) -> float:
    code = ord(character)
    kana, hangul = 0x3040 <= code < 0x3100, 0xAC00 <= code < 0xD7A4
    ideograph, sign = 0x4E00 <= code < 0xA000, 0x3000 <= code < 0x3020 or 0xFF00 <= code < 0xFF5F
    if kana:
        return 1 if codec in {"euc_jp", "cp932"} else 0
    if hangul:
        return 1 if codec == "cp949" and len(character.encode("euc_kr", "ignore")) == 2 else -1
    if ideograph:
        return {"gb18030": 0.7, "big5": 0.6, "cp949": -0.5}.get(codec, 0.5) if _is_common(character) else -0.2
    return 0.5 if sign else -2


def _is_common(character: str) -> bool:
    """Return whether an ideograph is in the first level of GB 2312 or JIS X 0208, which hold those that people write most."""
    for codec, first, last in (("gb2312", 0xB0, 0xD7), ("euc_jp", 0xB0, 0xCF)):
        encoded = character.encode(codec, "ignore")
        if len(encoded) == 2 and first <= encoded[0] <= last:
            return True
    return False


def _is_odd_pair(before: str, after: str, *, latin: bool) -> bool:
    """Return whether two letters seldom stand beside each other: two accented ones, a script's beside an ASCII one, or `aB`."""
    if not (before.isalpha() and after.isalpha()) or (before.isascii() and after.isascii()):
        return False
    mixed = before.isascii() != after.isascii()
    return mixed != latin or (before.islower() and after.isupper())
