"""Streaming filter. Turns GitHub's tables into text that Discord can show, and gives each fence a line of its own. Pure.

Text passes straight through; a possible table header is held until the next line settles it, and a table until it is complete.
The output depends on the text alone, never on the pieces in which it arrives.
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.reply.split.blocks import Block, closing, follow, quoted
from bot.reply.split.table_layout import COLUMNS, Table

_LONGEST_LINE: Final = 200
"""Number of characters of the current line that are held, because it may be a table's header or end in a fence."""
_LONGEST_HEADER: Final = 1000
"""Number of characters that are held of a line that begins with a pipe."""

_LONGEST_INDENT: Final = 3
_TICKS: Final = "```"

_OTHER_BLOCK: Final = re.compile(r"#{1,6}\s|(?:[-*+]|\d{1,9}[.)])\s|`{3}|~{3}|>")
"""The beginning of a line that is not a table row, even if it has a pipe."""
_DELIMITER_BEGUN: Final = re.compile(r"[ \t>|:-]*")
_OPENING_BEHIND_TEXT: Final = re.compile(
    r"(?P<text>[^`]*[^`\s])[ \t]*(?P<opening>```(?P<language>[\w+#.-]{0,20}))[ \t]*"
)
_CLOSING_BEHIND_CODE: Final = re.compile(r"(?P<code>[^`]*[^`\s'\"])[ \t]*```[ \t]*")


@dataclass(slots=True)
class _Held:
    """Complete lines that are held: a possible table header, and the table once the next line has confirmed it."""

    header: str
    table: Table | None = None


