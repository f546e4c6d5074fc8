"""Questions and answers, and the states that may follow each other.

Times are milliseconds since 1970 UTC. Discord's ids are whole numbers. A text may hold any character that UTF-8 can, which is
why text from outside passes through `clean` first.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.chat.appearance import NOTHING_SHOWN, DisplayState, Verb
from bot.chat.content import PromptMessage
from bot.chat.places import Place
from bot.errors import ParleyError

LENGTH: Final = "length"
"""The model's reason for an answer that reached its limit of tokens."""


class AnswerState(StrEnum):
    """The state of an attempt at an answer. All but `WRITING` are finished."""

    WRITING = "writing"
    DONE = "done"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"

    @property
    def finished(self) -> bool:
        """Whether no other state follows."""
        return not NEXT[self]


NEXT: Final[dict[AnswerState, frozenset[AnswerState]]] = {
    AnswerState.WRITING: frozenset(set(AnswerState) - {AnswerState.WRITING}),
    AnswerState.DONE: frozenset(),
    AnswerState.STOPPED: frozenset(),
    AnswerState.INTERRUPTED: frozenset(),
    AnswerState.FAILED: frozenset(),
}
"""The table of transitions: forward only."""

FOLLOW_UPS: Final[dict[AnswerState, frozenset[Verb]]] = {
    AnswerState.WRITING: frozenset(),
    AnswerState.DONE: frozenset({Verb.CONTINUE}),
    AnswerState.STOPPED: frozenset({Verb.RETRY}),
    AnswerState.INTERRUPTED: frozenset({Verb.RETRY}),
    AnswerState.FAILED: frozenset({Verb.RETRY}),
}
"""The attempts that may follow a newest attempt in each state; CONTINUE only where its length ended it."""


class WrongTransition(ParleyError):
    """An answer was led out of a finished state; that is a defect of ours, not of any input."""


def check_transition(before: AnswerState, after: AnswerState) -> None:
    """Raise WrongTransition unless `after` may follow `before`."""
    if after not in NEXT[before]:
        raise WrongTransition(f"an answer that is {before} cannot become {after}")


class TurnedDown(StrEnum):
    """The reason for which a claimed question is turned down."""

    LIMIT = "limit"
    QUEUE = "queue"
    UNANSWERABLE = "unanswerable"


@dataclass(frozen=True, slots=True)
class Author:
    """The writer of a question: the Discord id (0 where an import names none) and the name shown at that moment."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A mention as it arrived, before it is claimed. `key` is its message's id, `text` is raw, as Discord sent it."""

    key: int
    place: Place
    author: Author
    text: str
    asked_at: int


@dataclass(frozen=True, slots=True)
class Question:
    """A claimed question. `position` orders all turns of the database.

    `key` is the id of its first message, 0 where it was imported. `prompt` is its text for the model, once rendered, and
    `tokens` counts that. A question with a `turned_down` keeps its claim but is part of no window. `origin` is what the source of
    an import said of Discord, as JSON.
    """

    position: int
    key: int
    conversation_id: int
    place: Place
    author: Author
    text: str
    asked_at: int
    prompt: str | None = None
    tokens: int = 0
    turned_down: TurnedDown | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One attempt at a question: `sibling` counts them from 1, at most one of them is `chosen` for the window.

    `reason` is why it ended: the model's word, or ours for an error or a stop. `continues` is the sibling whose text it goes on
    from; while it is in writing, `text` is that text.
    """

    position: int
    sibling: int
    state: AnswerState
    text: str = ""
    tokens: int = 0
    reason: str = ""
    chosen: bool = False
    profile: str = "default"
    continues: int | None = None
    started_at: int = 0
    finished_at: int | None = None

    def allows(self, verb: Verb) -> bool:
        """Whether the attempt that `verb` makes may follow this one."""
        if verb is Verb.CONTINUE and self.reason != LENGTH:
            return False
        return verb in FOLLOW_UPS[self.state]


@dataclass(frozen=True, slots=True)
class Record:
    """A question with all attempts at its answer, in order, and what Discord shows of it."""

    question: Question
    answers: tuple[Answer, ...] = ()
    display: DisplayState = NOTHING_SHOWN

    @property
    def newest(self) -> Answer | None:
        """The newest attempt, if one was begun."""
        return self.answers[-1] if self.answers else None

    @property
    def displayed(self) -> Answer | None:
        """The attempt that Discord shall show."""
        return next((answer for answer in self.answers if answer.sibling == self.display.sibling), None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with its answer as the model is sent them: the unit in which a window is read and trimmed.

    `answer` is empty where the question has none that came to anything. `tokens` counts the contents alone.
    """

    position: int
    question: PromptMessage
    answer: tuple[PromptMessage, ...]
    tokens: int


def clean(text: str) -> str:
    """`text` with what neither SQLite's C side nor UTF-8 can carry replaced: lone surrogates and NUL become U+FFFD.

    Two surrogates that belong together become the character that they stand for.
    """
    if text.isascii() and "\0" not in text:  # which most pieces of most answers are
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
