"""Lays out a table of GitHub's Markdown, which Discord does not support. Pure.

A table that is narrow enough for a phone and has no links or mentions is shown in monospace. Any other table is shown as a list
of fields for each row, in which Markdown works.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from bot.reply.split.graphemes import width

COLUMNS: Final = 42
"""The number of monospace columns that a phone shows in one line."""
_GAP: Final = "  "
_LONGEST_PLAIN: Final = 200
"""Longest cell, in characters, for which monospace is tried. Markdown's marks count, but are removed in monospace."""

_LENIENT: Final = re.compile(r"\\.|(?<!`)(`+)(?!`)[^`]+\1(?!`)|\|")
"""Pipes, and the text in which a pipe is no separator: escapes, and inline code, in which models often write pipes."""
_STRICT: Final = re.compile(r"\\.|\|")
"""Pipes, and escapes: by GitHub's rules only an escape keeps a pipe from being a separator."""
_DELIMITER: Final = re.compile(r"[ \t]*+(?=.*\|)\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*\|?\s*+")
"""Possessive, because a model may fall into endless spaces, and backtracking would try each as the last of its run."""
_NEEDS_MARKDOWN: Final = re.compile(r"\]\(|<(?:[@#/]|a?:|t:|id:)|https?://")
"""Links and mentions, which do not work in monospace."""
_FENCE: Final = re.compile(r"`{3,}")
"""Inline code for GitHub, which has no blocks in a cell, but a code block for Discord."""
_BREAK: Final = re.compile(r"(?<!\s)\s*<br\s*/?>\s*", re.IGNORECASE)
_MARKED: Final = re.compile(
    r"(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?<![\w*])(?P<stars>\*{1,3})(?=[^\s*])(?P<starred>.+?)(?<=[^\s*])(?P=stars)(?![\w*])"
    r"|(?<!\w)(?P<lines>_{1,3})(?=[^\s_])(?P<lined>.+?)(?<=[^\s_])(?P=lines)(?!\w)"
    r"|~~(?=\S)(?P<struck>.+?)(?<=\S)~~"
)


_MARK: Final = re.compile(r"[\\`*_~<\t]")


