"""The cells of xlsx files as CSV, sheet by sheet, by openpyxl: formulas by the values that were stored with them."""

import csv
import io
import warnings
from collections.abc import Iterable
from typing import IO, Final, Protocol, cast
from xml.parsers import expat

from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.xml.constants import SHARED_STRINGS

from bot.files.archive import opened
from bot.files.budget import Room
from bot.files.results import Document, Part, Reason, Unit, Unreadable

_ROWS_A_TAKE: Final = 200
_CHUNK: Final = 65_536
_SHEETS: Final = "xl/worksheets/"
_STRINGS: Final = "xl/sharedStrings"


def _unmeasured(_: object) -> None:
    """Stand in for openpyxl's look for the size of a sheet: where a sheet does not name it, it would read all of its rows."""


ReadOnlyWorksheet._get_size = _unmeasured  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue] -- no public way


class _Entry(Protocol):
    """An entry of a workbook's table of contents."""

    PartName: str


class _Reader(ExcelReader):
    """openpyxl's reader, with a faster one of shared strings: of a million, its own takes half a minute."""

    room: Room

    def read_strings(self) -> None:
        """Read the table of strings. Raises Unreadable where the time is over before its end."""
        entry = cast("_Entry | None", self.package.find(SHARED_STRINGS))  # pyright: ignore[reportUnknownMemberType] -- openpyxl has no types
        if entry is not None:
            with self.archive.open(entry.PartName[1:]) as file:
                self.shared_strings = _strings(file, self.room)


def _strings(file: IO[bytes], room: Room) -> list[str]:
    """Return the shared strings of a workbook without their format and their phonetic hints (ECMA-376 part 1, 18.4.8)."""
    strings: list[str] = []
    open_: list[str] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name: str, _: object) -> None:
        open_.append(name.rpartition(":")[2])
        if open_[-1] == "si":
            strings.append("")

    def characters(data: str) -> None:
        if open_[-1] == "t" and "rPh" not in open_ and strings:
            strings[-1] += data

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_.pop()
    parser.CharacterDataHandler = characters
    while chunk := file.read(_CHUNK):
        parser.Parse(chunk)
        if not room.left:
            raise Unreadable(Reason.TOO_SLOW)
    return [text.replace("x005F_", "") for text in strings]  # the mark of an underscore, as openpyxl takes it away


class _Sheet(Protocol):
    """A sheet that is read row by row."""

    title: str

    def reset_dimensions(self) -> None: ...

    def iter_rows(self, *, values_only: bool) -> Iterable[tuple[object, ...]]: ...


def text_of_xlsx(data: bytes, sheets: int, room: Room) -> Document:
    """Return the cells of the first sheets, `sheets` at most. Raises Unreadable."""
    opened(data, (_SHEETS, _STRINGS)).close()
    try:
        with warnings.catch_warnings(action="ignore"):
            return _read(data, sheets, room)
    except (MemoryError, Unreadable):
        raise
    except Exception as error:
        raise Unreadable(Reason.BROKEN) from error


def _read(data: bytes, sheets: int, room: Room) -> Document:
    reader = _Reader(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    reader.room = room
    reader.read()
    found = cast("list[_Sheet]", reader.wb.worksheets)
    parts: list[Part] = []
    while len(parts) < min(sheets, len(found)) and room.left:
        parts.append(_part(found[len(parts)], room))
    if not any(part.text for part in parts):
        raise Unreadable(room.reason)
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
