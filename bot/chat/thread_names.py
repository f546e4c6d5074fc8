"""Names for threads, made of the first words of a question. Pure.

A name is plain text: Discord shows no Markdown in it and resolves no mention, and everybody who sees the channel reads it. So
mentions, the signs of Markdown and what cannot be seen are left out, and what was hidden as a spoiler stays hidden.
"""

import re
import unicodedata
from typing import Final

from bot.chat.visible import is_blank

MOST_CHARACTERS: Final = 100
"""Discord takes names of 1 to 100 characters (OpenAPI document, CreateTextThreadWithMessageRequest)."""
_WANTED: Final = 60
"""Characters after which a name ends at the next word: clients show about so many."""
_SPOILER: Final = re.compile(r"\|\|.+?\|\|", re.DOTALL)
_LINK: Final = re.compile(r"\[([^\[\]\n]{1,200})\]\([^()\s]{1,2000}\)")
_EMOJI: Final = re.compile(r"<a?(:\w{2,32}:)\d{15,21}>")
_MENTION: Final = re.compile(r"<(?:[@#][!&]?|/[^:>\n]{1,100}:|t:)-?\d{1,21}(?::\w)?>|@(?:everyone|here)\b")
_FENCE: Final = re.compile(r"```(?:[A-Za-z0-9+.#-]{1,20}\n)?")
_LINE_MARKS: Final = re.compile(r"^[ \t]*(?:#{1,3}|-#|>{1,3}|[-*+]|\d{1,3}\.)[ \t]+", re.MULTILINE)
_MARKS: Final = re.compile(r"\*+|__+|~~|`+|\|\||\\(?=[^\w\s])")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_COMBINING: Final = frozenset({"Mn", "Me"})
_MOST_COMBINING: Final = 2
"""Combining marks on one letter; more of them are drawn over the lines around."""


def thread_name(text: str) -> str:
    """Return a name of at most 100 characters for a thread about a question; empty where nothing of it can stand in a name."""
    text = _SPOILER.sub("…", text[:8_000])
    text = _MENTION.sub(" ", _EMOJI.sub(r"\1", _LINK.sub(r"\1", text)))
    text = _MARKS.sub("", _LINE_MARKS.sub("", _FENCE.sub(" ", text)))
    words = _visible(text).lstrip(" ,;:").rstrip(" ,;")
    if is_blank(words) or not words.strip("…"):
        return ""
    if len(words) <= MOST_CHARACTERS:
        return words
    end = words.find(" ", _WANTED, MOST_CHARACTERS)
    return words[: end if end > 0 else MOST_CHARACTERS - 1].rstrip(" ,;") + "…"


def _visible(text: str) -> str:
    """Return `text` in one line, without characters that are not shown or that turn what is shown around."""
    kept: list[str] = []
    combining = 0
    for character in text:
        category = unicodedata.category(character)
        combining = combining + 1 if category in _COMBINING else 0
        if character.isspace():
            kept.append(" ")
        elif category not in _UNSEEN and combining <= _MOST_COMBINING:
            kept.append(character)
    return " ".join("".join(kept).split())
