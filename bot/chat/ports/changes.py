"""The port that stores what people change on Discord afterwards: messages that they edit or delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.content import Blob, Content
from bot.chat.ports.intake import Sourced


@dataclass(frozen=True, slots=True)
class AskedMessage:
    """A message of a question: its first one, or one that joined it. `key` is the question's.

    `text` is raw; of a joined message it is as rendered, once the question has a prompt. `in_progress`: the question waits, or an
    attempt at it is in writing. `turned_down`: it gets no answer. `alone`: the question has no other message. `rendered` is its
    text in the question's prompt with what it quotes, empty before the first attempt.
    """

    message_id: int
    position: int
    key: int
    place_id: int
    text: str
    edited_at: int | None
    joined: bool
    in_progress: bool
    turned_down: bool
    alone: bool = True
    rendered: str = ""


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """A live message of a question's answers. `in_progress`: an attempt at the question is in writing and not to begin again."""

    message_id: int
    position: int
    key: int
    place_id: int
    in_progress: bool


@dataclass(frozen=True, slots=True)
class HeldWords:
    """Another person's words in a question, from the message `message_id`, or a file of that message if they are `media`.

    `name` is the file's, and `file_id` Discord's id of it, 0 where that is not known. `asker_id` asked the question in the place
    `place_id` of a server, `guild_id`, or in direct messages.
    """

    message_id: int
    position: int
    number: int
    text: str
    media: bool = False
    name: str = ""
    file_id: int = 0
    place_id: int = 0
    guild_id: int | None = None
    asker_id: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that the history holds of some messages."""

    asked: Sequence[AskedMessage] = ()
    answers: Sequence[AnswerPart] = ()
    words: Sequence[HeldWords] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.asked or self.answers or self.words)


@dataclass(frozen=True, slots=True)
class Rewording:
    """A finished question as it was rendered again after an edit of its message `message_id`.

    `revision` is the one that was rendered. The fields of the contents are those of `NewAttempt`. `offers`: Discord shall show
    other buttons under its answer. Times are milliseconds.
    """

    position: int
    message_id: int
    revision: int
    text: str
    contents: tuple[Content | Sourced, ...]
    tokens: int
    blobs: tuple[Blob, ...]
    remarks: tuple[str, ...]
    edited_at: int
    at: int
    offers: bool = False


@dataclass(frozen=True, slots=True)
class Recent:
    """A message of a place's newest questions or of their answers. `edited_at` is when it was last edited, as far as known."""

    message_id: int
    ours: bool
    edited_at: int | None = None


class Changes(Protocol):
    """Stores edits and deletions. Every method is one transaction and raises StoreError when the history is unusable."""

    async def find(self, message_ids: Sequence[int]) -> Found:
        """Return what the history holds of these messages, but no retired and gone ones of ours and no deleted questions."""
        ...

    async def recent(self, place_id: int) -> Sequence[Recent]:
        """Return the messages of the newest 50 questions of a place and of their answers, as far as they exist."""
        ...

    async def erase(self, position: int, message_ids: Sequence[int], *, at: int) -> bool:
        """Erase a question whose messages were deleted, with its answers, and end the attempt in writing with its call.

        The messages of an answer that Discord does not show whole yet are retired. Return False when that was done before, and
        where a message has joined the question that is none of `message_ids`.
        """
        ...

    async def unjoin(self, position: int, message_id: int, *, tokens: int, at: int) -> bool:
        """Take a message out of a question that has others, with its files and what it quotes. `tokens` are those of its texts.

        The question waits again when it is in progress. Return whether it does. A message that was taken out changes nothing.
        """
        ...

    async def remove(self, message_ids: Sequence[int], *, at: int) -> None:
        """Record that people deleted these live messages of answers, and erase the answers that Discord showed in them.

        Erased is the text of the displayed attempt, of the chosen one, and of attempts that one of these continues or that
        continue one. No attempt is chosen then. An attempt in writing is ended with its call, as stopped by a person, and the
        question's other messages are retired. A question that waits goes on waiting.
        """
        ...

    async def quoted_of(self, people: Sequence[int], *, most: int) -> Sequence[HeldWords]:
        """Return at most `most` words, and files without their texts, of these people that other people's questions hold."""
        ...

    async def forget(self, words: HeldWords, placeholder: str, *, tokens: int, at: int) -> None:
        """Put `placeholder` in the place of another person's words, which costs so many `tokens` less, or delete their file.

        The placeholder is nobody's words. Changes nothing where the words are others by now.
        """
        ...

    async def requote(self, words: HeldWords, text: str, *, tokens: int, at: int) -> bool:
        """Put an edited `text`, which costs so many `tokens` more, in the place of another person's words.

        Return False where the words are others by now.
        """
        ...

    async def reopen(self, asked: AskedMessage, text: str, *, edited_at: int, at: int) -> bool:
        """Store an edit of a question in progress, which waits again.

        Return False when it is in progress no more, and where the message was taken out of it.
        """
        ...

    async def reword(self, rewording: Rewording) -> bool:
        """Store an edit of a finished question. Return False when it was changed since, or is in progress."""
        ...
