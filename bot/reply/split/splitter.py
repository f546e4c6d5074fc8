"""Cuts an answer into messages that Discord takes, while it grows: short enough, never blank, each one whole in itself. Pure.

A cut is decided by the shortest beginning of the text that does not fit, and by nothing that comes later. So the messages before
the last never change, and the pieces in which an answer came make no difference. Only the last message is looked at again.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from bot.reply.split.blocks import LONGEST_CLOSING, Block, closing, follow, missing
from bot.reply.split.boundaries import choose
from bot.reply.split.graphemes import joined
from bot.reply.split.table_filter import TableFilter

LIMIT: Final = 2000
"""Code points in one message (Discord's limit for bots)."""

_INK: Final = re.compile(r"\S")
_MARGIN: Final = re.compile(r"[ \t>]*((?:[-*+]|\d{1,9}[.)])[ \t]+)?")
"""The marks of quotes and items at the beginning of a line."""
_BEGUN_FENCE: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?:`+|~+)[ \t]*")


def split(text: str, limit: int = LIMIT) -> list[str]:
    """The messages that show `text`, in order; none when there is nothing to see.

    `limit` has room for the longest fence, quoted, in a list, opened, closed and opened again: 400 at least.
    """
    splitter = Splitter(limit)
    splitter.feed(text)
    return splitter.close()


@dataclass(frozen=True, slots=True)
class Piece:
    """A message: what it has of the text, and the marks that were added before and behind it."""

    head: str
    body: str
    tail: str

    @property
    def text(self) -> str:
        """What Discord shows."""
        return self.head + self.body + self.tail


class Splitter:
    """One answer that grows. `feed` only takes note; the work is done when somebody asks for the messages."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._fed: list[str] = []
        self._table_filter = TableFilter()
        self._settled: list[Piece] = []
        self._texts: list[str] = []  # of the settled ones
        self._last = _Growing(limit, "", "")
        self._blank = True
        self._closed = False

    def feed(self, piece: str) -> None:
        """The next piece of the answer."""
        self._fed.append(piece)

    def close(self) -> list[str]:
        """The answer is at its end; returns its messages, which hold back nothing any more."""
        self._closed = True
        return self.messages

    @property
    def messages(self) -> list[str]:
        """The messages of what was fed. All but the last are final; a table that is not complete is not in them."""
        last = self._work().text
        return [*self._texts, *([last] if last else [])]

    @property
    def pieces(self) -> list[Piece]:
        """The messages, with what was added told apart."""
        last = self._work()
        return [*self._settled, *([last] if last.text else [])]

    def _work(self) -> Piece:
        """Take in what was fed; returns the last message."""
        fed = "".join(self._fed)
        self._fed.clear()
        if self._blank:  # Discord trims it, and what it would mean to Markdown is lost with it
            fed = fed.lstrip()
            self._blank = not fed
        self._settle(self._table_filter.feed(fed))
        if not self._closed:
            return self._last.so_far(self._table_filter.held)
        self._settle(self._table_filter.close())
        return self._last.whole()

    def _settle(self, text: str) -> None:
        for start in range(0, len(text), self._limit):
            cut = self._last.add(text[start : start + self._limit])
            while cut is not None:
                piece, self._last = cut
                self._settled.append(piece)
                self._texts.append(piece.text)
                cut = self._last.add("")


@dataclass(frozen=True, slots=True)
class _Scan:
    """How far a text was looked at."""

    line: int
    """Where its last line begins."""
    block: Block
    """What is open before that."""
    fits: int
    """Up to where every beginning of the text fits."""
    inked: int
    """Where the last complete line begins that is not blank."""
    before: Block
    """What is open before that."""


class _Growing:
    """The message that still grows: what it shows without the marks behind it."""

    def __init__(self, limit: int, head: str, rest: str) -> None:
        self._limit = limit
        self._head = head
        self._text = head + rest
        self._scan = _Scan(0, Block(), 0, 0, Block())

    def add(self, more: str) -> "tuple[Piece, _Growing] | None":
        """Add text. If it does not fit, the piece that is settled by that comes back, with the message that grows on."""
        self._text += more
        self._scan, over = self._look(self._text, self._scan)
        if over is None:
            return None
        cut = choose(self._text[: over + 1], len(self._head), self._limit)
        piece = Piece(self._head, self._text[len(self._head) : cut.end].rstrip(), cut.tail)
        return piece, _Growing(self._limit, cut.head, self._text[cut.start :])

    def whole(self) -> Piece:
        """The message, where nothing will be added."""
        start, block = _last_inked(self._text, self._scan)
        return self._piece(self._text, closing(block, self._text[start:].rstrip()))

    def so_far(self, held: str) -> Piece:
        """The message as it may be shown now, with as much of `held` as fits, and without fences that have only begun."""
        text = self._text + held
        scan, over = self._look(text, self._scan)
        if over is not None:
            while over > len(self._text) and joined(text, over):
                over -= 1
            text = text[:over]
        start, block = _last_inked(text, scan)
        last = text[start:].rstrip()
        if missing(block, last):
            text, last = text[:start].rstrip(), ""
        fence = follow(block, last).fence
        if fence is not None and fence.fresh:  # nothing but quote marks stands behind it
            return self._piece(_without_fence(text[: text.rfind(fence.marker)]), "")
        if block.fence is None and _BEGUN_FENCE.fullmatch(last):
            return self._piece(_without_fence(text.rstrip()), "")
        return self._piece(text, closing(block, last))

    def _piece(self, text: str, tail: str) -> Piece:
        body = text[len(self._head) :].rstrip()
        return Piece(self._head, body, tail) if body else Piece("", "", "")

    def _look(self, text: str, scan: _Scan) -> tuple[_Scan, int | None]:
        """Look at `text` from `scan` on; returns also the first character that does not fit, if there is one."""
        while True:
            end = text.find("\n", scan.line)
            stop = len(text) if end < 0 else end
            over = self._over(text, scan, stop)
            if over is not None:
                return scan, over
            if end < 0:
                return replace(scan, fits=stop), None
            line = text[scan.line : end]
            inked = (scan.line, scan.block) if line.strip() else (scan.inked, scan.before)
            scan = _Scan(end + 1, follow(scan.block, line), end + 1, *inked)

    def _over(self, text: str, scan: _Scan, stop: int) -> int | None:
        """The first character of the line up to `stop` with which the text does not fit, closed as it would have to be."""
        if stop + LONGEST_CLOSING <= self._limit:
            return None
        near = max(scan.fits, self._limit - LONGEST_CLOSING)
        ink = (match.start() for match in _INK.finditer(text, near, stop))
        return next((at for at in ink if self._length(text, scan, at + 1) > self._limit), None)

    def _length(self, text: str, scan: _Scan, end: int) -> int:
        return end + len(closing(scan.block, text[scan.line : end]))


def _last_inked(text: str, scan: _Scan) -> tuple[int, Block]:
    """Where the last line of `text` begins that is not blank, and what is open before it."""
    return (scan.line, scan.block) if text[scan.line :].strip() else (scan.inked, scan.before)


def _without_fence(text: str) -> str:
    """`text` without the fence in its last line, of which an item's marker stays: it was shown already."""
    start = text.rfind("\n") + 1
    margin = _MARGIN.match(text, start)
    return text[: margin.end()] if margin and margin[1] else text[:start]
