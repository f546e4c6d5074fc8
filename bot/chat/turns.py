"""Questions, answers, and the transitions between an answer's states.

Times are milliseconds since 1970 UTC. Discord's ids are whole numbers. A text holds only characters that UTF-8 can encode, so
text from outside passes through `clean` first.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.chat.appearance import NOTHING_SHOWN, DisplayState, Verb
from bot.chat.content import PromptMessage
from bot.chat.places import Place
from bot.errors import ParleyError

LENGTH: Final = "length"
"""The model's finish reason for an answer that reached its token limit."""


class AnswerState(StrEnum):
    """The state of an attempt at an answer. Every state but `WRITING` is final."""

    WRITING = "writing"
    DONE = "done"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"

    @property
    def finished(self) -> bool:
        """Whether no other state may follow."""
        return not NEXT[self]


NEXT: Final[dict[AnswerState, frozenset[AnswerState]]] = {
    AnswerState.WRITING: frozenset(set(AnswerState) - {AnswerState.WRITING}),
    AnswerState.DONE: frozenset(),
    AnswerState.STOPPED: frozenset(),
    AnswerState.INTERRUPTED: frozenset(),
    AnswerState.FAILED: frozenset(),
}
"""The states that may follow each state."""

ENDLESS: Final = "endless"
"""Our word for an answer that the longest time of an answer ended."""
PERSON: Final = "person"
"""Our word for an answer that a person stopped."""
FOLLOW_UPS: Final[dict[AnswerState, frozenset[Verb]]] = {
    AnswerState.WRITING: frozenset({Verb.STOP}),
    AnswerState.DONE: frozenset({Verb.REGENERATE, Verb.PICK}),
    AnswerState.STOPPED: frozenset({Verb.RETRY, Verb.REGENERATE, Verb.PICK}),
    AnswerState.INTERRUPTED: frozenset({Verb.RETRY, Verb.REGENERATE, Verb.PICK}),
    AnswerState.FAILED: frozenset({Verb.RETRY, Verb.REGENERATE, Verb.PICK}),
}
"""The verbs that the newest attempt allows in each state, whatever ended it."""
CONTINUABLE: Final = frozenset(
    {(AnswerState.DONE, LENGTH), (AnswerState.INTERRUPTED, ENDLESS), (AnswerState.STOPPED, PERSON)}
)
"""The states and reasons of attempts with text that may be continued: a limit of tokens or of time, or a person, ended them."""


class WrongTransition(ParleyError):
    """Code tried to change the state of a finished answer. This is a defect of ours; no input may cause it."""


def check_transition(before: AnswerState, after: AnswerState) -> None:
    """Raise WrongTransition unless `after` may follow `before`."""
    if after not in NEXT[before]:
        raise WrongTransition(f"an answer that is {before} cannot become {after}")


class TurnedDown(StrEnum):
    """The reason why a claimed question is turned down."""

    LIMIT = "limit"
    QUEUE = "queue"
    BUDGET = "budget"
    UNANSWERABLE = "unanswerable"


class Change(StrEnum):
    """A change of a turn after its first attempt, by which later prompts differ from earlier ones.

    `REMOVED`: a person deleted a message of the answer. `DELETE`: of the question, or of what it quotes.
    """

    EDIT = "edit"
    DELETE = "delete"
    PICK = "pick"
    REGENERATE = "regenerate"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Author:
    """The author of a question: the Discord id (0 when an import has none) and the name shown when it was asked."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A mention before it is claimed. `key` is the id of its message, and `text` is raw, as Discord sent it.

    `about` is the message that is to be answered, where it is not that of the key: somebody asked through its menu, and the key
    is the interaction's id.
    """

    key: int
    place: Place
    author: Author
    text: str
    asked_at: int
    about: int = 0


@dataclass(frozen=True, slots=True)
class Joined:
    """A further message of a question, by the same person. `text` is raw until the question is rendered, then rendered."""

    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A claimed question. `position` orders all turns of the database.

    `key` is the id of its first message, 0 when it was imported; `about` is the message to answer where it is another one. `text`
    is raw, as Discord sent it. `prompt` is the text for the model, None until it is rendered, and `tokens` its length. A question
    with a reason in `turned_down` keeps its claim but is part of no window. `origin` is JSON: the Discord data of an imported
    question, or the id of the message that was to be answered. `remarks` are sentences for the asker about files that were not
    read whole; they are shown in small print under each answer. `joined` are its further messages. `revision` counts what changed
    what is asked, and `edited_at` is when its message was last edited. A question that was `deleted` has no content any more.
    `change` is the last change that broke the prefix of later prompts, and `changed_at` its time.
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
    remarks: tuple[str, ...] = ()
    about: int = 0
    joined: tuple[Joined, ...] = ()
    revision: int = 0
    edited_at: int | None = None
    deleted: bool = False
    change: Change | None = None
    changed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One attempt at a question. `sibling` counts attempts from 1. At most one of them is `chosen` for the window.

    `reason` is why it ended: the model's finish reason, or our word for an error or a stop. `continues` is the attempt that this
    one continues; until it ends, `text` is the text of that attempt. `tokens` counts `text`. `remarks` are further sentences like
    those of the question, about this attempt alone.
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
    remarks: tuple[str, ...] = ()

    def allows(self, verb: Verb) -> bool:
        """Return whether `verb` may follow this attempt."""
        if verb is Verb.CONTINUE:
            return bool(self.text) and (self.state, self.reason) in CONTINUABLE
        return verb in FOLLOW_UPS[self.state]


@dataclass(frozen=True, slots=True)
class Record:
    """A question with all its attempts, in order, and the state of its display on Discord.

    `last`: no later question of the place has an answer. `open`: its conversation is the open one of its place.
    """

    question: Question
    answers: tuple[Answer, ...] = ()
    display: DisplayState = NOTHING_SHOWN
    last: bool = True
    open: bool = True

    @property
    def newest(self) -> Answer | None:
        """The newest attempt; None before the first."""
        return self.answers[-1] if self.answers else None

    @property
    def displayed(self) -> Answer | None:
        """The attempt that Discord should show; None when there is none."""
        return next((answer for answer in self.answers if answer.sibling == self.display.sibling), None)

    @property
    def siblings(self) -> tuple[int, ...]:
        """The attempts among which people pick: those with text that did not fail and that none of them continues."""
        found: list[int] = []
        continued: set[int | None] = set()
        for answer in reversed(self.answers):
            ended = answer.state.finished and answer.state is not AnswerState.FAILED
            if ended and answer.text and answer.sibling not in continued:
                found.append(answer.sibling)
                continued.add(answer.continues)
        return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer as they are sent to the model. A window is read and trimmed in whole exchanges.

    `answer` is empty when the question has no answer with text. `tokens` counts the contents, without the overhead per message.
    """

    position: int
    question: PromptMessage
    answer: tuple[PromptMessage, ...]
    tokens: int


def clean(text: str) -> str:
    """Return `text` with NUL and lone surrogates replaced by U+FFFD, because SQLite's C API or UTF-8 cannot hold them.

    A pair of surrogates becomes the character that it encodes.
    """
    if text.isascii() and "\0" not in text:  # a shortcut for most pieces of most answers
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
