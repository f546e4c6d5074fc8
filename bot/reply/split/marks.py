"""Finds the bold, italic, underlined, struck and hidden parts of a text, so that a cut can close and reopen it. Pure.

Discord closes a mark wherever the same mark follows, even paragraphs later. Models close all but spoilers in the same paragraph,
list item or heading; a mark that is still open there was meant as it is written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.reply.split.inline import LONGEST_INLINE

SPOILER: Final = "||"
_SCAN: Final = re.compile(
    r"(?P<block>```(?:[\s\S]*?```|[\s\S]*))"
    r"|\\[\s\S]"
    rf"|(?P<ticks>`{{1,2}})(?!`)[^\n]{{0,{LONGEST_INLINE}}}?[^`\n](?P=ticks)(?!`)"
    r"|\]\((?:[^()\s]|\([^()\s]*\))*\)"
    r"|<(?:[@#/]|a?:|t:|id:|https?:)[^<>\n]{0,400}>"
    r"|https?://[^\s<>*|~]+"
    r"|(?P<run>\*+|_+|~+|\|+)"
    r"|(?P<end>\n(?:[ \t>]*\n)+|\n(?=[ \t>]*(?:#{1,3}|-#|[-*+]|\d{1,9}[.)])[ \t]))"
)
_BEFORE_SPOILER: Final = " \t\n([{*_~\"'>"
_AFTER_SPOILER: Final = re.compile(r"[\w\n\"'(\[*_~<`@:]|[^\x00-\x7f]")
_RUNS: Final = frozenset({"*", "**", "***", "_", "__", "___", "~~", SPOILER})


@dataclass(slots=True)
class Span:
    """A marked part of a text: its mark, and where the opening and the closing mark begin (None: not in the text)."""

    mark: str
    start: int
    end: int | None = None

    @property
    def inner(self) -> int:
        """Where the marked text begins."""
        return self.start + len(self.mark)


def spans(text: str) -> list[Span]:
    """Return the marked parts of `text` in the order in which they open. A mark that is never closed in its paragraph is none."""
    found: list[Span] = []
    opened: list[Span] = []
    for match in _SCAN.finditer(text):
        run = match["run"]
        if run is not None:
            _follow_run(text, match.start(), run, opened, found)
        elif match["end"] is not None or match["block"] is not None:
            opened[:] = [span for span in opened if span.mark == SPOILER]
    return sorted([*found, *opened], key=lambda span: span.start)


def open_at(marked: Sequence[Span], end: int) -> list[str]:
    """Return the marks that are open at `end`, from the outermost on."""
    return [span.mark for span in marked if span.inner <= end and (span.end is None or span.end >= end)]


def closing_marks(marks: Sequence[str]) -> str:
    """Return the text that closes `marks`."""
    return "".join(reversed(marks))


def _follow_run(text: str, at: int, run: str, opened: list[Span], found: list[Span]) -> None:
    """Close or open the marks of a row of the same character, at most three long."""
    if run not in _RUNS:
        return
    before, after = text[at - 1 : at], text[at + len(run) : at + len(run) + 1]
    for mark in _parts(run, opened):
        known = next((span for span in reversed(opened) if span.mark == mark), None)
        if known is not None and _may_close(mark, before, after) and known.inner < at:
            known.end = at
            found.append(known)
            del opened[opened.index(known) :]
        elif _may_open(mark, before, after):
            opened[:] = [
                span for span in opened if span.mark != mark
            ]  # a mark does not stand in itself: that one was text
            opened.append(Span(mark, at))
        at += len(mark)


def _parts(run: str, opened: Sequence[Span]) -> tuple[str, ...]:
    """Return the marks in a row, in the order in which they stand: the one that was opened last is closed first."""
    if len(run) < 3:
        return (run,)
    single, double = run[0], run[:2]
    last = next((span.mark for span in reversed(opened) if span.mark in (single, double)), single)
    return (single, double) if last == single and opened else (double, single)


def _may_close(mark: str, before: str, after: str) -> bool:
    """Whether a mark that is open ends here: two characters do so anywhere, as on Discord."""
    return len(mark) > 1 or not (before.isspace() or (mark == "_" and after.isalnum()))


def _may_open(mark: str, before: str, after: str) -> bool:
    if mark == SPOILER:  # `||` is an operator too; before a new line it hides blocks
        around = "\n" if after == "\n" else _BEFORE_SPOILER
        return (not before or before in around) and _AFTER_SPOILER.match(after) is not None
    if not after or after.isspace():
        return False
    if mark == "_":
        return not before.isalnum()
    letters = before.isascii() and before.isalnum()
    return not letters if mark == "*" else not (letters and after.isascii() and after.isalnum())
