"""Shortens texts, so that what was hidden behind bars of a spoiler stays hidden and a code block ends. Pure."""

import re
from typing import Final

_BARS: Final = "||"
_TICKS: Final = "```"
_MARKS: Final = re.compile(r"```|\|\|")


def shortened(text: str, most: int) -> str:
    """Return `text`, or its first `most` characters and a sign of more. A spoiler or code block that the cut opens is closed.

    The sign and what closes them come on top of `most`: seven characters at most.
    """
    if len(text) <= most:
        return text
    kept = text[:most]
    if kept[-1:] in {"|", "`"} and text[most] == kept[-1]:
        kept = kept.rstrip(kept[-1])
    return f"{kept}…{_closing(kept)}"


def _closing(text: str) -> str:
    """Return what closes the spoiler and the code block in which a text ends. Bars within a code block are code."""
    hidden = code = False
    for mark in _MARKS.findall(text):
        if mark == _TICKS:
            code = not code
        elif hidden:
            hidden = code = False
        else:
            hidden = not code
    return (f"\n{_TICKS}" if code else "") + (_BARS if hidden else "")
