"""Values of the readers: what they read of a file, and why they cannot read one."""

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import ParleyError


class Reason(StrEnum):
    """The reason why a file cannot be read."""

    BROKEN = "broken"
    """Its bytes are damaged, cut off, or not what they begin as."""
    EMPTY = "empty"
    """It holds nothing."""
    TOO_LARGE = "too large"
    """It unpacks to more than a reader takes: pixels, entries of a zip, memory."""
    TOO_SLOW = "too slow"
    """A reader did not come to an end in time."""
    ENCRYPTED = "encrypted"
    """It is read only with a password."""
    NO_TEXT = "no text"
    """It has pages, but no text on them: a scan."""
    ENTITIES = "entities"
    """Its XML declares entities, which no office program writes."""


class Unreadable(ParleyError):
    """A file cannot be read, for a `reason` that is known."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the file cannot be read: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is sent to a model. `width` and `height` are in pixels."""

    media_type: str
    data: bytes
    width: int
    height: int


class Unit(StrEnum):
    """A part of a document."""

    PAGE = "page"
    SHEET = "sheet"
    SLIDE = "slide"
    SECTION = "section"
    """A document without pages, as a whole."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a document: its text, and the name of a sheet. `whole` is False where text of it was left out."""

    text: str
    name: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a document: its first parts, of `total`."""

    unit: Unit
    parts: tuple[Part, ...]
    total: int
