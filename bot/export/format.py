"""An export format: text for each thing in an export, asked for in order, so that none is ever whole in memory."""

from datetime import UTC, datetime
from typing import Protocol

from bot.chat.places import Conversation, Place
from bot.chat.ports.history import Turn


class Format(Protocol):
    """A format of one export. The methods are called in order: begin, then for each conversation open, turn…, close, then end."""

    extension: str

    def begin(self, place: Place, exported_at: int) -> str:
        """The text before the first conversation."""
        ...

    def open(self, conversation: Conversation) -> str:
        """The text before a conversation's first turn."""
        ...

    def turn(self, turn: Turn) -> str:
        """A question with all attempts at its answer."""
        ...

    def close(self) -> str:
        """The text after a conversation's last turn."""
        ...

    def end(self) -> str:
        """The text after the last conversation."""
        ...


def moment(milliseconds: int) -> datetime:
    """A stored time as a datetime in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
