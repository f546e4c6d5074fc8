"""What an export format is: text for each thing in an archive, asked for in order, so that none is ever whole in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from bot.chat.turns import Answer, Conversation, Place, Question


class Shape(Protocol):
    """A format of one export. The methods are called in order: begin, then for each conversation open, turn…, close, then end."""

    extension: str

    def begin(self, place: Place, exported_at: int) -> str:
        """The text before the first conversation."""
        ...

    def open(self, conversation: Conversation) -> str:
        """The text before a conversation's first turn."""
        ...

    def turn(self, question: Question, answers: Sequence[Answer]) -> str:
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
