"""The text of PDF files, page by page."""

import io
import logging
from typing import Final

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PdfReadError, PyPdfError
from pypdf.generic import NameObject

from bot.files.budget import Room
from bot.files.results import Document, Part, Reason, Unit, Unreadable

_DAMAGE: Final = (
    PyPdfError,
    ArithmeticError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    RecursionError,
)
"""The errors that pypdf raises on damaged files, with those of Python that it lets through."""
_MOST_CONTENT: Final = 1_000_000
"""The most bytes of drawing instructions of one page. pypdf takes two seconds a megabyte to tell them apart."""
_LAST: Final = (b"ET\n", b"ET ", b"Tj\n", b"TJ\n")
"""Instructions behind which a page is cut (ISO 32000-1, 9.4), so that no text is left open."""
_INSTRUCTIONS_A_LOOK: Final = 1_000


def text_of_pdf(data: bytes, pages: int, room: Room) -> Document:
    """Return the text of the first pages, `pages` at most. Raises Unreadable."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(Reason.ENCRYPTED)
        total = len(reader.pages)
    except (
        DependencyError,
        FileNotDecryptedError,
    ) as error:  # the library for AES is not there, or another password is wanted
        raise Unreadable(Reason.ENCRYPTED) from error
    except _DAMAGE as error:
        raise Unreadable(Reason.BROKEN) from error
    if total == 0:
        raise Unreadable(Reason.EMPTY)
    parts: list[Part] = []
    while len(parts) < min(pages, total) and room.left:
        parts.append(_part(reader, len(parts), room))
    if not any(part.text for part in parts):
        is_damaged = room.reason is Reason.NO_TEXT and not all(part.whole for part in parts)
        raise Unreadable(Reason.BROKEN if is_damaged else room.reason)
    return Document(Unit.PAGE, tuple(parts), total)


def _part(reader: PdfReader, number: int, room: Room) -> Part:
    """Return the text of a page, as far as there is room and time."""
    page, heard = reader.pages[number], _Hearing(room)
    try:
        whole = _shorten(page)
        text = page.extract_text(visitor_operand_before=heard.look, visitor_text=heard.hear)
    except _Enough:
        text, whole = "".join(heard.pieces), False
    except (PdfReadError, *_DAMAGE):
        return Part("", whole=False)
    taken = room.take(text.strip())
    return Part(taken, whole=whole and len(taken) == len(text.strip()))


def _shorten(page: PageObject) -> bool:
    """Cut the drawing instructions of a page to those that are read. Return whether they are all."""
    contents = page.get_contents()
    data = b"" if contents is None else contents.get_data()
    if contents is None or len(data) <= _MOST_CONTENT:
        return True
    end = max(data.rfind(last, 0, _MOST_CONTENT) + len(last) for last in _LAST)
    contents.set_data(data[:end])
    page[NameObject("/Contents")] = contents
    return False


class _Enough(BaseException):
    """So much was read of a page as is kept. No Exception, because pypdf takes one within a form for damage."""


class _Hearing:
    """Keeps the text of a page piece by piece, until there is enough of it or the time is over."""

    def __init__(self, room: Room) -> None:
        self.pieces: list[str] = []
        self._room = room
        self._characters = 0
        self._looks = 0

    def look(self, *_: object) -> None:
        """Look at the clock before some of the instructions of a page. Raises _Enough."""
        self._looks += 1
        if not self._looks % _INSTRUCTIONS_A_LOOK and not self._room.left:
            raise _Enough

    def hear(self, text: str, *_: object) -> None:
        """Keep a piece of text. Raises _Enough."""
        self.pieces.append(text)
        self._characters += len(text)
        if self._room.is_filled_by(self._characters):
            raise _Enough
