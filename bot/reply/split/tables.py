"""A table of GitHub's Markdown, which Discord does not know, laid out for it. Pure.

In monospace where that is narrow enough for a phone and nothing in it has to be alive (links, mentions); otherwise as a list
of fields for each row, in which the marks of Markdown work.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from bot.reply.split.graphemes import width

COLUMNS: Final = 42
"""What a phone shows in one line of monospace."""
_GAP: Final = "  "
_LONGEST_PLAIN: Final = 200
"""Characters of a cell that may be narrow once its marks are taken away."""

_LENIENT: Final = re.compile(r"\\.|(?<!`)(`+)(?!`)[^`]+\1(?!`)|\|")
"""Pipes, and what hides them: escapes, and inline code, in which models like to write them."""
_STRICT: Final = re.compile(r"\\.|\|")
"""Pipes, and what hides them by GitHub's rules."""
_DELIMITER: Final = re.compile(r"[ \t]*+(?=.*\|)\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*\|?\s*+")
"""Possessive: a model that loses its way writes spaces without end, and each would be tried as the last of its run."""
_ALIVE: Final = re.compile(r"\]\(|<(?:[@#/]|a?:|t:|id:)|https?://")
"""Links and tags, which say nothing in monospace."""
_FENCE: Final = re.compile(r"`{3,}")
"""Inline code to GitHub, which knows no blocks in a cell, but a block to Discord."""
_BREAK: Final = re.compile(r"(?<!\s)\s*<br\s*/?>\s*", re.IGNORECASE)
_MARKED: Final = re.compile(
    r"(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?<![\w*])(?P<stars>\*{1,3})(?=[^\s*])(?P<starred>.+?)(?<=[^\s*])(?P=stars)(?![\w*])"
    r"|(?<!\w)(?P<lines>_{1,3})(?=[^\s_])(?P<lined>.+?)(?<=[^\s_])(?P=lines)(?!\w)"
    r"|~~(?=\S)(?P<struck>.+?)(?<=\S)~~"
)


class Table:
    """A table that grows by rows."""

    def __init__(self, headers: list[str], delimiter: str) -> None:
        self._headers = headers
        self._aligned = [(cell.startswith(":"), cell.endswith(":")) for cell in _cells(delimiter, _STRICT)]
        self._rows: list[list[str]] = []

    @classmethod
    def begun(cls, header: str, delimiter: str) -> "Table | None":
        """The table that these two lines begin, or None where they do not."""
        if not _DELIMITER.fullmatch(delimiter):
            return None
        columns = len(_cells(delimiter, _STRICT))
        headers = _fitting(header, columns)
        return cls(headers, delimiter) if len(headers) == columns else None

    def add(self, row: str) -> None:
        """Add a row, as it is written."""
        self._rows.append(_fitting(row, len(self._headers)))

    def lines(self, columns: int = COLUMNS) -> list[str]:
        """The table's lines on Discord, in monospace where they need no more than `columns`."""
        cells = [cell for row in (self._headers, *self._rows) for cell in row]
        if not any(_ALIVE.search(cell) or len(cell) > _LONGEST_PLAIN for cell in cells):
            plain = [[_plain(cell) for cell in row] for row in (self._headers, *self._rows)]
            widths = [max(1, *map(width, column)) for column in zip_longest(*plain, fillvalue="")]
            if sum(widths) + len(_GAP) * (len(widths) - 1) <= columns and not any(map(_fenced, plain)):
                return self._monospace(plain, widths)
        return "\n".join(self._fields()).split("\n")

    def _monospace(self, rows: list[list[str]], widths: list[int]) -> list[str]:
        aligned = [*self._aligned, *[(False, False)] * (len(widths) - len(self._aligned))]
        header, *body = [
            _GAP.join(map(_padded, [*row, *[""] * (len(widths) - len(row))], widths, aligned)).rstrip() for row in rows
        ]
        return ["```", header, _GAP.join("-" * wide for wide in widths), *body, "```"]

    def _fields(self) -> Iterator[str]:
        """The name of the first column, then for each row its first cell and a line for each other one that is not empty."""
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
                    yield f"- {header}: {_broken(cell)}" if header else f"- {_broken(cell)}"


def _cells(row: str, pipes: re.Pattern[str]) -> list[str]:
    row = _FENCE.sub("`", row.strip()).removeprefix("|")
    ends = [match.start() for match in pipes.finditer(row) if match[0] == "|"]
    if not ends or ends[-1] < len(row) - 1:  # the last pipe is optional
        ends.append(len(row))
    return [row[start:end].strip() for start, end in zip([0, *(end + 1 for end in ends)], ends, strict=False)]


def _fitting(row: str, columns: int) -> list[str]:
    """The cells of `row`, read in the way that gives it `columns` of them; at least one."""
    cells = _cells(row, _LENIENT)
    if len(cells) != columns:
        strict = _cells(row, _STRICT)
        return strict if len(strict) == columns else cells
    return cells


def _plain(cell: str) -> str:
    """What `cell` says, without the marks that would be shown in monospace."""
    return _unmarked(_BREAK.sub(" ", cell)).replace("\t", " ")


def _unmarked(text: str) -> str:
    return _MARKED.sub(_what_is_marked, text)


def _what_is_marked(match: re.Match[str]) -> str:
    if match["code"]:
        return match["code"].replace("\\|", "|").strip() or match["code"]
    return match["escaped"] or _unmarked(match["starred"] or match["lined"] or match["struck"])


def _fenced(row: list[str]) -> bool:
    return any(_FENCE.search(cell) for cell in row)


def _padded(cell: str, wide: int, aligned: tuple[bool, bool]) -> str:
    space = wide - width(cell)
    match aligned:
        case (True, True):
            return " " * (space // 2) + cell + " " * (space - space // 2)
        case (False, True):
            return " " * space + cell
        case _:
            return cell + " " * space


def _broken(cell: str) -> str:
    """`cell` as text of an item, with its line breaks."""
    return _BREAK.sub("\n  ", _in_code(cell))


_CODE: Final = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")


def _in_code(cell: str) -> str:
    """`cell` with its pipes in inline code as Discord wants them there: not escaped."""
    return _CODE.sub(lambda match: match[0].replace("\\|", "|"), cell)
