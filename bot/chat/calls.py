"""Calls: each is one request to a model, with its receipt, its usage and its end. Figures are tokens unless said otherwise."""

from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """The use of a call's result."""

    ANSWER = "answer"
    TRANSCRIPTION = "transcription"
    SUMMARY = "summary"


class CallState(StrEnum):
    """The state of a call. It is open from before the request until its end.

    A call that a crash left open is lost. An imported call was made by another program.
    """

    OPEN = "open"
    CLOSED = "closed"
    LOST = "lost"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Call:
    """The identity of a call: its purpose, its place and asker, and the attempt. `step` is the round of the attempt, from 1.

    A transcription belongs to the question itself: its `sibling` is 0, and `step` counts its requests from 1. A summary belongs
    to no question: its `conversation_id`, `position` and `sibling` are 0.
    """

    purpose: Purpose
    conversation_id: int
    position: int
    sibling: int
    step: int
    place_id: int
    guild_id: int | None
    person_id: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The figures of what a call sent. Never text.

    `window_from` is the position from which exchanges are sent, `dropped` the number of exchanges that were left out, `cut` the
    number of characters that were cut from the question. `question_tokens` counts the newest question and the messages after it,
    `turn_tokens` the exchanges before it. `files_from` is the position from which files are sent; those of earlier questions are
    only named. `media_tokens`, those of files, are a part of the tokens of turns and question. `broken_from` is the position from
    which the prompt is another one than that of the call before it, 0 where it only grew, and `broken_by` the cause.
    """

    window_from: int
    dropped: int
    cut: int
    system_tokens: int
    turn_tokens: int
    question_tokens: int
    files_from: int = 0
    media_tokens: int = 0
    broken_from: int = 0
    broken_by: str = ""

    @property
    def tokens(self) -> int:
        """The tokens of the whole prompt."""
        return self.system_tokens + self.turn_tokens + self.question_tokens


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens that a call used.

    `cached` (read from the provider's cache) and `written` (to that cache) are parts of `prompt`; `reasoning` is a part of
    `completion`.
    """

    prompt: int = 0
    cached: int = 0
    written: int = 0
    completion: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class CallEnd:
    """The end of a call. `reason` is the model's finish reason, or our word for an error.

    `receipt` is None when nothing was sent. `usage` is zero when nothing was billed, and None when it is unknown. `estimated`:
    the usage is our own count, because the server reported none.
    """

    reason: str
    provider: str = ""
    model: str = ""
    receipt: Receipt | None = None
    usage: Usage | None = Usage()
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A stored call. `end` is None for an open and for a lost call. Times are milliseconds since 1970 UTC.

    `reserved` is the most tokens that the call may cost.
    """

    id: int
    purpose: Purpose
    position: int
    sibling: int
    step: int
    state: CallState
    started_at: int
    ended_at: int | None
    reserved: int
    person_id: int | None
    end: CallEnd | None = None
