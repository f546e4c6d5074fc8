"""Chooses where a text that is too long for one message is cut: at the best boundary in the message's later half. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bot.reply.split.blocks import BIG_QUOTE, Block, around, closing, follow, missing, reopening
from bot.reply.split.graphemes import joined, wide

_SENTENCE: Final = re.compile(r"(?<![.!?…؟।])[.!?…؟।]+[\"'”’»)\]*_]*(?=\s)|[。！？]+[」』”’）*_]*")
_NO_BREAK_SPACES: Final = frozenset("\u00a0\u2007\u202f")
"""Non-breaking spaces: the text is not cut there."""
_NOT_AFTER: Final = frozenset("\u00a0\u2060\ufeff([{<\"'“‘«（［｛〈《「『【〔$#@")
_NOT_BEFORE: Final = frozenset(
    "\u2060\ufeff)]}>\"'”’».,;:!?…%）］｝〉》」』】〕、。，．：；！？・ー々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ゛゜"
)
"""Characters that may not begin a line in Chinese and Japanese."""
_LEAD: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?[ \t]*")
"""The indent, quote marks and item marker at the beginning of a line, which are not cut off from its text."""
_BLOCK: Final = re.compile(r"(?:[-*+>#]{1,6}|-#|\d{1,9}[.)])(?:\s|$)|`{3}|~{3}|[`~]{1,2}$|\|")
"""Text that Markdown would read as a block's mark if a cut put it at the beginning of a line."""
_INDENT_SHARE: Final = 20
"""The indent of code may fill at most one part in 20 of a message. A longer one would leave no room for the code."""
_INTRODUCTION: Final = re.compile(r"[ \t>]*#{1,6}[ \t]|.*[:：]\s*$")
"""A heading, or a line that ends in a colon: it introduces the text after it."""
_LABEL: Final = r"!?\[(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]*\])"
"""The beginning of a link and the first piece of its text, to be repeated; a piece may be another link."""
_TOKEN: Final = re.compile(
    r"\\[!-/:-@\[-`{-~]"
    r"|(?<!`)(`+)(?!`)[^\n]+?(?<!`)\1(?!`)"
    rf"|{_LABEL}*\]\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)(?:[ \t]+\"[^\"\n]*\")?\)"
    r"|<(?:[@#/]|a?:|t:|id:|https?:)[^<>\n]{0,400}>"
    r"|https?://[^\s<>\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+"
    r"|@\w{1,40}"
    r"|\|\|[^\n]+?\|\|"
    r"|\*\*(?=\S)[^*\n]+?\*\*"
    # Tokens that are incomplete at the end of the text:
    rf"|(?:(?<!`)`+(?!`)[^\n]{{0,300}}|{_LABEL}{{0,300}}(?:\[[^\[\]\n]{{0,300}}|\](?:\([^\n]{{0,300}})?)?"
    r"|<[@#/:atih][^<>\n]{0,100}|\|\|[^\n]{0,300}|\*\*[^*\n]{0,300}\*?|\\)\Z"
)
"""Text that loses its meaning when it is cut: escapes, inline code, links, mentions, addresses, spoilers, bold text."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut: the text before `end` stays, followed by `tail`; the rest continues at `start`, preceded by `head`."""

    end: int
    start: int
    head: str
    tail: str


