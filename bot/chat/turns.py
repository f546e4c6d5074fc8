"""The values of a conversation: places, conversations, questions and answers, and which state may follow which.

Times are milliseconds since 1970 UTC. Discord's ids are whole numbers; the text of a turn may hold any character that
UTF-8 can, which is why whoever brings text in from outside passes it through `clean` first.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.errors import ParleyError


class AnswerState(StrEnum):
    """Where an attempt at an answer stands. All but `WRITING` are finished."""

    WRITING = "writing"
    DONE = "done"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"

    @property
    def finished(self) -> bool:
        """Whether nothing follows."""
        return not NEXT[self]


NEXT: Final[dict[AnswerState, frozenset[AnswerState]]] = {
    AnswerState.WRITING: frozenset(set(AnswerState) - {AnswerState.WRITING}),
    AnswerState.DONE: frozenset(),
    AnswerState.STOPPED: frozenset(),
    AnswerState.INTERRUPTED: frozenset(),
    AnswerState.FAILED: frozenset(),
}
"""The table of transitions: forward only."""


class WrongTransition(ParleyError):
    """Somebody tried to lead an answer out of a finished state; that is a defect of ours, not of any input."""


def check_transition(before: AnswerState, after: AnswerState) -> None:
    """Raise WrongTransition unless `after` may follow `before`."""
    if after not in NEXT[before]:
        raise WrongTransition(f"an answer that is {before} cannot become {after}")


class PlaceKind(StrEnum):
    """What kind of place it is, as far as anyone cares: who else reads it, and whether it has a parent."""

    CHANNEL = "channel"
    THREAD = "thread"
    DM = "dm"


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, thread or DM; `id` is Discord's. `parent_id` is the channel of a thread."""

    id: int
    kind: PlaceKind
    name: str
    guild_id: int | None = None
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a question: the Discord id and the name shown in that place at that moment."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A mention as it arrived, before it is claimed. `text` is raw, as Discord sent it."""

    message_id: int
    place: Place
    author: Author
    text: str
    asked_at: int


@dataclass(frozen=True, slots=True)
class Question:
    """A claimed question. `position` orders all turns of the database; `prompt` is its text for the model, once rendered.

    `tokens` counts `prompt` (0 while there is none). A refused question keeps its claim but is part of no window.
    """

    position: int
    conversation_id: int
    message_id: int
    place_id: int
    author: Author
    text: str
    asked_at: int
    prompt: str | None = None
    tokens: int = 0
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What the provider says that one request cost, in tokens."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One attempt at a question: `sibling` counts them from 1 and exactly one of them is `chosen`.

    `parts` are the ids of the Discord messages that show it, in order. `shown_at` is set when the last edit landed. `reason`
    is why the model ended it, in its own word; `text` of one in writing is what it goes on from.
    """

    position: int
    sibling: int
    state: AnswerState
    text: str = ""
    tokens: int = 0
    model: str = ""
    usage: Usage | None = None
    chosen: bool = True
    started_at: int = 0
    finished_at: int | None = None
    shown_at: int | None = None
    parts: tuple[int, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with its chosen answer as the model is sent them: the unit in which a window is read and trimmed.

    `answer` is empty where the question has none, or none that came to anything. The tokens count the texts alone.
    """

    position: int
    prompt: str
    prompt_tokens: int
    answer: str = ""
    answer_tokens: int = 0


@dataclass(frozen=True, slots=True)
class BranchPoint:
    """The turn of another conversation after which this one goes on: the question at `position` with its attempt `sibling`."""

    conversation_id: int
    position: int
    sibling: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """One of a place's conversations; open while `closed_at` is None. `window_from` is the position its window begins at."""

    id: int
    place_id: int
    opened_at: int
    closed_at: int | None = None
    window_from: int = 0
    parent: BranchPoint | None = None


def clean(text: str) -> str:
    """`text` with what neither SQLite's C side nor UTF-8 can carry replaced: lone surrogates and NUL become U+FFFD.

    Two surrogates that belong together become the character that they stand for.
    """
    if text.isascii() and "\0" not in text:  # which most pieces of most answers are
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
