"""The cells of xlsx files as CSV, sheet by sheet, by openpyxl: formulas by the values that were stored with them."""

import csv
import io
import warnings
from collections.abc import Iterable
from typing import Final, Protocol, cast

from openpyxl import load_workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from bot.files.archive import opened
from bot.files.budget import Room
from bot.files.results import Document, Part, Reason, Unit, Unreadable

_ROWS_A_TAKE: Final = 200


def _unmeasured(_: object) -> None:
    """Stand in for openpyxl's look for the size of a sheet: where a sheet does not name it, it would read all of its rows."""


ReadOnlyWorksheet._get_size = _unmeasured  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue]


class _Sheet(Protocol):
    """A sheet that is read row by row."""

    title: str

    def reset_dimensions(self) -> None: ...

    def iter_rows(self, *, values_only: bool) -> Iterable[tuple[object, ...]]: ...


def text_of_xlsx(data: bytes, sheets: int, room: Room) -> Document:
    """Return the cells of the first sheets, `sheets` at most. Raises Unreadable."""
    opened(data).close()
    try:
        with warnings.catch_warnings(action="ignore"):
            return _read(data, sheets, room)
    except (MemoryError, Unreadable):
        raise
    except Exception as error:
        raise Unreadable(Reason.BROKEN) from error


def _read(data: bytes, sheets: int, room: Room) -> Document:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    found = cast("list[_Sheet]", book.worksheets)
    parts: list[Part] = []
    while len(parts) < min(sheets, len(found)) and room.left:
        parts.append(_part(found[len(parts)], room))
    if not any(part.text for part in parts):
        raise Unreadable(Reason.NO_TEXT)
    return Document(Unit.SHEET, tuple(parts), len(found))


def _part(sheet: _Sheet, room: Room) -> Part:
    """Return the rows of a sheet that hold anything, as far as there is room; a sheet's own word on its size is not trusted."""
    sheet.reset_dimensions()
    pieces: list[str] = []
    lines: list[list[str]] = []
    rows = iter(sheet.iter_rows(values_only=True))
    while room.left:
        row = next(rows, None)
        if row is not None and any(cell is not None for cell in row):
            lines.append(["" if cell is None else str(cell) for cell in _trimmed(row)])
        if row is None or len(lines) == _ROWS_A_TAKE:
            text, lines = _csv(lines), []
            pieces.append(taken := room.take(text))
            if row is None or len(taken) < len(text):
                return Part("".join(pieces).strip("\n"), sheet.title, whole=len(taken) == len(text))
    return Part("".join(pieces).strip("\n"), sheet.title, whole=False)


def _trimmed(row: tuple[object, ...]) -> tuple[object, ...]:
    end = len(row)
    while row[end - 1] is None:
        end -= 1
    return row[:end]


def _csv(lines: list[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(lines)
    return file.getvalue()