def choose(text: str, head: int, limit: int) -> Cut:
    """Return the best cut of `text`, the shortest beginning of an answer's rest that does not fit into `limit` characters.

    The last character of `text` is the first one that does not fit, and is not white space. The first `head` characters of
    `text` were added by the cut before.
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
    """A line of the text: its start and end, and the structure open before and after it."""

    start: int
    end: int
    before: Block
    after: Block
    lead: int
    """The start of its text, after its marks."""
    fence: bool
    """Whether it opens or closes a fence, or is the incomplete beginning of a closing fence."""


class _Window:
    """A text that is too long, and the places where it may be cut."""

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
        """Return the best cut between two lines, the second of which begins at `least` or later; None if there is none."""
        non_blank = [line for line in self._lines if self._text[line.start : line.end].strip()]
        best, best_rank = None, 0
        for line, following in pairwise(non_blank):
            if self._skip_space(following.start) < least or line.end <= self._head:
                continue
            rank = self._rank(line, following)
            if rank >= max(best_rank, 1) and self._fits(line.end, closing(line.after, "")):
                best, best_rank = (line, following), rank
        return self._between(*best) if best else None

    def sentences(self, least: int) -> Iterable[int]:
        """Return the ends of the sentences after `least`, the last first."""
        return reversed([match.end() for match in _SENTENCE.finditer(self._text, least)])

    def words(self, least: int) -> Iterator[int]:
        """Yield the ends of the words after `least`, the last first. A wide letter needs no space beside it."""
        text = self._text
        for at in self.characters(least):
            before, after = text[at - 1], text[at]
            if after.isspace():
                if after not in _NO_BREAK_SPACES:
                    yield at
            elif (wide(after) or wide(before)) and after not in _NOT_BEFORE and before not in _NOT_AFTER:
                yield at

    def characters(self, least: int) -> Iterator[int]:
        """Yield every position after `least`, the last first, and only one in each run of white space."""
        text = self._text
        for at in range(min(self._last, self._limit), max(least, self._head), -1):
            if at == least + 1 or not (text[at].isspace() and text[at - 1].isspace()):
                yield at

    def in_line(self, places: Iterable[int], *, torn: bool = False) -> Cut | None:
        """Return a cut at the first of `places` that is inside a line and, unless `torn`, not inside a token; else None."""
        return next((cut for at in places if (cut := self._inside(at, torn=torn)) is not None), None)

    def anywhere(self) -> Cut:
        """Return the last cut that fits, without regard to lines, words and tokens."""
        text = self._text
        at = next(
            at for at in self.characters(self._head) if text[self._head : at].strip() and self._fits(at, self._tail(at))
        )
        line = self._line_at(at)
        inside = follow(line.before, text[line.start : at])
        return Cut(at, self._skip_space(at), reopening(inside, inline=True), self._tail(at))

    def _rank(self, line: _Line, following: _Line) -> int:
        """Return how good a cut between two lines is, from 1 (worst); 0 if it would leave an empty fence."""
        text = self._text
        blank = text.count("\n", line.end, following.start) > 1
        if line.after.fence is not None:
            return 0 if line.after.fence.fresh or following.fence else 2 + blank
        if _INTRODUCTION.match(text, line.start, line.end) and not _INTRODUCTION.match(
            text, following.start, following.end
        ):
            return 1
        inside = bool(around(line.after, text[following.start : following.end]).items)
        return (4 if inside else 6) + blank

    def _between(self, line: _Line, following: _Line) -> Cut:
        text = self._text
        head = reopening(around(line.after, text[following.start : following.end]), inline=False)
        if line.after.fence is None and head in ("", BIG_QUOTE):
            start = self._skip_space(following.start)
            head = "" if BIG_QUOTE.startswith(text[start : start + len(BIG_QUOTE)]) else head
        else:
            start = self._skip_space(following.start, self._limit // _INDENT_SHARE)
        return Cut(line.end, start, head, closing(line.after, ""))

    def _inside(self, at: int, *, torn: bool) -> Cut | None:
        text, line = self._text, self._line_at(at)
        if line.fence:
            return None
        code = line.before.fence is not None
        if code:
            start = self._skip_space(at, self._limit // _INDENT_SHARE)
        else:
            at, start = len(text[:at].rstrip()), self._skip_space(at)
        if start >= line.end or at <= max(self._head, line.lead) or joined(text, at) or joined(text, start):
            return None
        inside = line.before if code else follow(line.before, text[line.start : at])
        if not torn and self._tears(at, start, inside):
            return None
        tail = self._tail(at)
        return Cut(at, start, reopening(inside, inline=True), tail) if self._fits(at, tail) else None

    def _tears(self, at: int, start: int, inside: Block) -> bool:
        """Whether a cut would tear a token, or change how Markdown reads the text after it."""
        if self._in_token(at) or self._in_token(start):
            return True
        if inside.fence is not None:
            return self._text[self._skip_space(start)] in "`~"
        return not inside.items and _BLOCK.match(self._text, start) is not None

    def _skip_space(self, at: int, spared: int = 0) -> int:
        """Return the end of the white space at `at`, or `at` itself if the white space is at most `spared` characters long."""
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