class Table:
    """A table to which rows are added."""

    def __init__(self, headers: list[str], delimiter: str) -> None:
        self._headers = headers
        self._aligned = [(cell.startswith(":"), cell.endswith(":")) for cell in _cells(delimiter, _STRICT)]
        self._rows: list[list[str]] = []
        self.is_cut = False

    @classmethod
    def begun(cls, header: str, delimiter: str) -> "Table | None":
        """Return the table that these two lines begin, or None if they do not begin one."""
        if not _DELIMITER.fullmatch(delimiter):
            return None
        columns = len(_cells(delimiter, _STRICT))
        headers = _split_row(header, columns)
        return cls(headers, delimiter) if len(headers) == columns else None

    def add(self, row: str) -> None:
        """Add a row, given as its line of Markdown."""
        self._rows.append(_split_row(row, len(self._headers)))

    def lines(self, columns: int = COLUMNS, room: int | None = None) -> list[str]:
        """Return the table's lines for Discord: in monospace if at most `columns` wide, else as a list of fields.

        No more rows are laid out than fill about `room` characters; then `is_cut` is true.
        """
        if room is not None and len(self._rows) > room // self._least_width:
            del self._rows[room // self._least_width :]
            self.is_cut = True
        if self._fits(columns):
            plain = [[_plain(cell) for cell in row] for row in (self._headers, *self._rows)]
            widths = [max(1, *map(width, column)) for column in zip_longest(*plain, fillvalue="")]
            if sum(widths) + len(_GAP) * (len(widths) - 1) <= columns and not any(map(_has_fence, plain)):
                return self._monospace(plain, widths)
        lines: list[str] = []
        size = 0
        for field in self._fields():
            lines += field.split("\n")
            size += len(field) + 1
            if room is not None and size > room:
                self.is_cut = True
                break
        return lines

    @property
    def _least_width(self) -> int:
        """The characters of a row in monospace whose cells have one character each."""
        return (1 + len(_GAP)) * len(self._headers) - len(_GAP) + 1

    def _fits(self, columns: int) -> bool:
        """Whether the table may fit into monospace, by what is quickly known."""
        most = max(len(self._headers), *map(len, self._rows)) if self._rows else len(self._headers)
        if most + len(_GAP) * (most - 1) > columns:
            return False
        cells = (cell for row in (self._headers, *self._rows) for cell in row)
        return not any(len(cell) > _LONGEST_PLAIN or _NEEDS_MARKDOWN.search(cell) for cell in cells)

    def _monospace(self, rows: list[list[str]], widths: list[int]) -> list[str]:
        aligned = [*self._aligned, *[(False, False)] * (len(widths) - len(self._aligned))]
        header, *body = [
            _GAP.join(map(_padded, [*row, *[""] * (len(widths) - len(row))], widths, aligned)).rstrip() for row in rows
        ]
        return ["```", header, _GAP.join("-" * column for column in widths), *body, "```"]

    def _fields(self) -> Iterator[str]:
        """Yield the first column's header, then for each row its first cell and a line for each other cell that is not empty."""
        first, *others = [_BREAK.sub(" ", header).rstrip(":") for header in self._headers]
        if first:
            yield f"*{first.replace('*', '')}*"
        if not self._rows:
            yield from (f"- {header}" for header in others if header)
        for number, (heading, *cells) in enumerate(self._rows):
            if number:
                yield ""
            yield f"**{_BREAK.sub(' ', heading).replace('**', '') or '–'}**"
            for header, cell in zip_longest(others, cells, fillvalue=""):
                if cell:
                    yield f"- {header}: {_with_line_breaks(cell)}" if header else f"- {_with_line_breaks(cell)}"


def _cells(row: str, pipes: re.Pattern[str]) -> list[str]:
    row = row.strip().removeprefix("|")
    if "`" not in row and "\\" not in row:
        return [cell.strip() for cell in row.removesuffix("|").split("|")]
    row = _FENCE.sub("`", row)
    ends = [match.start() for match in pipes.finditer(row) if match[0] == "|"]
    if not ends or ends[-1] < len(row) - 1:  # the last pipe is optional
        ends.append(len(row))
    return [row[start:end].strip() for start, end in zip([0, *(end + 1 for end in ends)], ends, strict=False)]


def _split_row(row: str, columns: int) -> list[str]:
    """Return the cells of `row`, at least one, by the rule for pipes that yields `columns` cells, else by the lenient rule."""
    cells = _cells(row, _LENIENT)
    if len(cells) != columns:
        strict = _cells(row, _STRICT)
        return strict if len(strict) == columns else cells
    return cells


def _plain(cell: str) -> str:
    """Return `cell` without Markdown's marks, which monospace would show."""
    if _MARK.search(cell) is None:
        return cell
    return _unmarked(_BREAK.sub(" ", cell)).replace("\t", " ")


def _unmarked(text: str) -> str:
    return _MARKED.sub(_marked_text, text)


def _marked_text(match: re.Match[str]) -> str:
    if match["code"]:
        return match["code"].replace("\\|", "|").strip() or match["code"]
    return match["escaped"] or _unmarked(match["starred"] or match["lined"] or match["struck"])


def _has_fence(row: list[str]) -> bool:
    return any(_FENCE.search(cell) for cell in row)


def _padded(cell: str, target_width: int, aligned: tuple[bool, bool]) -> str:
    space = target_width - width(cell)
    match aligned:
        case (True, True):
            return " " * (space // 2) + cell + " " * (space - space // 2)
        case (False, True):
            return " " * space + cell
        case _:
            return cell + " " * space


def _with_line_breaks(cell: str) -> str:
    """Return `cell` as the text of a list item, with `<br>` as line breaks."""
    return _BREAK.sub("\n  ", _unescape_code_pipes(cell))


_CODE: Final = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")


def _unescape_code_pipes(cell: str) -> str:
    """Return `cell` with the pipes in inline code unescaped, because Discord would show the backslashes."""
    return _CODE.sub(lambda match: match[0].replace("\\|", "|"), cell)
