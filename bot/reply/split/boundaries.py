"""Where a text that is too long for one message is cut: at the best boundary in the later half of the message. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bot.reply.split.blocks import BIG_QUOTE, Block, around, closing, follow, missing, reopening
from bot.reply.split.graphemes import joined, wide

_SENTENCE: Final = re.compile(r"(?<![.!?…؟।])[.!?…؟।]+[\"'”’»)\]*_]*(?=\s)|[。！？]+[」』”’）*_]*")
_UNBROKEN: Final = frozenset("\u00a0\u2007\u202f")
"""Spaces that hold together what is beside them."""
_NOT_BEHIND: Final = frozenset("\u00a0\u2060\ufeff([{<\"'“‘«（［｛〈《「『【〔$#@")
_NOT_BEFORE: Final = frozenset(
    "\u2060\ufeff)]}>\"'”’».,;:!?…%）］｝〉》」』】〕、。，．：；！？・ー々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ゛゜"
)
"""What begins no line in Chinese and Japanese."""
_LEAD: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?[ \t]*")
"""The marks at the beginning of a line, which stay with its text."""
_BLOCK: Final = re.compile(r"(?:[-*+>#]{1,6}|-#|\d{1,9}[.)])(?:\s|$)|`{3}|~{3}|[`~]{1,2}$|\|")
"""What would get a meaning at the beginning of a line."""
_LONGEST_INDENT: Final = 20
"""What part of a message the indent of code may fill: one in so many. A longer one would leave no room for the code."""
_LEADS_ON: Final = re.compile(r"[ \t>]*#{1,6}[ \t]|.*[:：]\s*$")
"""A line that belongs to what follows."""
_LABEL: Final = r"!?\[(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]*\])"
"""The beginning of a link; a piece of its text may be another link."""
_TOKEN: Final = re.compile(
    r"\\[!-/:-@\[-`{-~]"
    r"|(?<!`)(`+)(?!`)[^\n]+?(?<!`)\1(?!`)"
    rf"|{_LABEL}*\]\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)(?:[ \t]+\"[^\"\n]*\")?\)"
    r"|<(?:[@#/]|a?:|t:|id:|https?:)[^<>\n]{0,400}>"
    r"|https?://[^\s<>\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+"
    r"|@\w{1,40}"
    r"|\|\|[^\n]+?\|\|"
    r"|\*\*(?=\S)[^*\n]+?\*\*"
    # What has only begun where the text ends:
    rf"|(?:(?<!`)`+(?!`)[^\n]{{0,300}}|{_LABEL}{{0,300}}(?:\[[^\[\]\n]{{0,300}}|\](?:\([^\n]{{0,300}})?)?"
    r"|<[@#/:atih][^<>\n]{0,100}|\|\|[^\n]{0,300}|\*\*[^*\n]{0,300}\*?|\\)\Z"
)
"""What loses its meaning when it is cut."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The text before `end` stays, with `tail` behind it; the rest goes on from `start`, with `head` before it."""

    end: int
    start: int
    head: str
    tail: str


def choose(text: str, head: int, limit: int) -> Cut:
    """Where to cut `text`, the first beginning of an answer's rest that does not fit into `limit`.

    Its last character, which is no white space, is the first one too many; its first `head` characters were added before it.
    """
    window = _Window(text, head, limit)
    half, eighth = limit // 2, limit // 8
    return (
        window.between_lines(half)
        or window.in_line(window.sentences(half))
        or window.in_line(window.words(half))
        or window.in_line(window.characters(half))
        or window.between_lines(eighth)
        or window.in_line(window.words(eighth))
        or window.in_line(window.characters(head), torn=True)
        or window.anywhere()
    )


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    before: Block
    after: Block
    lead: int
    """Where its text begins, behind its marks."""
    fence: bool
    """Whether it opens or closes a fence, or may be about to."""


