"""`Room`: how much of a document is read, in characters, and until when."""

import time
from typing import Final

from bot.files.results import Reason
from bot.files.xml_beginning import Extent

_ELEMENTS_PER_SECOND: Final = 5_000
"""Elements of XML that are read in a second: mammoth takes three times as many on a core of 2020."""
_FEWEST_ELEMENTS: Final = 20_000
"""Elements that are read however little time there is: the styles of a text have some thousands."""


class Room:
    """Counts down the characters that may still be read. `seconds` is how long the reading of further parts may begin."""

    def __init__(self, characters: int, seconds: float) -> None:
        self._characters = characters
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> bool:
        """Whether there is room, and time, for another part."""
        return self._characters > 0 and time.monotonic() < self._ends

    def is_filled_by(self, characters: int) -> bool:
        """Return whether a text of more than this length would be cut."""
        return characters > self._characters

    @property
    def extent(self) -> Extent:
        """How much of the XML of a document can be read in the room that is left."""
        elements = int((self._ends - time.monotonic()) * _ELEMENTS_PER_SECOND)
        return Extent(self._characters, max(_FEWEST_ELEMENTS, elements))

    @property
    def reason(self) -> Reason:
        """The reason why a document has no text: there is none, or the time was over before it was found."""
        return Reason.NO_TEXT if time.monotonic() < self._ends else Reason.TOO_SLOW

    def take(self, text: str) -> str:
        """Return as much of the beginning of `text` as there is room for."""
        taken = text[: self._characters]
        self._characters -= len(taken)
        return taken
