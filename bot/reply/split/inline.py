"""Turns the text of one line outside of code into Discord's Markdown. Pure.

Discord opens a block at any three backticks, and closes inline code lines later. So code between long rows of backticks in a
line is shown as inline code, and a row without a partner is escaped. A masked link whose text is an address is shown by Discord
with all its brackets, so the address alone is kept. Headings below the third level become headings of the third.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from bot.reply.split.blocks import FENCE

INVISIBLE: Final = "\u200b"
"""A zero-width space. It stands between backticks in code that Discord would read as the end of the block."""
LONGEST_INLINE: Final = 700
"""Longest inline code, in characters, that stays in its line and is not cut. Longer code is shown in a block."""
_LONGEST_CODE: Final = 8000
"""Longest code, in characters, for whose end a backtick waits: what four messages show. Then the backtick is text."""
_LONGEST_ROW: Final = 64
_LONGEST_LABEL: Final = 300
_LONGEST_ADDRESS: Final = 700
_LONGEST_LINK: Final = 1200
_LABEL: Final = r"(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]{0,100}\])"
_TITLE: Final = r"[ \t]+\"[^\"\n]{0,200}"
_LINK: Final = (
    rf"\[(?P<label>{_LABEL}{{1,{_LONGEST_LABEL}}})\]\([ \t]*<?"
    rf"(?P<address>https?://(?:[^()\s<>]|\([^()\s<>]{{0,200}}\)){{1,{_LONGEST_ADDRESS}}})>?(?:{_TITLE}\")?[ \t]*\)"
)
_ESCAPE: Final = r"\\[!-/:-@\[-`{-~]"
_TICKS: Final = rf"(?P<ticks>`{{1,{_LONGEST_ROW}}}+)"
_TOKEN: Final = re.compile(rf"{_ESCAPE}|{_TICKS}|{_LINK}(?P<glued>(?=[\w\u2e80-\uffef]))?|~{{3,64}}+")
_BEGUN: Final = re.compile(rf"{_ESCAPE}|{_TICKS}|{_LINK}|(?P<bracket>\[)|(?P<tail>(?:\\|~{{1,63}})\Z)|~{{64}}")
"""The same, and the beginning of a link at the end of the text. It waits for the character behind it."""
_LINK_BEGUN: Final = re.compile(
    rf"\[{_LABEL}{{0,{_LONGEST_LABEL}}}(?:\[[^\[\]\n]{{0,100}}|\\)?"
    rf"|\[{_LABEL}{{1,{_LONGEST_LABEL}}}\](?:\([ \t]*<?[^\s<>]{{0,{_LONGEST_ADDRESS}}}+>?(?:{_TITLE}\"?)?[ \t]*\)?)?"
)
_SCHEME: Final = re.compile(r"https?://")
_PLAIN_MARKS: Final = "*_~`<> "
_ROW: Final = re.compile(r"`{3,64}+")
_WHOLE_ROW: Final = re.compile(r"`++")
_PAIR: Final = re.compile(r"`{2,}")
_DEEP_HEADING: Final = re.compile(r"\A([ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+){0,8})#{4,6}(?=[ \t]+\S)")


def for_discord(text: str) -> str:
    """Return the text of a line, outside of fences, as Discord's Markdown."""
    if "`" not in text and "](" not in text and "~~~" not in text:
        return text
    written: list[str] = []
    at = 0
    for match, closing in _tokens(text):
        written.append(text[at : match.start()])
        if closing is None:
            at = match.end()
            written.append(_replaced(match))
        else:
            at = closing + len(match["ticks"])
            written.append(_inline_code(match["ticks"], text[match.end() : closing]))
    return "".join([*written, text[at:]])


def heading_for_discord(line: str) -> str:
    """Return `line` with a heading of at most the third level."""
    return _DEEP_HEADING.sub(r"\1###", line, count=1) if "####" in line else line


