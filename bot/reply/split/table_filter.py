"""What an answer passes before it is split: GitHub's tables become what Discord can show, fences get lines of their own. Pure.

Text passes as it comes, but for what may yet be the beginning of a table, which waits until that is known, and a table, which
waits until it is complete. What has passed depends on the text alone, never on the pieces in which it came.
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.reply.split.blocks import Block, closing, follow, quoted
from bot.reply.split.tables import COLUMNS, Table

_LONGEST_LINE: Final = 200
"""Characters for which the current line is held, since it may be a table's header or have a fence at its end."""
_LONGEST_HEADER: Final = 1000
"""The same for a line that begins with a pipe."""

_LONGEST_INDENT: Final = 3
_TICKS: Final = "```"

_OTHER_BLOCK: Final = re.compile(r"#{1,6}\s|(?:[-*+]|\d{1,9}[.)])\s|`{3}|~{3}|>")
"""The beginning of a line that is no row of a table, even with a pipe in it."""
_DELIMITER_BEGUN: Final = re.compile(r"[ \t>|:-]*")
_OPENING_BEHIND_TEXT: Final = re.compile(
    r"(?P<text>[^`]*[^`\s])[ \t]*(?P<opening>```(?P<language>[\w+#.-]{0,20}))[ \t]*"
)
_CLOSING_BEHIND_CODE: Final = re.compile(r"(?P<code>[^`]*[^`\s'\"])[ \t]*```[ \t]*")


@dataclass(slots=True)
class _Held:
    """Complete lines that are held: what may be a table's header, then the table that it has turned out to be."""

    header: str
    table: Table | None = None


