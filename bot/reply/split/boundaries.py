"""Chooses where a text that is too long for one message is cut: at the best boundary that leaves the message full. Pure.

A boundary in the last 15 % of a message is taken if there is any. Of several, a better kind outweighs a few characters.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from bot.reply.split.blocks import BIG_QUOTE, Block, around, closing, follow, lead_of, reopening
from bot.reply.split.graphemes import joined, wide
from bot.reply.split.inline import LONGEST_INLINE
from bot.reply.split.marks import SPOILER, closing_marks, open_at, spans

FULL: Final = 0.85
"""Share of a message that is filled wherever the text allows."""
FAIR: Final = 0.6
"""Share of a message that is filled unless a piece that cannot be cut, such as a long link, forbids it."""
_PARAGRAPH: Final = 0.0
_LINE: Final = 0.01
_ITEM: Final = 0.04
_CODE: Final = 0.025
_SENTENCE: Final = 0.05
_WORD: Final = 0.15
"""How much fuller, as a share of the limit, a message must be with this boundary than with the end of a paragraph."""
_INTRODUCED: Final = 0.2

_NON_SPACE: Final = re.compile(r"\S")
_SENTENCE_END: Final = re.compile(r"(?<![.!?…؟।])[.!?…؟।]+[\"'”’»)\]*_|~]*(?=\s)|[。！？]+[」』”’）*_|~]*")
_NO_BREAK_SPACES: Final = frozenset("\u00a0\u2007\u202f")
"""Non-breaking spaces: the text is not cut there."""
_NOT_AFTER: Final = frozenset("\u00a0\u2060\ufeff([{<\"'“‘«（［｛〈《「『【〔$#@")
_NOT_BEFORE: Final = frozenset(
    "\u2060\ufeff)]}>\"'”’».,;:!?…%）］｝〉》」』】〕、。，．：；！？・ー々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ゛゜"
)
"""Characters that may not begin a line in Chinese and Japanese."""
_BLOCK: Final = re.compile(r"(?P<mark>[-*+>#]{1,6}|-#)(?:\s|$)|\d{1,9}[.)](?:\s|$)")
"""Text that Markdown would read as a block's mark if a cut put it at the beginning of a line; a `mark` can be escaped."""
_INDENT_SHARE: Final = 20
"""The indent of code may fill at most one part in 20 of a message. A longer one would leave no room for the code."""
_INTRODUCTION: Final = re.compile(r"[ \t>]*#{1,6}[ \t]|.*[:：]\s*$")
"""A heading, or a line that ends in a colon: it introduces the text after it."""
_LINE_STYLE: Final = re.compile(r"(?:#{1,3}|-#)[ \t]+")
"""The mark of a heading or of small print, which a line that is cut in two needs in both messages."""
_LABEL: Final = r"!?\[(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]*\])"
"""The beginning of a link and the first piece of its text, to be repeated; a piece may be another link."""
_TOKEN: Final = re.compile(
    r"\\[!-/:-@\[-`{-~]"
    rf"|(`++)[^\n]{{1,{LONGEST_INLINE}}}?(?<!`)\1(?!`)"
    rf"|{_LABEL}{{0,400}}\]\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)(?:[ \t]+\"[^\"\n]*\")?\)"
    r"|<(?:[@#/]|a?:|t:|id:|https?:)[^<>\n]{0,400}>"
    r"|https?://[^\s<>\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+"
    r"|@\w{1,40}"
    # Tokens that are incomplete at the end of the text:
    rf"|(?:`++[^\n]{{0,{LONGEST_INLINE}}}+"
    rf"|{_LABEL}{{0,300}}(?:\[[^\[\]\n]{{0,300}}|\](?:\([^\n]{{0,300}}+)?)?|<[@#/:atih][^<>\n]{{0,100}}+|\\)\Z"
    r"|`++"
)
"""Text that loses its meaning when it is cut: escapes, inline code, links, mentions, addresses."""
_LONGEST_RUN: Final = 3
_RUN_AT_END: Final = re.compile(rf"(?<![*_~|])(?:\*{{1,{_LONGEST_RUN}}}|_{{1,{_LONGEST_RUN}}}|~~?|\|\|?)\Z")
_SHORT: Final = 84
"""Longest bold text or spoiler, in characters, that is not cut where another boundary leaves the message full enough."""


