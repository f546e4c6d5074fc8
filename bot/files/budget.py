"""`Room`: how much of a document is read, in characters, and until when."""

import time


class Room:
    """Counts down the characters that may still be read. `seconds` is how long the reading of further parts may begin."""

    def __init__(self, characters: int, seconds: float) -> None:
        self._characters = characters
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> bool:
        """Whether there is room, and time, for another part."""
        return self._characters > 0 and time.monotonic() < self._ends

    def take(self, text: str) -> str:
        """Return as much of the beginning of `text` as there is room for."""
        taken = text[: self._characters]
        self._characters -= len(taken)
        return taken
