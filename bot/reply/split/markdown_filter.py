"""Streaming filter in front of the split. Turns Markdown as models write it into Markdown that Discord can show. Pure.

Text passes as it comes; the current line is held for 200 characters, a possible table header until the next line settles it, and
a table until it is complete. `rewriter` rewrites the lines. The output depends on the text alone, never on the pieces in which it
arrives.
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.reply.split.blocks import lead_of, quoted, with_spaced_marks
from bot.reply.split.inline import for_discord, shown_part
from bot.reply.split.rewriter import Rewriter
from bot.reply.split.table_layout import COLUMNS, Table

_LONGEST_LINE: Final = 200
"""Number of characters of the current line that are held, because it may be a table's header or a fence."""
_LONGEST_HEADER: Final = 1000
"""Number of characters that are held of a line that begins with a pipe."""
_MOST_BLANK_LINES: Final = 100
"""Most blank lines in a row that pass. More are a model's mistake, and only cost time."""
_LONGEST_INDENT: Final = 3
_LONGEST_INDENT_IN_LIST: Final = 100

_OTHER_BLOCK: Final = re.compile(r"#{1,6}\s|(?:[-*+]|\d{1,9}[.)])\s|`{3}|~{3}|>")
"""The beginning of a line that is not a table row, even if it has a pipe."""
_DELIMITER_BEGUN: Final = re.compile(r"[ \t>|:-]*")


@dataclass(slots=True)
class _Held:
    """Complete lines that are held: a possible table header, and the table once the next line has confirmed it."""

    header: str
    is_quoted: bool
    begins_with_pipe: bool
    table: Table | None = None


