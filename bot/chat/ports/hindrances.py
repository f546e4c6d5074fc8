"""The port that knows what keeps the bot from writing in a place."""

from dataclasses import dataclass
from typing import Protocol

from bot.chat.places import Place


@dataclass(frozen=True, slots=True)
class Hindrance:
    """A reason why the bot cannot write in a place: in words for the log, and as a sentence for the asker."""

    words: str
    public: str


class Hindrances(Protocol):
    """Knows what keeps the bot from writing in a place, without asking Discord."""

    def of(self, place: Place) -> Hindrance | None:
        """Return what keeps the bot from writing in a place; None if nothing does, or if nothing is known about the place."""
        ...