@dataclass(slots=True)
class Lines:
    """The lines of a text: where each begins, the structure open before each, and whether the last one is a fence."""

    starts: list[int]
    blocks: list[Block]
    ends_in_fence: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut: the text before `end` stays, followed by `tail`; the rest continues at `start`, preceded by `head` and `marks`."""

    end: int
    start: int
    head: str
    tail: str
    marks: tuple[str, ...] = ()


def is_blank_line(line: str, before: Block) -> bool:
    """Return whether `line` shows nothing but the marks of a quote, which Discord shows as they are at the end of a message."""
    if before.fence is not None:
        return not (line.removeprefix(">") if before.quote else line).strip()
    return not line.strip(" \t\r>")


def choose(text: str, head: int, limit: int, lines: Lines) -> Cut:
    """Return the best cut of `text`, the shortest beginning of an answer's rest that does not fit into `limit` characters.

    The last character of `text` is the first one that does not fit, and is not white space. The first `head` characters of
    `text` were added by the cut before.
    """
    window = _Window(text, head, limit, lines)
    eighth = limit // 8
    if not text[head:].strip(" \t\n>"):  # nothing but empty quotes, and no boundary is better than another
        return window.anywhere()
    return (
        window.best(round(limit * FULL))
        or window.best(round(limit * FAIR), last_resort=True)
        or window.in_line(window.characters(round(limit * FAIR)))
        or window.between_lines(eighth, by_start=True, last_resort=True)
        or window.in_line(window.words(eighth))
        or window.in_line(window.characters(head), torn=True)
        or window.between_lines(1, by_start=True, last_resort=True)
        or window.anywhere()
    )


def _run_at_end(text: str) -> int:
    """Return where the mark at the end of `text` begins, of which more may follow; the length of `text` if none is there."""
    match = _RUN_AT_END.search(text, max(0, len(text) - _LONGEST_RUN - 1))
    return match.start() if match else len(text)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the text: its start and end, and the structure open before and after it."""

    start: int
    end: int
    before: Block
    after: Block
    is_fence: bool
    """Whether it opens or closes a fence."""


