"""The interface of an export format. It makes the text of an export part by part, so that no export is ever whole in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from bot.chat.choices import Choice
from bot.chat.places import Conversation, Place
from bot.chat.ports.history import Turn


class Format(Protocol):
    """A format of one export. Its methods are called in order and each returns the next text of the export.

    First `begin`; for each conversation `open`, `turn` once per turn, and `close`; last `end`.
    """

    extension: str
    """The extension of the file's name, without the dot in front."""

    def begin(self, place: Place, exported_at: int, choices: Sequence[Choice] = ()) -> str:
        """Return the text before the first conversation. `exported_at` is in milliseconds since 1970 UTC.

        `choices` are those that people made for the place and its conversations.
        """
        ...

    def open(self, conversation: Conversation) -> str:
        """Return the text before a conversation's first turn."""
        ...

    def turn(self, turn: Turn) -> str:
        """Return the text of a question and its answers."""
        ...

    def close(self) -> str:
        """Return the text after a conversation's last turn."""
        ...

    def end(self) -> str:
        """Return the text after the last conversation."""
        ...


def moment(milliseconds: int) -> datetime:
    """Return a stored time, in milliseconds since 1970 UTC, as a datetime in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
