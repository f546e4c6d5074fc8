"""The text of docx files as Markdown, by mammoth: headings, lists, tables; pictures by a word."""

import io
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from typing import BinaryIO, Final, Protocol, cast

import mammoth

from bot.files.archive import is_xml, opened
from bot.files.budget import Room
from bot.files.results import Document, Part, Reason, Unit, Unreadable

_HEADINGS: Final = {f"h{level}": "#" * level for level in range(1, 7)}


class _Result(Protocol):
    value: str


class _Images(Protocol):
    def img_element(self, attributes: Callable[[object], dict[str, str]], /) -> object: ...


class _Mammoth(Protocol):
    """The part of mammoth that is used; it has no types."""

    images: _Images

    def convert_to_html(self, file: BinaryIO, /, *, convert_image: object) -> _Result: ...


def text_of_docx(data: bytes, room: Room) -> Document:
    """Return the text of a docx file, which has no pages until it is printed. Raises Unreadable."""
    with opened(data, ("word/",)) as archive:
        beginning, whole = _beginning(archive, room)
    try:
        library = cast("_Mammoth", mammoth)
        pictures = library.images.img_element(_nothing)
        html = library.convert_to_html(beginning, convert_image=pictures).value
    except Exception as error:
        raise Unreadable(Reason.BROKEN) from error
    writer = _Markdown()
    writer.feed(html)
    text = writer.text.strip()
    if not text:
        raise Unreadable(room.reason)
    taken = room.take(text)
    return Document(Unit.SECTION, (Part(taken, whole=whole and len(taken) == len(text)),), 1)


def _beginning(archive: zipfile.ZipFile, room: Room) -> tuple[BinaryIO, bool]:
    """Return a docx with the beginning of a file's text, because mammoth reads all of it, and whether that is the whole.

    Small entries come first: the styles and lists of a long text stay whole. Pictures are left out.
    """
    extent, file, whole = room.extent, io.BytesIO(), True
    entries = {entry.filename: entry.file_size for entry in archive.infolist() if is_xml(entry.filename)}
    try:
        with zipfile.ZipFile(file, "w") as shortened:
            for name in sorted(entries, key=entries.__getitem__):
                data, is_whole = extent.beginning_of(archive, name)
                shortened.writestr(name, data)
                whole = whole and is_whole
    except (ValueError, LookupError, OSError, zipfile.BadZipFile) as error:
        raise Unreadable(Reason.BROKEN) from error
    return file, whole


def _nothing(_: object) -> dict[str, str]:
    return {"src": ""}


class _Markdown(HTMLParser):
    """Writes mammoth's HTML as Markdown. A cell's paragraphs stand on one line."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._lists: list[str] = []
        self._cells = 0

    @property
    def text(self) -> str:
        """The text that was written so far."""
        return "".join(self._pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write what stands before an element's text."""
        del attrs
        if tag in _HEADINGS:
            self._pieces.append(f"{_HEADINGS[tag]} ")
        elif tag in {"ul", "ol"}:
            self._lists.append("-" if tag == "ul" else "1.")
        elif tag == "li":
            self._pieces.append(f"\n{'  ' * (len(self._lists) - 1)}{self._lists[-1] if self._lists else '-'} ")
        elif tag == "br":
            self._pieces.append(" " if self._cells else "\n")
        elif tag == "img":
            self._pieces.append("[picture]")
        elif tag in {"td", "th"}:
            self._cells += 1
            self._pieces.append("| ")

    def handle_endtag(self, tag: str) -> None:
        """Write what stands behind an element's text."""
        if tag in {"td", "th"}:
            self._cells -= 1
            self._pieces.append(" ")
        elif tag == "tr":
            self._pieces.append("|\n")
        elif tag in {"ul", "ol"}:
            self._lists.pop()
            self._pieces.append("" if self._lists else "\n\n")
        elif tag == "p" or tag in _HEADINGS:
            self._pieces.append(" " if self._cells else "\n\n")
        elif tag == "table":
            self._pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Write an element's text."""
        self._pieces.append(data)
