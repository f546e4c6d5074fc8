"""What the domain needs of the world, as Protocols: a store, a model, a display, a clock. Adapters and fakes implement them."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.chat.turns import Answer, AnswerState, Asked, Conversation, Exchange, Place, Question, Usage
from bot.chat.window import ChatMessage


@dataclass(frozen=True, slots=True)
class Claim:
    """The outcome of the insert that claims a question.

    `first_refusal`: it is refused, and none of its author's was refused for that reason in the minute before.
    """

    question: Question
    first_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """The outcome of store step (b): the attempt's number, and the conversation from its anchor up to and with its question.

    The question itself comes last, without any answer. `so_far` is the text that the attempt goes on from.
    """

    sibling: int
    anchor: int
    exchanges: tuple[Exchange, ...]
    so_far: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended; `reason` is the model's word for it, such as `stop` or `length`."""

    state: AnswerState
    text: str
    tokens: int
    usage: Usage | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A question that an earlier run left unfinished, and its newest attempt, if one was begun."""

    question: Question
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """The outcome of a reset: the conversation it opened and the one it closed."""

    opened: Conversation
    closed: Conversation


class Store(Protocol):
    """The history. Every method is one transaction; a cancelled call still takes effect as a whole or not at all.

    All raise StoreError when the database cannot be used any more.
    """

    async def claim(self, asked: Asked, *, per_minute: int = 0, refused: bool = False) -> Claim | None:
        """(a) Insert the question into its place's open conversation; None when its message was claimed before.

        It is refused when it is asked to be, or when its author asked `per_minute` others in the minute before it (0: no limit).
        A refused question needs no answer and is part of no window.
        """
        ...

    async def refuse(self, position: int) -> None:
        """Close a question that was never begun: it needs no answer any more and is part of no window."""
        ...

    async def begin(self, position: int, prompt: str, tokens: int, *, model: str, at: int) -> Begun:
        """(b) Store the question's text for the model, insert an attempt as `writing`, read the window."""
        ...

    async def begin_again(
        self, position: int, *, after: int, model: str, at: int, going_on: bool = False
    ) -> Begun | None:
        """(b) of an attempt that follows attempt `after` and takes over its messages; None when another followed before.

        One that is `going_on` begins with the text of attempt `after`.
        """
        ...

    async def resume(self, position: int) -> Begun:
        """Read the window of the newest attempt at a question once more."""
        ...

    async def newest(self, message_id: int) -> Left | None:
        """The question that a Discord message is, with its newest attempt; None when it was never claimed, or refused."""
        ...

    async def settle(self, conversation_id: int, *, anchor: int, newest: Exchange) -> None:
        """Move the conversation's anchor forward to where a trim put it, and store the newest question as it was cut."""
        ...

    async def add_part(self, position: int, sibling: int, index: int, message_id: int) -> None:
        """(c) Remember the Discord message that shows part `index` of an attempt."""
        ...

    async def drop_part(self, message_id: int) -> None:
        """Forget a Discord message that shows nothing any more, because it was deleted."""
        ...

    async def finish(self, position: int, sibling: int, outcome: Outcome, *, at: int) -> None:
        """(d) Lead an attempt from `writing` into an end state. Raises WrongTransition from any other state."""
        ...

    async def mark_shown(self, position: int, sibling: int, *, at: int) -> None:
        """Remember that Discord shows the attempt as it ended."""
        ...

    async def reset(self, place: Place, *, by: int, at: int) -> Fresh | None:
        """Close the place's open conversation and open another; None when the open one holds nothing yet."""
        ...

    async def opened_by(self, conversation_id: int) -> int | None:
        """Who opened a conversation by a reset; None when nobody did or there is no such conversation."""
        ...

    async def undo(self, conversation_id: int, *, at: int) -> bool:
        """Close a conversation that a reset opened and re-open the one before it; False when it is no longer the open one."""
        ...

    async def conversations(self, place_id: int) -> Sequence[Conversation]:
        """All conversations of a place, oldest first."""
        ...

    def turns(self, conversation_id: int) -> AsyncIterator[tuple[Question, Sequence[Answer]]]:
        """A conversation's questions, each with all its attempts, in order, read in pages."""
        ...

    async def left_open(self) -> Sequence[Left]:
        """What an earlier run left, in order: unfinished questions, and answers that ended but were not marked as shown.

        Of several attempts only the newest counts: its messages were the others' before.
        """
        ...

    async def begun_since(self, at: int) -> Sequence[tuple[int, int]]:
        """Place and time of each attempt begun since, oldest first; of the newest thousand attempts."""
        ...

    async def seen(self) -> Mapping[int, int]:
        """The newest message that was dealt with, by place."""
        ...

    async def see(self, newest: Mapping[int, int]) -> None:
        """Remember the newest message that was dealt with, by place; an older one than is known changes nothing."""
        ...

    async def talked_in(self, since: int) -> Mapping[int, int]:
        """Direct messages and threads in which a message newer than `since` was dealt with: the last one seen, by place.

        Where none was written down as seen, it is the last question.
        """
        ...

    async def recall(self, key: str) -> str | None:
        """A remembered fact about the installation, such as the hash of the synced commands."""
        ...

    async def remember(self, key: str, value: str) -> None:
        """Remember a fact about the installation."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the model. The ids tell the provider which requests belong together."""

    messages: Sequence[ChatMessage]
    conversation_id: int
    author_id: int


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of an answer's text: what came together."""

    text: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of an answer, as the provider reports it.

    `reason` is `stop`, `length` (the token limit cut it), `content_filter`, `refusal` (the text says why the model will not), or
    another word of the server's. `reasoning_tokens` are those of the completion that the model thought with.
    """

    reason: str
    usage: Usage | None
    reasoning_tokens: int = 0


class Model(Protocol):
    """A language model."""

    name: str

    def stream(self, request: Request) -> AsyncGenerator[Delta | Finish, None]:
        """The answer as it is written: deltas, then exactly one Finish. What the model thinks aloud is no part of it.

        Raises ModelError: ModelSpentThinking instead of a Finish where the token limit left no room for text. The caller closes
        the iterator (`aclosing`); that ends the request.
        """
        ...


class Offer(StrEnum):
    """What a message offers to do at the press of a button."""

    RETRY = "retry"
    CONTINUE = "continue"


OnPart = Callable[[int, int], Awaitable[None]]
OnGone = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Target:
    """Where and to what an answer is shown, by ids only, so that it works without the message at hand."""

    place_id: int
    message_id: int
    author_id: int
    sibling: int = 1


class Showing(Protocol):
    """One answer on display."""

    def show(self, text: str) -> None:
        """Display `text`, the answer so far, as soon as the pace allows. Never waits."""
        ...

    def remark(self, line: str) -> None:
        """Display `line` as a remark of ours while there is no text. Never waits."""
        ...

    async def finish(self, text: str, note: str = "", offer: Offer | None = None) -> None:
        """Display the whole `text` now, with `note` as a remark of ours and `offer` as a button under it.

        Where there is no text the remark stands alone. Raises DisplayError.
        """
        ...


class Display(Protocol):
    """Where answers appear."""

    def open(
        self, target: Target, parts: Sequence[int], on_part: OnPart, on_gone: OnGone
    ) -> AbstractAsyncContextManager[Showing]:
        """Begin or take up an answer whose messages so far are `parts`.

        `on_part(index, message_id)` is awaited for each further message as soon as it exists, `on_gone(message_id)`
        for each one of `parts` that was left over and deleted. Leaving the context ends all work on the display.
        """
        ...

    async def notice(self, target: Target, text: str) -> None:
        """Say one line to the asker of a question that gets no answer. At most once a question. Raises DisplayError."""
        ...

    async def found(self, target: Target, parts: Sequence[int]) -> Sequence[int]:
        """The messages that show an answer or a notice to a question: `parts`, and those whose ids nobody kept.

        Raises DisplayError.
        """
        ...

    async def shown(self, target: Target, parts: Sequence[int]) -> str | None:
        """The text that is on display in `parts`, as one, without remarks of ours; messages that are gone are left out.

        None when all of them are gone. Raises DisplayError.
        """
        ...


class Clock(Protocol):
    """The time of day in milliseconds since 1970 UTC."""

    def __call__(self) -> int:
        """Now."""
        ...
