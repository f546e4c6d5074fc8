"""The text of PDF files, page by page."""

import io
import logging
from typing import Final

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PdfReadError, PyPdfError

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
        raise Unreadable(Reason.NO_TEXT if all(part.whole for part in parts) else Reason.BROKEN)
    return Document(Unit.PAGE, tuple(parts), total)


def _part(reader: PdfReader, number: int, room: Room) -> Part:
    try:
        text = reader.pages[number].extract_text().strip()
    except (PdfReadError, *_DAMAGE):
        return Part("", whole=False)
    taken = room.take(text)
    return Part(taken, whole=len(taken) == len(text))
