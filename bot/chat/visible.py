"""Tells text that shows nothing from text that shows something. Pure."""

import re
from typing import Final

_NOTHING: Final = (
    "\\s\\x00-\\x1f\\x7f-\\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""White space, controls, the empty Braille cell, and Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt)."""
_VISIBLE: Final = re.compile(f"[^{_NOTHING}]")


def is_blank(text: str) -> bool:
    """Return whether `text` shows nothing: no text, or white space and invisible characters only. Discord refuses it (50006)."""
    return _VISIBLE.search(text) is None
