"""Graphemes, what people take for one character: where one ends, and how many columns it fills in monospace. Pure.

The rules lean towards holding together: rather than knowing each script's letters they never part anything from a mark
behind it, or a joiner from what follows. A cut is then never inside a grapheme, only now and then it avoids a place that
would have been allowed. That needs no more than the tables that come with Python.
"""

import unicodedata
from collections.abc import Iterator
from itertools import takewhile
from typing import Final

_PLAIN: Final = "\u0300"
"""Below it no character joins another, but for the line end of Windows."""
_ZWJ: Final = "\u200d"
_EMOJI_LOOKS: Final = "\ufe0f"
_MARKS: Final = frozenset({"Mn", "Mc", "Me", "Cn"})
"""Unassigned code points are among them: Python's tables may be older than a mark."""
_CONTROLS: Final = frozenset({"Cc", "Zl", "Zp"})
_INVISIBLE: Final = _MARKS | {"Cc", "Cf"}
_VIRAMA: Final = 9
"""The combining class of what joins two consonants in the scripts of India."""
_TRAILING: Final = frozenset(
    "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f"
    + "".join(map(chr, range(0x1F3FB, 0x1F400)))  # tones of skin
    + "".join(map(chr, range(0xE0020, 0xE0080)))  # tags, which make the flags of regions
)
"""Extends the character before it, though it is no mark by its category."""
_LEADING: Final = frozenset(
    "\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3\U000113d1"
    "\U0001193f\U00011941\U00011a3a\U00011d46\U00011f02"
    + "".join(map(chr, range(0x0600, 0x0606)))
    + "".join(map(chr, range(0x11A84, 0x11A8A)))
)
"""Belongs to the character behind it."""
_FLAG_LETTERS: Final = range(0x1F1E6, 0x1F200)
_HANGUL: Final = range(0xAC00, 0xD7A4)
_JAMO: Final = ((range(0x1100, 0x1160), "L"), (range(0xA960, 0xA97D), "L"), (range(0x1160, 0x11A8), "V"),
                (range(0xD7B0, 0xD7C7), "V"), (range(0x11A8, 0x1200), "T"), (range(0xD7CB, 0xD7FC), "T"))  # fmt: skip
_SYLLABLES: Final = frozenset(
    {("L", "L"), ("L", "V"), ("L", "LV"), ("L", "LVT"), ("LV", "V"), ("LV", "T"), ("V", "V"), ("V", "T"), ("LVT", "T"),
     ("T", "T")}
)  # fmt: skip


def joined(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at`, which is inside `text`, belong to one grapheme."""
    before, after = text[at - 1], text[at]
    if after < _PLAIN and before < _PLAIN:
        return before == "\r" and after == "\n"
    if unicodedata.category(before) in _CONTROLS or unicodedata.category(after) in _CONTROLS:
        return False
    if _trails(after) or before == _ZWJ or before in _LEADING:
        return True
    if ord(before) in _FLAG_LETTERS and ord(after) in _FLAG_LETTERS:
        return _flag_letters_before(text, at) % 2 == 1
    return (_jamo(before), _jamo(after)) in _SYLLABLES or (
        unicodedata.category(after) == "Lo" and _virama_before(text, at)
    )


def width(text: str) -> int:
    """The columns that `text` fills in monospace: two for an emoji or a wide letter, none for a mark."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, graphemes(text)))


def wide(character: str) -> bool:
    """Whether a character fills two columns."""
    return unicodedata.east_asian_width(character) in "WF"


def graphemes(text: str) -> Iterator[str]:
    """The graphemes of `text`, in order."""
    start = 0
    for at in range(1, len(text)):
        if not joined(text, at):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _columns(grapheme: str) -> int:
    if _EMOJI_LOOKS in grapheme or ord(grapheme[0]) in _FLAG_LETTERS or any(map(wide, grapheme)):
        return 2
    return sum(unicodedata.category(character) not in _INVISIBLE for character in grapheme)


def _flag_letters_before(text: str, at: int) -> int:
    return sum(1 for _ in takewhile(lambda i: ord(text[i]) in _FLAG_LETTERS, range(at - 1, -1, -1)))


def _trails(character: str) -> bool:
    return unicodedata.category(character) in _MARKS or character in _TRAILING


def _virama_before(text: str, at: int) -> bool:
    marks = takewhile(_trails, (text[i] for i in range(at - 1, -1, -1)))
    return any(unicodedata.combining(mark) == _VIRAMA for mark in marks)


def _jamo(character: str) -> str:
    """Which piece of a Korean syllable a character is: leading, vowel, trailing, a syllable without or with trailing; or none."""
    code = ord(character)
    if code in _HANGUL:
        return "LVT" if (code - _HANGUL.start) % 28 else "LV"
    return next((kind for codes, kind in _JAMO if code in codes), "")
