"""Graphemes, what people take for one character: where one ends, and how many columns it fills in monospace. Pure.

Both are wcwidth's answers, which follow Unicode's rules (UAX #29) and know newer emoji than the tables that come with Python.
"""

import re
import unicodedata
from typing import Final

from wcwidth import grapheme_boundary_before, wcswidth

_REACH: Final = 32
"""Characters before a place that are looked at to tell whether it is inside a grapheme; a longer grapheme may be parted.

Without such a limit wcwidth looks back to the last ASCII character, which in Chinese may be as far away as the text's beginning.
"""
_FIRST_FLAG_LETTER: Final = "\U0001f1e6"
_LAST_FLAG_LETTER: Final = "\U0001f1ff"
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Characters that fill no column and that wcwidth does not measure."""


def joined(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at`, which is inside `text`, belong to one grapheme."""
    start = max(0, at - _REACH)
    # Two flag letters make a flag, so a row of them is counted from its first.
    while start and _FIRST_FLAG_LETTER <= text[start] <= _LAST_FLAG_LETTER:
        start -= 1
    return grapheme_boundary_before(text[start : at + 1], at + 1 - start) < at - start


def width(text: str) -> int:
    """The columns that `text` fills in monospace: two for an emoji or a wide letter, none for a mark that takes no room."""
    return len(text) if text.isascii() else wcswidth(_CONTROLS.sub("", text))


def wide(character: str) -> bool:
    """Whether a character fills two columns."""
    return unicodedata.east_asian_width(character) in "WF"
