"""The port that stores questions: it claims a Discord message once, and finds its question and what a crash left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.turns import Asked, Author, Question, Record, TurnedDown


@dataclass(frozen=True, slots=True)
class Claim:
    """The question of a message that was claimed."""

    question: Question


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a button: the id of its interaction, its place and person, and its time in milliseconds."""

    id: int
    place_id: int
    person_id: int
    at: int


@dataclass(frozen=True, slots=True)
class Behind:
    """The place and key of a question that Discord does not show up to date."""

    place_id: int
    key: int


@dataclass(frozen=True, slots=True)
class Said:
    """The words that a Discord message has in the history: a question of `author`, or an answer of the bot's (None).

    A question's `text` is raw, an answer's is that of the chosen attempt. `is_sent`: the window of the conversation's next
    question holds it, unless that question makes it too long.
    """

    author: Author | None
    text: str
    is_sent: bool


class Questions(Protocol):
    """Stores the questions of all places. Every method is one transaction and raises StoreError when the history is unusable.

    When the caller of a method is cancelled, the transaction is still applied as a whole or not at all.
    """

    async def claim(self, asked: Asked, *, per_minute: int = 0, turned_down: TurnedDown | None = None) -> Claim | None:
        """(a) Claim a message and insert its question into the place's open conversation. Return None when it was claimed before.

        The question is turned down for the reason `turned_down`, or because its author asked `per_minute` other questions in the
        minute before it (0: no limit). A question that is turned down needs no answer and is part of no window.
        """
        ...

    async def join(self, asked: Asked, position: int, *, per_minute: int = 0) -> bool:
        """Claim a message that joins the question at `position`, by the same person, which then waits again.

        Return False where it was claimed before, where the question is in progress no more or in a closed conversation, and where
        the person asked `per_minute` other questions in the minute before it (0: no limit).
        """
        ...

    async def press(self, press: Press, *, per_minute: int = 0) -> bool | None:
        """Claim a press. Return None when it was claimed before, and False, without a claim, when its person is over the limit.

        Presses and questions of a person count together: `per_minute` of them in the minute before the press (0: no limit).
        """
        ...

    async def admit(self, position: int, text: str) -> None:
        """Store the text of a question that was claimed without it and has no attempt."""
        ...

    async def deny(self, position: int) -> None:
        """Close a question without an attempt whose author the bot does not serve, and call its claim denied. Erases its text."""
        ...

    async def close(self, position: int) -> None:
        """Mark a question that has no attempt as unanswerable, so that it needs no answer any more."""
        ...

    async def record(self, key: int, *, deleted: bool = False) -> Record | None:
        """Return the question of a claimed message, with all its attempts; None when it is unknown or was turned down.

        One that was deleted is returned only with `deleted`.
        """
        ...

    async def answered_by(self, message_id: int) -> Record | None:
        """Return the question whose answers have this Discord message; None when it is unknown."""
        ...

    async def said(self, message_id: int, conversation_id: int) -> Said | None:
        """Return what a Discord message says, where it is a question or belongs to an answer; None when it is unknown or empty.

        `conversation_id` is the conversation in whose window the message may be.
        """
        ...

    async def asked_among(self, message_ids: Sequence[int]) -> frozenset[int]:
        """Return those of these messages, at most 100, that are questions or parts of one."""
        ...

    async def superseded(self, position: int) -> Record | None:
        """Return the question whose answer was the last of its place before the one at `position` had an answer.

        It is the newest question before it in the place that has an attempt. Imported questions do not count.
        """
        ...

    async def behind(self) -> Sequence[Behind]:
        """Return every question that Discord does not show up to date, by position. At start-up a crash has left these."""
        ...
