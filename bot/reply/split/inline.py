"""Turns the text of one line outside of code into Discord's Markdown. Pure.

Discord opens a block at any three backticks, and closes inline code lines later. So code between long rows of backticks in a
line is shown as inline code, and a row without a partner is escaped. A masked link whose text is an address is shown by Discord
with all its brackets, so the address alone is kept. Headings below the third level become headings of the third.
"""

import re
from typing import Final

from bot.reply.split.blocks import FENCE

INVISIBLE: Final = "\u200b"
"""A zero-width space. It stands between backticks in code that Discord would read as the end of the block."""
_LONGEST_CODE: Final = 300
_LONGEST_LABEL: Final = 300
_LONGEST_ADDRESS: Final = 700
_LABEL: Final = r"(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]{0,100}\])"
_TITLE: Final = r"[ \t]+\"[^\"\n]{0,200}"
_CODE: Final = rf"(?P<ticks>`{{1,64}}+)(?P<code>[^\n]{{0,{_LONGEST_CODE}}}?[^`\n])(?P=ticks)(?!`)"
_LINK: Final = (
    rf"\[(?P<label>{_LABEL}{{1,{_LONGEST_LABEL}}})\]\([ \t]*<?"
    rf"(?P<address>https?://(?:[^()\s<>]|\([^()\s<>]{{0,200}}\)){{1,{_LONGEST_ADDRESS}}})>?(?:{_TITLE}\")?[ \t]*\)"
)
_ESCAPE: Final = r"\\[!-/:-@\[-`{-~]"
_TOKEN: Final = re.compile(rf"{_ESCAPE}|{_CODE}|{_LINK}(?P<glued>(?=[\w\u2e80-\uffef]))?|`{{1,64}}+|~{{3,64}}+")
_BEGUN: Final = re.compile(
    rf"{_ESCAPE}|{_CODE}(?!\Z)|{_LINK}(?!\Z)"
    rf"|(?P<begun>\\|`{{1,64}}+[^\n]{{0,{_LONGEST_CODE + 66}}}"
    rf"|\[{_LABEL}{{0,{_LONGEST_LABEL}}}(?:\[[^\[\]\n]{{0,100}}|\\)?"
    rf"|\[{_LABEL}{{1,{_LONGEST_LABEL}}}\](?:\([ \t]*<?[^\s<>]{{0,{_LONGEST_ADDRESS}}}>?(?:{_TITLE}\"?)?[ \t]*\)?)?"
    r"|~{1,63})\Z"
    r"|`{1,64}+|~{64}"
)
"""The same, and the beginning of a link or of code at the end of the text. Both wait for the character behind them."""
_SCHEME: Final = re.compile(r"https?://")
_PLAIN_MARKS: Final = "*_~`<> "
_ROW: Final = re.compile(r"`{3,64}+")
_PAIR: Final = re.compile(r"`{2,}")
_DEEP_HEADING: Final = re.compile(r"\A([ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+){0,8})#{4,6}(?=[ \t]+\S)")


def for_discord(text: str) -> str:
    """Return the text of a line, outside of fences, as Discord's Markdown."""
    return _TOKEN.sub(_replaced, text) if "`" in text or "](" in text or "~~~" in text else text


def heading_for_discord(line: str) -> str:
    """Return `line` with a heading of at most the third level."""
    return _DEEP_HEADING.sub(r"\1###", line, count=1) if "####" in line else line


def end_of_complete(text: str) -> int:
    """Return where the beginning of a link or of inline code at the end of `text` begins, or its length if there is none."""
    if "`" not in text and "[" not in text and not text.endswith(("\\", "~")):
        return len(text)
    return next((match.start() for match in _BEGUN.finditer(text) if match["begun"] is not None), len(text))


def may_show(text: str) -> bool:
    """Whether the beginning of a link or of inline code may be shown: it does not change when it is complete."""
    return bool(text.strip("`")) and not text.startswith((FENCE, "~~", "[http", "[<http", "[**http", "[`http"))


def has_open_code(text: str) -> bool:
    """Whether a backtick in `text` has no partner."""
    return any(match["code"] is None and match[0].startswith("`") for match in _TOKEN.finditer(text))


def code_for_discord(code: str) -> str:
    """Return a line of code in which no row of backticks ends the block."""
    return _ROW.sub(_apart, code) if FENCE in code else code


def _replaced(match: re.Match[str]) -> str:
    if match["code"] is not None:
        return _inline_code(match["ticks"], match["code"])
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