class TableFilter:
    """Lets the text of one answer pass."""

    def __init__(self) -> None:
        self._line = ""  # the current line, as far as it is held
        self._begun = False  # whether its beginning has passed already
        self._held: _Held | None = None
        self._block = Block()  # what the lines that have passed leave open
        self._passed: list[str] = []
        self._silent = True  # nothing that can be seen has passed

    def feed(self, text: str) -> str:
        """Take more of the answer; what may pass now comes back."""
        *complete, self._line = (self._line + text).split("\n")
        for line in complete:
            self._take(line)
        self._look_ahead()
        return self._drain()

    def close(self) -> str:
        """The answer is at its end: what was held comes back."""
        line, self._line = self._line, ""
        if line or self._begun:
            self._take(line)
        self._release()
        return self._drain()

    @property
    def held(self) -> str:
        """What is held but may be seen: a line without a pipe in front, until it turns out to be a table's header.

        At the very beginning it stays even then, lest the answer's only message vanish.
        """
        held = self._held
        if held is None:
            unclear = _piped(self._line) or not self._line.strip(" \t>")
            return "" if unclear else self._end_of_quote(self._line) + self._line
        if _piped(held.header):
            return ""
        if held.table is None:
            return f"{held.header}\n{self._line}"
        return held.header if self._silent else ""

    def _drain(self) -> str:
        passed = "".join(self._passed)
        self._passed.clear()
        self._silent = self._silent and not passed.strip()
        return passed

    def _take(self, line: str) -> None:
        """Deal with a line that is complete."""
        if self._begun:
            self._passed.append(f"{line}\n")
            self._begun = False
        elif not self._carries_on(line):
            self._release()
            if len(line) > _longest(line):
                self._begin(f"{line}\n")
            elif self._may_be_header(line):
                self._held = _Held(line)
            else:
                self._let_pass(line)

    def _carries_on(self, line: str) -> bool:
        """Whether `line` belongs to what is held; if so, it is taken."""
        held = self._held
        if held is None or _is_quoted(line) != _is_quoted(held.header):
            return False
        if held.table is None:
            if len(line) <= _LONGEST_HEADER:
                held.table = Table.begun(_margin(held.header)[1], _margin(line)[1])
            return held.table is not None
        if not _is_row(held.header, line):
            return False
        held.table.add(_margin(line)[1])
        return True

    def _look_ahead(self) -> None:
        """Decide what can be decided of the line that is not complete, with the same outcome as if it were."""
        line, held = self._line, self._held
        if held is not None and not _may_carry_on(held, line):
            self._release()
        if self._begun:
            self._passed.append(line)
        elif self._held is None and len(line) > _longest(line):
            self._begin(line)
            self._begun = True
        else:
            return
        self._line = ""

    def _begin(self, line: str) -> None:
        """A line that is too long to be held passes as it is."""
        self._leave_quote(line)
        self._passed.append(line)
        self._block = follow(self._block, line[: _longest(line)])

    def _may_be_header(self, line: str) -> bool:
        if self._block.fence is not None or not _has_cells(line):
            return False
        indent = _margin(line)[0].removeprefix(quoted(line))
        return bool(self._block.items) or len(indent.expandtabs(4)) <= _LONGEST_INDENT

    def _release(self) -> None:
        """What is held passes, a table as what Discord can show."""
        held, self._held = self._held, None
        if held is None:
            return
        if held.table is None:
            self._let_pass(held.header)
            return
        margin = _margin(held.header)[0]
        for line in held.table.lines(COLUMNS - len(margin)):
            self._put(f"{margin}{line}".rstrip())

    def _let_pass(self, line: str) -> None:
        """A line passes; a fence that stands behind something else gets a line of its own."""
        self._leave_quote(line)
        before, after = self._block.fence, follow(self._block, line).fence
        if _TICKS not in line:
            self._put(line)
        elif before is None and after is None:
            self._pass_opening(line)
        elif before is not None and after is not None and before.marker == _TICKS:
            self._pass_closing(line)
        else:
            self._put(line)

    def _pass_opening(self, line: str) -> None:
        match = _OPENING_BEHIND_TEXT.fullmatch(line)
        if match is None or not (match["language"] or match["text"].endswith((":", "："))):
            self._put(line)
            return
        self._put(match["text"])
        offset = self._block.items[-1].offset if self._block.items else 0
        self._put(self._block.quote + " " * offset + match["opening"])

    def _pass_closing(self, line: str) -> None:
        match = _CLOSING_BEHIND_CODE.fullmatch(line)
        self._put(line if match is None else match["code"])
        if match is not None:
            self._put(closing(self._block, "").removeprefix("\n"))

    def _end_of_quote(self, line: str) -> str:
        """The end of a fence that would end only because the quote around it does, with `line`."""
        if self._block.fence is None or not self._block.quote or quoted(line):
            return ""
        return closing(self._block, "").removeprefix("\n") + "\n"

    def _leave_quote(self, line: str) -> None:
        end = self._end_of_quote(line)
        if end:
            self._put(end.removesuffix("\n"))

    def _put(self, line: str) -> None:
        self._passed.append(f"{line}\n")
        self._block = follow(self._block, line)


def _may_carry_on(held: _Held, beginning: str) -> bool:
    """Whether a line that begins like this may belong to what is held."""
    if held.table is None:
        return len(beginning) <= _LONGEST_HEADER and _DELIMITER_BEGUN.fullmatch(beginning) is not None
    if not beginning.strip(" \t>"):
        return True
    return _is_row(held.header, beginning) or (not _piped(held.header) and len(beginning) <= _LONGEST_LINE)


def _is_row(header: str, line: str) -> bool:
    return _piped(line) if _piped(header) else _has_cells(line[:_LONGEST_LINE])


def _margin(line: str) -> tuple[str, str]:
    """What stands before the text of `line` (quote and indent), and the text."""
    text = line[len(quoted(line)) :].lstrip(" \t")
    return line[: len(line) - len(text)], text


def _longest(line: str) -> int:
    return _LONGEST_HEADER if _piped(line[:_LONGEST_LINE]) else _LONGEST_LINE


def _is_quoted(line: str) -> bool:
    return quoted(line) != ""


def _piped(line: str) -> bool:
    return _margin(line)[1].startswith("|")


def _has_cells(line: str) -> bool:
    text = _margin(line)[1]
    return "|" in text and not _OTHER_BLOCK.match(text)