def end_of_complete(text: str) -> int:
    """Return where the beginning of a link or of inline code at the end of `text` begins, or its length if there is none."""
    if "`" not in text and "[" not in text and not text.endswith(("\\", "~")):
        return len(text)
    rows, at = _Rows(text), 0
    while (match := _BEGUN.search(text, at)) is not None:
        at = match.end()
        if match["ticks"]:
            closing = rows.closing(match)
            if closing is None:
                is_begun = len(text) - at <= _LONGEST_CODE + _LONGEST_ROW
            else:
                at = closing + len(match["ticks"])
                is_begun = at == len(text)
        elif match["label"] is not None and len(match[0]) <= _LONGEST_LINK:
            is_begun = at == len(text)
        elif match[0].startswith("["):
            at = match.start() + 1
            is_begun = len(text) - match.start() <= _LONGEST_LINK and bool(_LINK_BEGUN.fullmatch(text, match.start()))
        else:
            is_begun = match["tail"] is not None
        if is_begun:
            return match.start()
    return len(text)


def long_code(text: str) -> tuple[str, str, str] | None:
    """Return the text before the first inline code that is too long for its line, the code, and the text behind; else None."""
    if "`" not in text or len(text) <= LONGEST_INLINE:
        return None
    for match, closing in _tokens(text):
        if closing is not None and closing - match.end() > LONGEST_INLINE:
            return text[: match.start()], text[match.end() : closing].strip(), text[closing + len(match["ticks"]) :]
    return None


def shown_part(text: str) -> str:
    """Return as much of the beginning of a link or of inline code as may be shown: it does not change when it is complete."""
    if not text.strip("`") or text.startswith((FENCE, "~~", "[http", "[<http", "[**http", "[`http")):
        return ""
    return text.partition(FENCE)[0]


def has_open_code(text: str) -> bool:
    """Whether a backtick in `text` has no partner."""
    return any(match["ticks"] and closing is None for match, closing in _tokens(text))


def code_for_discord(code: str) -> str:
    """Return a line of code in which no row of backticks ends the block."""
    return _ROW.sub(_apart, code) if FENCE in code else code


class _Rows:
    """The rows of backticks in a text, by their length, so that each finds its partner without reading what is between."""

    def __init__(self, text: str) -> None:
        self._starts: dict[int, list[int]] = {}
        for row in _WHOLE_ROW.finditer(text):
            self._starts.setdefault(len(row[0]), []).append(row.start())

    def closing(self, opening: re.Match[str]) -> int | None:
        """Return the start of the row that closes the code behind `opening`, or None."""
        starts = self._starts.get(len(opening["ticks"]), ())
        number = bisect_left(starts, opening.end() + 1)
        found = number < len(starts) and starts[number] - opening.end() <= _LONGEST_CODE
        return starts[number] if found else None


def _tokens(text: str) -> Iterator[tuple[re.Match[str], int | None]]:
    """Yield what Discord reads in another way, in order: the match of its beginning, and where its closing backticks begin."""
    rows, at = _Rows(text), 0
    while (match := _TOKEN.search(text, at)) is not None:
        if match["label"] is not None and len(match[0]) > _LONGEST_LINK:
            at = match.start() + 1
            continue
        closing = rows.closing(match) if match["ticks"] else None
        at = match.end() if closing is None else closing + len(match["ticks"])
        yield match, closing


def _replaced(match: re.Match[str]) -> str:
    if match["label"] is not None:
        link = _link(match[0], match["label"], match["address"])
        return link if link == match[0] or match["glued"] is None else f"{link} "
    return match[0] if match[0].startswith("\\") else "".join(f"\\{mark}" for mark in match[0])


def _inline_code(ticks: str, code: str) -> str:
    if len(ticks) < len(FENCE) and FENCE not in code:
        return f"{ticks}{code}{ticks}"
    if "`" not in code:
        return f"`{code}`"
    before = " " * code.startswith("`")
    return f"``{before}{_PAIR.sub(_apart, code)}``"


def _link(link: str, label: str, address: str) -> str:
    if _SCHEME.search(label) is None or "](" in label:
        return link
    plain = label.strip(_PLAIN_MARKS)
    if plain.rstrip("/") == address.rstrip("/"):
        return address
    return label if address in label else f"{label} ({address})"


def _apart(match: re.Match[str]) -> str:
    return "".join(f"{tick}{INVISIBLE}" for tick in match[0])
