"""The port that renders Discord messages for the model."""

from dataclasses import dataclass
from typing import Protocol

from bot.chat.content import Blob, Content
from bot.chat.turns import Question
from bot.errors import ParleyError


class MessageDeleted(ParleyError):
    """The message of a question does not exist any more."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A content of another author than the asker, from the message `message_id`: of a reply's original or of a forward."""

    content: Content
    author_id: int | None = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A question as the model gets it.

    `contents` begin with the question's text. `blobs` holds the bytes of all images among them. `remarks` are sentences for the
    asker about what was not read, or not read whole; they stand in small print under the answer. `unread`: the question has
    files, and they were not fetched.
    """

    contents: tuple[Content | Sourced, ...]
    blobs: tuple[Blob, ...] = ()
    remarks: tuple[str, ...] = ()
    unread: bool = False


class Intake(Protocol):
    """Renders questions for the model."""

    async def render(self, question: Question, *, files: bool = True) -> Rendered:
        """Return the question as the model gets it. Files are fetched and read meanwhile, within a bounded time.

        Without `files` they are only named, for a question that no model is asked.

        The source is the Discord message, in memory or fetched again, or else the stored text. Raises MessageDeleted where
        Discord has the message no more.
        """
        ...

    def was_deleted(self, message_id: int) -> bool:
        """Return whether a message was deleted lately, since the bot was started."""
        ...

    async def text_of(self, question: Question) -> str | None:
        """Return the text of the question's message, as Discord has it; None where the message is gone. Raises ParleyError."""
        ...