class _Window:
    """A text that is too long, and the places where it may be cut."""

    def __init__(self, text: str, head: int, limit: int, lines: Lines) -> None:
        self._last = len(text) - 1
        self._text = text
        self._head = head
        self._limit = limit
        self._lines = lines
        self._tokens = [match.span() for match in _TOKEN.finditer(text)]
        self._token_starts = [start for start, _ in self._tokens]
        run = _run_at_end(text)
        self._spans = spans(text[:run])
        self._not_ends = {at for span in self._spans for at in range(span.start + 1, span.inner + 1)}
        self._not_ends.update(range(run + 1, len(text)))
        self._not_starts = set(range(run, len(text)))
        self._short: set[int] = set()
        self._joins: dict[int, bool] = {}
        for span in self._spans:
            end = len(text) if span.end is None else span.end + len(span.mark)
            if len(span.mark) > 1 and end - span.start <= _SHORT:
                self._short.update(range(span.start + 1, end))
            if span.end is not None:
                self._not_starts.update(range(span.end, span.end + len(span.mark)))

    def best(self, least: int, *, last_resort: bool = False) -> Cut | None:
        """Return the best cut of the text that leaves at least `least` characters before it, at any kind of boundary."""
        best = self.between_lines(least, last_resort=last_resort)
        score = self._line_score
        for places, cost in ((self.sentences(least), _SENTENCE), (self.words(least), _WORD)):
            if score >= self._limit * (1 - cost):
                break
            cut = self.in_line(places, guarded=last_resort)
            if cut is not None and cut.end - cost * self._limit > score:
                best, score = cut, cut.end - cost * self._limit
        return best

    def between_lines(self, least: int, *, by_start: bool = False, last_resort: bool = False) -> Cut | None:
        """Return the best cut between two lines that leaves at least `least` characters before it; None if there is none.

        `by_start`: white space before the second line counts. `last_resort`: also behind a heading or an introduction.
        """
        best, self._line_score = None, -inf
        following: _Line | None = None
        for number in range(len(self._lines.starts) - 1, -1, -1):
            line = self._line(number)
            if is_blank_line(self._text[line.start : line.end], line.before):
                continue
            if following is not None:
                reach = self._skip_space(following.start) if by_start else line.end
                if reach < least or line.end <= self._head:
                    break
                cost = self._cost(line, following)
                if cost is None or (cost >= _INTRODUCED and not last_resort):
                    following = line
                    continue
                score = line.end - cost * self._limit
                if score > self._line_score and (cut := self._between(line, following)) is not None:
                    best, self._line_score = cut, score
            following = line
        return best

    def sentences(self, least: int) -> Iterable[int]:
        """Return the ends of the sentences after `least`, the last first."""
        return reversed([match.end() for match in _SENTENCE_END.finditer(self._text, least)])

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

    def in_line(self, places: Iterable[int], *, torn: bool = False, guarded: bool = False) -> Cut | None:
        """Return a cut at the first of `places` that is inside a line and, unless `torn`, not inside a token; else None.

        `guarded`: a character that would begin a list or a quote in the next message is escaped there.
        """
        apart = (at for at in places if not self._is_joined(at))
        return next((cut for at in apart if (cut := self._inside(at, torn=torn, guarded=guarded)) is not None), None)

    def anywhere(self) -> Cut:
        """Return the last cut that fits, without regard to lines, words and tokens."""
        text = self._text
        at = next(
            at
            for at in self.characters(self._head)
            if text[self._head : at].strip() and self._fits(at, closing(self._line_at(at).before))
        )
        line = self._line_at(at)
        inside = line.before if line.before.fence else follow(line.before, text[line.start : at])
        return Cut(at, self._skip_space(at), reopening(inside, inline=True), closing(line.before))

    def _line(self, number: int) -> _Line:
        lines = self._lines
        start, before = lines.starts[number], lines.blocks[number]
        if number + 1 == len(lines.starts):
            return _Line(start, len(self._text), before, before, lines.ends_in_fence)
        after = lines.blocks[number + 1]
        return _Line(start, lines.starts[number + 1] - 1, before, after, before.fence is not after.fence)

    def _cost(self, line: _Line, following: _Line) -> float | None:
        """Return how much a cut between two lines harms; None if it would leave an empty block of code."""
        text = self._text
        blank = text.count("\n", line.end, following.start) > 1
        if line.after.fence is not None:
            return None if line.is_fence or following.is_fence else _CODE - blank * 0.005
        if _INTRODUCTION.match(text, line.start, line.end) and not _INTRODUCTION.match(
            text, following.start, following.end
        ):
            return _INTRODUCED
        if around(following.before, text[following.start : following.end]).items:
            return _ITEM - blank * 0.005
        return _PARAGRAPH if blank else _LINE

    def _between(self, line: _Line, following: _Line) -> Cut | None:
        text = self._text
        marks = open_at(self._spans, line.end)
        block = around(following.before, text[following.start : following.end])  # empty quotes between them count
        head = reopening(block, inline=False)
        if line.after.fence is None and head in ("", BIG_QUOTE):
            start = self._skip_space(following.start)
            head = "" if BIG_QUOTE.startswith(text[start : start + len(BIG_QUOTE)]) else head
        else:
            start = self._skip_space(following.start, self._limit // _INDENT_SHARE)
        if line.end in self._not_ends or start in self._not_starts:
            return None
        return self._cut(line.end, start, line.after, head, marks)

    def _cut(self, end: int, start: int, block: Block, head: str, marks: Sequence[str]) -> Cut | None:
        """Return the cut if the text before it fits with what closes it."""
        hidden = block.fence is not None and SPOILER in marks
        tail = closing(block) + (SPOILER if hidden else closing_marks([] if block.fence else marks))
        if len(self._text[:end].rstrip()) + len(tail) > self._limit:
            return None
        if block.fence is not None:
            return Cut(end, start, f"{SPOILER}\n{head}" if hidden else head, tail)
        return Cut(end, start, head, tail, tuple(marks))

    def _inside(self, at: int, *, torn: bool, guarded: bool) -> Cut | None:
        text, line = self._text, self._line_at(at)
        if line.is_fence or is_blank_line(text[line.start : at], line.before):
            return None
        code = line.before.fence is not None
        if code:
            start = self._skip_space(at, self._limit // _INDENT_SHARE)
        else:
            at, start = len(text[:at].rstrip()), self._skip_space(at)
        if start >= line.end or self._parts_what_belongs_together(at, start, torn=torn):
            return None
        lead = line.start if code else line.start + len(lead_of(text[line.start : line.end]).text)
        if at <= max(self._head, lead):
            return None
        inside = line.before if code else follow(line.before, text[line.start : at])
        head, marks = reopening(inside, inline=True), open_at(self._spans, at)
        if not code:
            style = _LINE_STYLE.match(text, lead)
            head += style[0] if style else ""
            read_as = None if inside.items or torn or marks else _BLOCK.match(text, start)
            if read_as and not (guarded and read_as.end() > read_as.end("mark") > 0):
                return None
            head += "\\" if read_as else ""
        return self._cut(at, start, inside, head, marks)

    def _parts_what_belongs_together(self, at: int, start: int, *, torn: bool) -> bool:
        """Whether a cut from `at` to `start` would part a token, unless `torn`, a mark or a grapheme."""
        if not torn and (self._in_token(at) or self._in_token(start)):
            return True
        return at in self._not_ends or start in self._not_starts or self._is_joined(at) or self._is_joined(start)

    def _is_joined(self, at: int) -> bool:
        """Whether a grapheme goes on at `at`."""
        if at not in self._joins:
            self._joins[at] = joined(self._text, at)
        return self._joins[at]

    def _skip_space(self, at: int, spared: int = 0) -> int:
        """Return the end of the white space at `at`, or `at` itself if the white space is at most `spared` characters long."""
        found = _NON_SPACE.search(self._text, at)
        end = found.start() if found else len(self._text)
        return end if end - at > spared else at

    def _line_at(self, at: int) -> _Line:
        return self._line(bisect_right(self._lines.starts, at) - 1)

    def _in_token(self, at: int) -> bool:
        if at in self._short:
            return True
        number = bisect_right(self._token_starts, at - 1) - 1
        return number >= 0 and at < self._tokens[number][1]

    def _fits(self, end: int, tail: str) -> bool:
        return len(self._text[:end].rstrip()) + len(tail) <= self._limit