class TableFilter:
    """Filters the text of one answer."""

    def __init__(self) -> None:
        self._line = ""  # the held part of the current line
        self._begun = False  # whether the beginning of the current line has passed
        self._held: _Held | None = None
        self._block = Block()  # the structure open after the text that has passed
        self._passed: list[str] = []
        self._is_silent = True  # whether nothing visible has passed

    def feed(self, text: str) -> str:
        """Add text of the answer. Return the text that may pass now."""
        *complete, self._line = (self._line + text).split("\n")
        for line in complete:
            self._process(line)
        self._look_ahead()
        return self._drain()

    def close(self) -> str:
        """End the answer. Return the text that was still held."""
        line, self._line = self._line, ""
        if line or self._begun:
            self._process(line)
        self._pass_held()
        return self._drain()

    @property
    def held(self) -> str:
        """The held text that may be shown already: a line without a pipe in front, until it is known to be a table's header.

        At the beginning of an answer it is shown even then, because otherwise the answer's only message would vanish.
        """
        held = self._held
        if held is None:
            unclear = _begins_with_pipe(self._line) or not self._line.strip(" \t>")
            return "" if unclear else self._end_of_quote(self._line) + self._line
        if _begins_with_pipe(held.header):
            return ""
        if held.table is None:
            return f"{held.header}\n{self._line}"
        return held.header if self._is_silent else ""

    def _drain(self) -> str:
        passed = "".join(self._passed)
        self._passed.clear()
        self._is_silent = self._is_silent and not passed.strip()
        return passed

    def _process(self, line: str) -> None:
        """Process a complete line."""
        if self._begun:
            self._passed.append(f"{line}\n")
            self._begun = False
        elif not self._add_to_held(line):
            self._pass_held()
            if len(line) > _max_held(line):
                self._pass_long_line(f"{line}\n")
            elif self._may_be_header(line):
                self._held = _Held(line)
            else:
                self._pass_line(line)

    def _add_to_held(self, line: str) -> bool:
        """Add `line` to the held lines if it belongs to them. Return whether it does."""
        held = self._held
        if held is None or _is_quoted(line) != _is_quoted(held.header):
            return False
        if held.table is None:
            if len(line) <= _LONGEST_HEADER:
                held.table = Table.begun(_split_margin(held.header)[1], _split_margin(line)[1])
            return held.table is not None
        if not _is_row(held.header, line):
            return False
        held.table.add(_split_margin(line)[1])
        return True

    def _look_ahead(self) -> None:
        """Pass the incomplete line as early as possible, with the same result as for the complete line."""
        line, held = self._line, self._held
        if held is not None and not _may_belong(held, line):
            self._pass_held()
        if self._begun:
            self._passed.append(line)
        elif self._held is None and len(line) > _max_held(line):
            self._pass_long_line(line)
            self._begun = True
        else:
            return
        self._line = ""

    def _pass_long_line(self, line: str) -> None:
        """Pass a line that is too long to be held, unchanged."""
        self._leave_quote(line)
        self._passed.append(line)
        self._block = follow(self._block, line[: _max_held(line)])

    def _may_be_header(self, line: str) -> bool:
        if self._block.fence is not None or not _has_cells(line):
            return False
        indent = _split_margin(line)[0].removeprefix(quoted(line))
        return bool(self._block.items) or len(indent.expandtabs(4)) <= _LONGEST_INDENT

    def _pass_held(self) -> None:
        """Pass the held lines; a table is laid out for Discord."""
        held, self._held = self._held, None
        if held is None:
            return
        if held.table is None:
            self._pass_line(held.header)
            return
        margin = _split_margin(held.header)[0]
        for line in held.table.lines(COLUMNS - len(margin)):
            self._emit(f"{margin}{line}".rstrip())

    def _pass_line(self, line: str) -> None:
        """Pass a line. A fence that follows other text on the line gets a line of its own."""
        self._leave_quote(line)
        before, after = self._block.fence, follow(self._block, line).fence
        if _TICKS not in line:
            self._emit(line)
        elif before is None and after is None:
            self._pass_opening(line)
        elif before is not None and after is not None and before.marker == _TICKS:
            self._pass_closing(line)
        else:
            self._emit(line)

    def _pass_opening(self, line: str) -> None:
        match = _OPENING_BEHIND_TEXT.fullmatch(line)
        if match is None or not (match["language"] or match["text"].endswith((":", "："))):
            self._emit(line)
            return
        self._emit(match["text"])
        offset = self._block.items[-1].offset if self._block.items else 0
        self._emit(self._block.quote + " " * offset + match["opening"])

    def _pass_closing(self, line: str) -> None:
        match = _CLOSING_BEHIND_CODE.fullmatch(line)
        self._emit(line if match is None else match["code"])
        if match is not None:
            self._emit(closing(self._block, "").removeprefix("\n"))

    def _end_of_quote(self, line: str) -> str:
        """Return the closing fence needed before `line` if `line` ends the quote around an open fence, else an empty string."""
        if self._block.fence is None or not self._block.quote or quoted(line):
            return ""
        return closing(self._block, "").removeprefix("\n") + "\n"

    def _leave_quote(self, line: str) -> None:
        end = self._end_of_quote(line)
        if end:
            self._emit(end.removesuffix("\n"))

    def _emit(self, line: str) -> None:
        self._passed.append(f"{line}\n")
        self._block = follow(self._block, line)


def _may_belong(held: _Held, beginning: str) -> bool:
    """Whether a line with this beginning may belong to the held lines."""
    if held.table is None:
        return len(beginning) <= _LONGEST_HEADER and _DELIMITER_BEGUN.fullmatch(beginning) is not None
    if not beginning.strip(" \t>"):
        return True
    return _is_row(held.header, beginning) or (not _begins_with_pipe(held.header) and len(beginning) <= _LONGEST_LINE)


def _is_row(header: str, line: str) -> bool:
    return _begins_with_pipe(line) if _begins_with_pipe(header) else _has_cells(line[:_LONGEST_LINE])


def _split_margin(line: str) -> tuple[str, str]:
    """Split `line` into its margin (quote marks and indent) and its text."""
    text = line[len(quoted(line)) :].lstrip(" \t")
    return line[: len(line) - len(text)], text


def _max_held(line: str) -> int:
    return _LONGEST_HEADER if _begins_with_pipe(line[:_LONGEST_LINE]) else _LONGEST_LINE


def _is_quoted(line: str) -> bool:
    return quoted(line) != ""


def _begins_with_pipe(line: str) -> bool:
    return _split_margin(line)[1].startswith("|")


def _has_cells(line: str) -> bool:
    text = _split_margin(line)[1]
    return "|" in text and not _OTHER_BLOCK.match(text)
