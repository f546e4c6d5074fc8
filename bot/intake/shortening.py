"""Shortens texts that are quoted, so that what was hidden behind bars of a spoiler stays hidden. Pure."""

from typing import Final

_BARS: Final = "||"


def shortened(text: str, most: int) -> str:
    """Return `text`, or its first `most` characters and a sign that there was more. A spoiler that the cut opens is closed."""
    if len(text) <= most:
        return text
    kept = text[:most]
    if kept.endswith("|") and text[most] == "|":
        kept = kept[:-1]
    return f"{kept}…{_BARS if kept.count(_BARS) % 2 else ''}"