class _Window:
    def __init__(self, text: str, head: int, limit: int) -> None:
        self._last = len(text) - 1
        self._text = text
        self._head = head
        self._limit = limit
        self._lines = list(_lines(text))
        self._starts = [line.start for line in self._lines]
        self._tokens = [match.span() for match in _TOKEN.finditer(text)]
        self._token_starts = [start for start, _ in self._tokens]

    def between_lines(self, least: int) -> Cut | None:
        """The best cut between two lines, the second of which begins at `least` or later."""
        inked = [line for line in self._lines if self._text[line.start : line.end].strip()]
        best, best_rank = None, 0
        for line, following in pairwise(inked):
            if self._next_ink(following.start) < least or line.end <= self._head:
                continue
            rank = self._rank(line, following)
            if rank >= max(best_rank, 1) and self._fits(line.end, closing(line.after, "")):
                best, best_rank = (line, following), rank
        return self._between(*best) if best else None

    def sentences(self, least: int) -> Iterable[int]:
        """Where sentences end, the last first."""
        return reversed([match.end() for match in _SENTENCE.finditer(self._text, least)])

    def words(self, least: int) -> Iterator[int]:
        """Where words end, the last first; between wide letters there need be no space."""
        text = self._text
        for at in self.characters(least):
            before, after = text[at - 1], text[at]
            if after.isspace():
                if after not in _UNBROKEN:
                    yield at
            elif (wide(after) or wide(before)) and after not in _NOT_BEFORE and before not in _NOT_BEHIND:
                yield at

    def characters(self, least: int) -> Iterator[int]:
        """Every place after `least`, the last first, but one only in a row of white space."""
        text = self._text
        for at in range(min(self._last, self._limit), max(least, self._head), -1):
            if at == least + 1 or not (text[at].isspace() and text[at - 1].isspace()):
                yield at

    def in_line(self, places: Iterable[int], *, torn: bool = False) -> Cut | None:
        """A cut at the first of `places` that allows one: inside a line, and not inside a token unless `torn`."""
        return next((cut for at in places if (cut := self._inside(at, torn=torn)) is not None), None)

    def anywhere(self) -> Cut:
        """The last cut that fits, wherever it is."""
        text = self._text
        at = next(
            at for at in self.characters(self._head) if text[self._head : at].strip() and self._fits(at, self._tail(at))
        )
        line = self._line_at(at)
        inside = follow(line.before, text[line.start : at])
        return Cut(at, self._next_ink(at), reopening(inside, inline=True), self._tail(at))

    def _rank(self, line: _Line, following: _Line) -> int:
        """How good a cut between two lines is, from 1; 0 where it would leave an empty fence."""
        text = self._text
        blank = text.count("\n", line.end, following.start) > 1
        if line.after.fence is not None:
            return 0 if line.after.fence.fresh or following.fence else 2 + blank
        if _LEADS_ON.match(text, line.start, line.end) and not _LEADS_ON.match(text, following.start, following.end):
            return 1
        inside = bool(around(line.after, text[following.start : following.end]).items)
        return (4 if inside else 6) + blank

    def _between(self, line: _Line, following: _Line) -> Cut:
        text = self._text
        head = reopening(around(line.after, text[following.start : following.end]), inline=False)
        if line.after.fence is None and head in ("", BIG_QUOTE):
            start = self._next_ink(following.start)
            head = "" if BIG_QUOTE.startswith(text[start : start + len(BIG_QUOTE)]) else head
        else:
            start = self._next_ink(following.start, self._limit // _LONGEST_INDENT)
        return Cut(line.end, start, head, closing(line.after, ""))

    def _inside(self, at: int, *, torn: bool) -> Cut | None:
        text, line = self._text, self._line_at(at)
        if line.fence:
            return None
        code = line.before.fence is not None
        if code:
            start = self._next_ink(at, self._limit // _LONGEST_INDENT)
        else:
            at, start = len(text[:at].rstrip()), self._next_ink(at)
        if start >= line.end or at <= max(self._head, line.lead) or joined(text, at) or joined(text, start):
            return None
        inside = line.before if code else follow(line.before, text[line.start : at])
        if not torn and self._tears(at, start, inside):
            return None
        tail = self._tail(at)
        return Cut(at, start, reopening(inside, inline=True), tail) if self._fits(at, tail) else None

    def _tears(self, at: int, start: int, inside: Block) -> bool:
        """Whether a cut would tear a token, or the rest be taken for something that it is not."""
        if self._in_token(at) or self._in_token(start):
            return True
        if inside.fence is not None:
            return self._text[self._next_ink(start)] in "`~"
        return not inside.items and _BLOCK.match(self._text, start) is not None

    def _next_ink(self, at: int, spared: int = 0) -> int:
        """Where the text goes on behind the white space at `at`, of which `spared` characters are not skipped."""
        space = len(self._text) - at - len(self._text[at:].lstrip())
        return at + space if space > spared else at

    def _line_at(self, at: int) -> _Line:
        return self._lines[bisect_right(self._starts, at) - 1]

    def _in_token(self, at: int) -> bool:
        number = bisect_right(self._token_starts, at - 1) - 1
        return number >= 0 and at < self._tokens[number][1]

    def _tail(self, at: int) -> str:
        line = self._line_at(at)
        return closing(line.before, self._text[line.start : at])

    def _fits(self, end: int, tail: str) -> bool:
        return len(self._text[:end].rstrip()) + len(tail) <= self._limit


def _lines(text: str) -> Iterator[_Line]:
    block, start = Block(), 0
    for line in text.split("\n"):
        after = follow(block, line)
        end = start + len(line)
        fence = (block.fence is None) != (after.fence is None) or (end == len(text) and missing(block, line) != "")
        lead = _LEAD.match(line)
        yield _Line(start, end, block, after, start + (lead.end() if lead else 0), fence)
        block, start = after, end + 1