class MarkdownFilter:
    """Filters the text of one answer. Of a table, no more than about `room` characters pass; then `is_cut` is true."""

    def __init__(self, room: int | None = None) -> None:
        self._room = room
        self.is_cut = False
        self._line = ""  # the held part of the current line
        self._half_break = ""  # a carriage return that a line feed may follow
        self._blank_lines = 0
        self._begun = False  # whether the beginning of the current line has passed
        self._held: _Held | None = None
        self._rewriter = Rewriter()
        self._is_silent = True  # whether nothing visible has passed

    def trim(self, columns: int) -> None:
        """Note that white space of this width was cut off the beginning of the answer."""
        self._rewriter.trimmed = columns

    def feed(self, text: str) -> str:
        """Add text of the answer. Return the text that may pass now."""
        text = self._half_break + text
        self._half_break = "\r" * text.endswith("\r")
        text = text.removesuffix("\r").replace("\r\n", "\n")
        *complete, self._line = (self._line + text).split("\n")
        for line in complete:
            self._blank_lines = 0 if line else self._blank_lines + 1
            if self._blank_lines <= _MOST_BLANK_LINES:
                self._process(line)
        self._look_ahead()
        return self._drain()

    def close(self) -> str:
        """End the answer. Return the text that was still held."""
        line, self._line = self._marked(self._line + self._half_break), ""
        if self._begun or (self._held is not None and line) or "|" in line:
            self._process(line)
            line = ""
        self._pass_held()
        self._rewriter.close(line)
        return self._drain()

    @property
    def held(self) -> str:
        """The held text that may be shown already: a line without a pipe in front, until it is known to be a table's header.

        At the beginning of an answer it is shown even then, because otherwise the answer's only message would vanish.
        """
        held, rewriter, line = self._held, self._rewriter, self._marked(self._line)
        if held is None:
            if self._begun:
                if rewriter.in_fence:
                    return ""
                lead = lead_of(line)
                shown = shown_part(line[len(lead.text) :])
                return lead.text + shown if shown else lead.shown
            unclear = _begins_with_pipe(line) or not line.strip(" \t>")
            shown = "" if unclear else rewriter.shown(line)
            return rewriter.end_of_quote(line) + shown if shown else rewriter.pending
        if held.begins_with_pipe:
            return ""
        if held.table is None:
            return f"{rewriter.shown(held.header)}\n{line}"
        return rewriter.shown(held.header) if self._is_silent else ""

    def _drain(self) -> str:
        passed = "".join(self._rewriter.passed)
        self._rewriter.passed.clear()
        self._is_silent = self._is_silent and not passed.strip()
        return passed

    def _marked(self, line: str) -> str:
        """Return a line, or its beginning, with spaces behind the marks of its quote."""
        return line if self._begun or self._rewriter.in_fence else with_spaced_marks(line)

    def _process(self, line: str) -> None:
        """Process a complete line."""
        line = self._marked(line)
        if self._begun:
            self._rewriter.end_parts(self._rewriter.write_part(line, first=False))
            self._begun = False
        elif self._held is None and "|" not in line and not _is_long(line):
            self._rewriter.write(line)
        elif not self._add_to_held(line):
            self._pass_held()
            if _is_long(line):
                self._rewriter.end_parts(self._rewriter.write_part(line, first=True))
            elif self._may_be_header(line):
                self._held = _Held(line, _is_quoted(line), _begins_with_pipe(line))
            else:
                self._rewriter.write(line)

    def _add_to_held(self, line: str) -> bool:
        """Add `line` to the held lines if it belongs to them. Return whether it does."""
        held = self._held
        if held is None or _is_quoted(line) != held.is_quoted:
            return False
        if held.table is None:
            if len(line) <= _LONGEST_HEADER:
                held.table = Table.begun(_split_margin(held.header)[1], _split_margin(line)[1])
            return held.table is not None
        if not _is_row(held, line):
            return False
        held.table.add(_split_margin(line)[1])
        return True

    def _look_ahead(self) -> None:
        """Pass the incomplete line as early as possible, with the same result as for the complete line."""
        line, held = self._marked(self._line), self._held
        if held is not None and not _may_belong(held, line):
            self._pass_held()
        if self._begun:
            self._line = self._rewriter.write_part(line, first=False)
        elif self._held is None and _is_long(line):
            self._line = self._rewriter.write_part(line, first=True)
            self._begun = True

    def _may_be_header(self, line: str) -> bool:
        if self._rewriter.in_fence or not _has_cells(line):
            return False
        indent = len(_split_margin(line)[0].removeprefix(quoted(line)).expandtabs(4))
        return indent <= (_LONGEST_INDENT_IN_LIST if self._rewriter.block.items else _LONGEST_INDENT)

    def _pass_held(self) -> None:
        """Pass the held lines; a table is laid out for Discord."""
        held, self._held = self._held, None
        if held is None:
            return
        if held.table is None:
            self._rewriter.write(held.header)
            return
        margin = _split_margin(held.header)[0]
        lines = held.table.lines(COLUMNS - len(margin), self._room)
        self.is_cut = self.is_cut or held.table.is_cut
        monospace = lines[0] == "```"
        for line in lines:
            self._rewriter.emit(f"{margin}{line if monospace else for_discord(line)}".rstrip())


def _may_belong(held: _Held, beginning: str) -> bool:
    """Whether a line with this beginning may belong to the held lines."""
    if held.table is None:
        return len(beginning) <= _LONGEST_HEADER and _DELIMITER_BEGUN.fullmatch(beginning) is not None
    if not beginning.strip(" \t>"):
        return True
    return _is_row(held, beginning) or (not held.begins_with_pipe and len(beginning) <= _LONGEST_LINE)


def _is_row(held: _Held, line: str) -> bool:
    return _begins_with_pipe(line) if held.begins_with_pipe else _has_cells(line[:_LONGEST_LINE])


def _split_margin(line: str) -> tuple[str, str]:
    """Split `line` into its margin (quote marks and indent) and its text."""
    text = line[len(quoted(line)) :].lstrip(" \t")
    return line[: len(line) - len(text)], text


def _is_long(line: str) -> bool:
    """Whether a line is too long to be held, not counting the white space at its beginning and its end."""
    if len(line) <= _LONGEST_LINE:
        return False
    return len(line.strip(" \t")) > (_LONGEST_HEADER if _begins_with_pipe(line[:_LONGEST_LINE]) else _LONGEST_LINE)


def _is_quoted(line: str) -> bool:
    return quoted(line) != ""


def _begins_with_pipe(line: str) -> bool:
    return _split_margin(line)[1].startswith("|")


def _has_cells(line: str) -> bool:
    text = _split_margin(line)[1]
    return "|" in text and not _OTHER_BLOCK.match(text)
