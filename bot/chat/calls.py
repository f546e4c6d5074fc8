"""Calls: one request to a model each, with its receipt, its usage and its end. All figures are tokens unless named otherwise."""

from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """The use that is made of a call's result."""

    ANSWER = "answer"


class CallState(StrEnum):
    """Open from before the request to its end. A call that a crash left open is lost, an imported one never ran here."""

    OPEN = "open"
    CLOSED = "closed"
    LOST = "lost"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Call:
    """The identity of a call: for whom, where, and for which round (`step`, from 1) of which attempt."""

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

    `window_from` is the position of the first exchange, `dropped` the number of exchanges that a trim left out, `cut` the
    number of characters that were cut from the question. `question_tokens` counts the newest question and what stands behind
    it, `turn_tokens` the exchanges before.
    """

    window_from: int
    dropped: int
    cut: int
    system_tokens: int
    turn_tokens: int
    question_tokens: int

    @property
    def tokens(self) -> int:
        """The whole prompt."""
        return self.system_tokens + self.turn_tokens + self.question_tokens


@dataclass(frozen=True, slots=True)
class Usage:
    """The cost of a call. `cached` and `written` (to the provider's cache) are parts of `prompt`, `reasoning` of `completion`."""

    prompt: int = 0
    cached: int = 0
    written: int = 0
    completion: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class CallEnd:
    """The end of a call. `reason` is the model's word, or ours for an error.

    `receipt` is None where nothing was sent. `usage` is None where nobody knows it. `estimated`: the usage is our own count,
    because the server reported none.
    """

    reason: str
    provider: str = ""
    model: str = ""
    receipt: Receipt | None = None
    usage: Usage | None = Usage()
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call as it is stored. Of an open one and of a lost one, only what was known at its begin."""

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
