"""Splits a growing answer into messages that Discord accepts: short enough, never blank, each valid Markdown on its own. Pure.

A cut depends only on the shortest beginning of the text that does not fit, never on later text. So only the last message can
still change, and only it is processed again. The pieces in which an answer arrives make no difference.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.chat.visible import is_blank
from bot.reply.split.blocks import FENCE, NOTHING, Block, closing, follow
from bot.reply.split.boundaries import Cut, Lines, choose, is_blank_line
from bot.reply.split.graphemes import joined
from bot.reply.split.markdown_filter import MarkdownFilter
from bot.reply.split.marks import SPOILER, Span, closing_marks, spans

LIMIT: Final = 2000
"""Code points in one message (Discord's limit for bots)."""

_PART: Final = 2000
"""Characters that are read at a time."""
_READ: Final = 4
"""Most characters that are read for each that may be shown: tables, links and marks may need more than what is shown of them."""
_NON_SPACE: Final = re.compile(r"\S")
_LONGEST_CLOSING: Final = 70
"""Upper bound, in characters, of the text that closes a fence: its quote, its indent and its marker."""


def split(text: str, limit: int = LIMIT, most: int | None = None) -> list[str]:
    """Return the messages that show `text`, in order; [] if there is nothing to show.

    `limit` is in code points, at least 400: the longest fence, quoted, in a list, must fit opened, closed and opened again.
    Of a text that needs more than `most` messages, the rest is not read.
    """
    splitter = Splitter(limit, most)
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
    """Splits one growing answer. `feed` only stores text; `work`, `messages` and `pieces` read it.

    No more is read than `most` messages need. Then `is_full` is true, and one message more than `most` may begin what follows.
    `read` is the number of characters that were read.
    """

    def __init__(self, limit: int = LIMIT, most: int | None = None) -> None:
        self._limit = limit
        self._most = most
        self._room = None if most is None else most * limit * _READ
        self.read = 0
        self.is_full = False
        self._unread: list[str] = []
        self._text, self._at = "", 0  # the text that is read, and how much of it was
        self._passed: deque[str] = deque()  # what the filter passed, in parts
        self._is_ended = False
        self._filter = MarkdownFilter(None if most is None else (most + 1) * limit)
        self._settled: list[Piece] = []
        self._texts: list[str] = []  # the texts of the settled pieces
        self._last = _Growing(limit, Cut(0, 0, "", ""), "")
        self._is_blank = True
        self._trimmed = ""
        self._is_closed = False

    def feed(self, piece: str) -> None:
        """Add the next piece of the answer."""
        if not self.is_full:
            self._unread.append(piece)

    def work(self) -> bool:
        """Do a small part of the work on what was fed. Return whether there is more to do."""
        if self._passed:
            self._add(self._passed.popleft())
        elif (part := self._next_part()) != "":
            self._read_part(part)
        elif self._is_closed and not self._is_ended:
            self._is_ended = True
            self._passed.extend(_parts(self._filter.close(), self._limit))
        if not self._passed and (self._filter.is_cut or (self._room is not None and self.read > self._room)):
            self._end_reading()
        return bool(self._passed or self._unread or self._at < len(self._text)) or (
            self._is_closed and not self._is_ended
        )

    def end(self) -> None:
        """End the answer. `work` then processes everything that was held back."""
        self._is_closed = True

    def close(self) -> list[str]:
        """End the answer and return its messages, with everything that was held back."""
        self.end()
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
        """Read the text that was fed. Return the last message."""
        while self.work():
            pass
        if self.is_full:
            return self._last.so_far("")
        return self._last.whole() if self._is_closed else self._last.so_far(self._filter.held)

    def _next_part(self) -> str:
        """Return the next text to read, or an empty string if all was read."""
        if self._at == len(self._text):
            self._text, self._at = "".join(self._unread), 0
            self._unread.clear()
        part = self._text[self._at : self._at + _PART]
        self._at += len(part)
        return part

    def _read_part(self, fed: str) -> None:
        self.read += len(fed)
        if self._is_blank:  # Discord trims leading white space, so its meaning in Markdown would be lost
            text = fed.lstrip()
            self._trimmed += fed[: len(fed) - len(text)]
            fed, self._is_blank = text, not text
            self._filter.trim(len(self._trimmed.rpartition("\n")[2].expandtabs(4)))
        self._passed.extend(_parts(self._filter.feed(fed), self._limit))

    def _add(self, part: str) -> None:
        """Add a part of the filtered text to the messages."""
        cut = self._last.add(part)
        while cut is not None:
            piece, self._last = cut
            if not is_blank(piece.text):
                self._settled.append(piece)
                self._texts.append(piece.text)
            cut = None if self._begins_too_many else self._last.add("")
        if self._begins_too_many:
            self._end_reading()

    @property
    def _begins_too_many(self) -> bool:
        """Whether text follows that is not shown."""
        return len(self._settled) == self._most and not self._last.is_blank

    def _end_reading(self) -> None:
        self.is_full = True
        self._unread.clear()
        self._passed.clear()
        self._text, self._at, self._is_ended = "", 0, True


def _parts(text: str, size: int) -> Iterator[str]:
    """Yield `text` in parts of about `size` characters. A line is divided only if it is longer than that."""
    start = 0
    while len(text) - start > size:
        end = text.rfind("\n", start, start + size) + 1 or start + size
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


class _Growing:
    """The last message, which still grows. Its text is kept without the marks that close it."""

    def __init__(self, limit: int, cut: Cut, rest: str) -> None:
        self._limit = limit
        self._head = cut.head
        self._marks = cut.marks
        self._text = cut.head + "".join(cut.marks) + rest
        self._begin = len(self._text) - len(rest)
        self._lines = Lines([0], [NOTHING])

    def add(self, more: str) -> "tuple[Piece, _Growing] | None":
        """Add text. If it does not fit, return the piece that is now final and the next growing message, else None."""
        self._text += more
        over = _advance(self._text, self._lines, self._limit)
        if over is None:
            return None
        text = self._text[: over + 1]
        cut = choose(text, self._begin, self._limit, self._lines)
        piece = Piece(self._opening(spans(text), ends=False), self._text[self._begin : cut.end].rstrip(), cut.tail)
        return piece, _Growing(self._limit, cut, self._text[cut.start :])

    @property
    def is_blank(self) -> bool:
        """Whether its part of the text shows nothing."""
        return is_blank(self._text[self._begin :])

    def whole(self) -> Piece:
        """Return the message when no more text will be added. A spoiler is closed that goes on from before or to the end."""
        text = _trimmed(self._text, self._lines)
        marked = spans(text)
        hidden = [
            span
            for span in marked
            if span.end is None
            and span.mark == SPOILER
            and (span.start < self._begin or "\n\n" not in text[span.start :])
        ]
        block = _block_at_end(text, self._lines)
        return self._piece(text, block, _closing(text, block, marked, hidden), self._opening(marked, ends=True))

    def so_far(self, held: str) -> Piece:
        """Return the message as it may be shown now, closed wherever it is open, with as much of `held` as fits."""
        text = self._text + held
        lines = Lines(self._lines.starts[:], self._lines.blocks[:])
        over = _advance(text, lines, self._limit)
        if over is not None:
            while over > len(self._text) and joined(text, over):
                over -= 1
            if FENCE in held:  # no fence is cut, and none is shown without code
                over = lines.starts[-1] if lines.blocks[-1].fence is None else 0
            text = text[: max(over, len(self._text))]
        text = _trimmed(text, lines)
        marked = spans(text)
        opened = [span for span in marked if span.end is None and (len(span.mark) > 1 or _in_row(span, marked))]
        block = _block_at_end(text, lines)
        if block.fence is not None:
            opened = [span for span in opened if span.mark == SPOILER]
        return self._piece(text, block, _closing(text, block, marked, opened), self._opening(marked, ends=False))

    def _opening(self, marked: Sequence[Span], *, ends: bool) -> str:
        """Return what was added before the text, without marks that turned out to be no beginning of anything."""
        if not self._marks:
            return self._head
        close = [span for span in marked if span.start < self._begin and not (ends and span.end is None)]
        meant = [span.mark for span in close if span.start >= len(self._head)]
        spoilers = [mark for mark in self._marks if mark == SPOILER]
        return self._head + "".join(mark for mark in self._marks if mark in meant or mark in spoilers)

    def _piece(self, text: str, block: Block, marks: str, head: str) -> Piece:
        body = text[self._begin :]
        if not body:
            return Piece("", "", "")
        tail = closing(block)
        fits = len(head) + len(body) + len(tail) + len(marks) <= self._limit
        piece = Piece(head, body, tail + marks if fits else tail)
        return Piece("", "", "") if is_blank(piece.text) else piece


def _closing(text: str, block: Block, marked: Sequence[Span], opened: Sequence[Span]) -> str:
    """Return the marks that close `opened` behind `text`, whose last character may be the first half of one already.

    If `block` has an open fence, they stand behind the end of that fence, so that the text holds no half of them.
    """
    marks = closing_marks([span.mark for span in opened])
    is_half = (
        block.fence is None
        and text.endswith(marks[:1])
        and not any(span.end is not None and span.end + len(span.mark) == len(text) for span in marked)
    )
    return marks[1:] if is_half else marks


def _in_row(span: Span, marked: Sequence[Span]) -> bool:
    """Whether the mark of `span` stands directly behind another one of the same character: `***` is bold and italic."""
    return any(other.inner == span.start and other.mark == 2 * span.mark for other in marked)


def _advance(text: str, lines: Lines, limit: int) -> int | None:
    """Follow `text` from its last known line on. Return the index of the first character that does not fit, or None."""
    while True:
        start, block = lines.starts[-1], lines.blocks[-1]
        end = text.find("\n", start)
        stop = len(text) if end < 0 else end
        if end < 0 and stop <= limit - _LONGEST_CLOSING:
            return None
        after = follow(block, text[start:stop])
        over = _first_over(text, start, stop, limit - len(closing(after)))
        if over is not None:
            lines.ends_in_fence = block.fence is not after.fence
            return _first_over(text, start, stop, start) if lines.ends_in_fence else over
        if end < 0:
            return None
        lines.starts.append(end + 1)
        lines.blocks.append(after)


def _first_over(text: str, start: int, stop: int, room: int) -> int | None:
    """Return the index of the first character of a line that does not fit into `room` characters, or None."""
    if stop <= room:
        return None
    found = _NON_SPACE.search(text, max(start, room), stop)
    return found.start() if found else None


def _trimmed(text: str, lines: Lines) -> str:
    """Return `text` without white space and empty lines of a quote at its end."""
    text = text.rstrip()
    for start, block in zip(reversed(lines.starts[1:]), reversed(lines.blocks[1:]), strict=True):
        if not is_blank_line(text[start:], block):
            break
        text = text[:start].rstrip()
    return text


def _block_at_end(text: str, lines: Lines) -> Block:
    """Return the structure that is open at the end of `text`, whose last known lines are given."""
    number = len(lines.starts) - 1
    while number and lines.starts[number] >= len(text):
        number -= 1
    line = text[lines.starts[number] :]
    return follow(lines.blocks[number], line) if line.strip() else lines.blocks[number]
