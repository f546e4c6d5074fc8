"""Splits a growing answer into messages that Discord accepts: short enough, never blank, each valid Markdown on its own. Pure.

A cut depends only on the shortest beginning of the text that does not fit, never on later text. So only the last message can
still change, and only it is processed again. The pieces in which an answer arrives make no difference.
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

_NON_SPACE: Final = re.compile(r"\S")
_MARGIN: Final = re.compile(r"[ \t>]*((?:[-*+]|\d{1,9}[.)])[ \t]+)?")
"""The quote marks and the item marker at the beginning of a line."""
_INCOMPLETE_FENCE: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?:`+|~+)[ \t]*")


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Return the messages that show `text`, in order; [] if there is nothing to show.

    `limit` is in code points, at least 400: the longest fence, quoted, in a list, must fit opened, closed and opened again.
    """
    splitter = Splitter(limit)
    splitter.feed(text)
    return splitter.close()


@dataclass(frozen=True, slots=True)
class Piece:
    """A message: `body` is its part of the text, `head` and `tail` are the marks that were added before and after it."""

    head: str
    body: str
    tail: str

    @property
    def text(self) -> str:
        """The text of the message."""
        return self.head + self.body + self.tail


class Splitter:
    """Splits one growing answer. `feed` only stores text; reading `messages` or `pieces` does the work."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._unprocessed: list[str] = []
        self._table_filter = TableFilter()
        self._settled: list[Piece] = []
        self._texts: list[str] = []  # the texts of the settled pieces
        self._last = _Growing(limit, "", "")
        self._is_blank = True
        self._is_closed = False

    def feed(self, piece: str) -> None:
        """Add the next piece of the answer."""
        self._unprocessed.append(piece)

    def close(self) -> list[str]:
        """End the answer and return its messages, with everything that was held back."""
        self._is_closed = True
        return self.messages

    @property
    def messages(self) -> list[str]:
        """The messages so far. All but the last are final. An incomplete table is left out."""
        last = self._process().text
        return [*self._texts, *([last] if last else [])]

    @property
    def pieces(self) -> list[Piece]:
        """The messages so far, with the added marks apart from the text."""
        last = self._process()
        return [*self._settled, *([last] if last.text else [])]

    def _process(self) -> Piece:
        """Process the text that was fed. Return the last message."""
        fed = "".join(self._unprocessed)
        self._unprocessed.clear()
        if self._is_blank:  # Discord trims leading white space, so its meaning in Markdown would be lost
            fed = fed.lstrip()
            self._is_blank = not fed
        self._settle(self._table_filter.feed(fed))
        if not self._is_closed:
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
    """The state of a scan through a text. Positions are indexes into the text."""

    line: int
    """The start of the last line."""
    block: Block
    """The structure open before the last line."""
    fits: int
    """Every beginning of the text up to this position fits into the message."""
    non_blank: int
    """The start of the last complete line that is not blank."""
    before: Block
    """The structure open before that line."""


class _Growing:
    """The last message, which still grows. Its text is kept without the marks that close it."""

    def __init__(self, limit: int, head: str, rest: str) -> None:
        self._limit = limit
        self._head = head
        self._text = head + rest
        self._scan = _Scan(0, Block(), 0, 0, Block())

    def add(self, more: str) -> "tuple[Piece, _Growing] | None":
        """Add text. If it does not fit, return the piece that is now final and the next growing message, else None."""
        self._text += more
        self._scan, over = self._advance(self._text, self._scan)
        if over is None:
            return None
        cut = choose(self._text[: over + 1], len(self._head), self._limit)
        piece = Piece(self._head, self._text[len(self._head) : cut.end].rstrip(), cut.tail)
        return piece, _Growing(self._limit, cut.head, self._text[cut.start :])

    def whole(self) -> Piece:
        """Return the message when no more text will be added."""
        start, block = _last_non_blank(self._text, self._scan)
        return self._piece(self._text, closing(block, self._text[start:].rstrip()))

    def so_far(self, held: str) -> Piece:
        """Return the message as it may be shown now: with as much of `held` as fits, without a fence that has no text yet."""
        text = self._text + held
        scan, over = self._advance(text, self._scan)
        if over is not None:
            while over > len(self._text) and joined(text, over):
                over -= 1
            text = text[:over]
        start, block = _last_non_blank(text, scan)
        last = text[start:].rstrip()
        if missing(block, last):
            text, last = text[:start].rstrip(), ""
        fence = follow(block, last).fence
        if fence is not None and fence.fresh:  # only quote marks can follow it
            return self._before_fence(_without_fence(text[: text.rfind(fence.marker)]))
        if block.fence is None and _INCOMPLETE_FENCE.fullmatch(last):
            return self._before_fence(_without_fence(text.rstrip()))
        return self._piece(text, closing(block, last))

    def _before_fence(self, text: str) -> Piece:
        """Return the message of a text from whose end a fence was removed. Before it there may be another one without text."""
        scan, _ = self._advance(text, _Scan(0, Block(), 0, 0, Block()))
        start, block = _last_non_blank(text, scan)
        fence = follow(block, text[start:].rstrip()).fence
        if fence is not None and fence.fresh:
            return self._before_fence(_without_fence(text[: text.rfind(fence.marker)]))
        return self._piece(text, "")

    def _piece(self, text: str, tail: str) -> Piece:
        body = text[len(self._head) :].rstrip()
        return Piece(self._head, body, tail) if body else Piece("", "", "")

    def _advance(self, text: str, scan: _Scan) -> tuple[_Scan, int | None]:
        """Scan `text` from `scan` on. Return the new scan and the index of the first character that does not fit, or None."""
        while True:
            end = text.find("\n", scan.line)
            stop = len(text) if end < 0 else end
            over = self._first_over(text, scan, stop)
            if over is not None:
                return scan, over
            if end < 0:
                return replace(scan, fits=stop), None
            line = text[scan.line : end]
            non_blank = (scan.line, scan.block) if line.strip() else (scan.non_blank, scan.before)
            scan = _Scan(end + 1, follow(scan.block, line), end + 1, *non_blank)

    def _first_over(self, text: str, scan: _Scan, stop: int) -> int | None:
        """Return the index of the first character in the line up to `stop` with which the text, once closed, does not fit."""
        if stop + LONGEST_CLOSING <= self._limit:
            return None
        near = max(scan.fits, self._limit - LONGEST_CLOSING)
        positions = (match.start() for match in _NON_SPACE.finditer(text, near, stop))
        return next((at for at in positions if self._length(text, scan, at + 1) > self._limit), None)

    def _length(self, text: str, scan: _Scan, end: int) -> int:
        return end + len(closing(scan.block, text[scan.line : end]))


def _last_non_blank(text: str, scan: _Scan) -> tuple[int, Block]:
    """Return the start of the last line of `text` that is not blank, and the structure open before it."""
    return (scan.line, scan.block) if text[scan.line :].strip() else (scan.non_blank, scan.before)


def _without_fence(text: str) -> str:
    """Return `text` without the fence in its last line. An item's marker stays, because it was shown already."""
    start = text.rfind("\n") + 1
    margin = _MARGIN.match(text, start)
    return text[: margin.end()] if margin and margin[1] else text[:start]
