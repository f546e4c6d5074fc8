"""Attempts: begun, ended, and chosen among."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.appearance import NO_MESSAGES, Messages
from bot.chat.calls import CallEnd
from bot.chat.content import Content
from bot.chat.turns import Answer, Exchange


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """The begin of an attempt. `contents` are the question as the model is sent it, its text first; `tokens` counts all of them.

    Without contents the question stays as it was rendered for the attempts before.
    `after` is the newest attempt so far, 0 before the first. `continues`: begin with that attempt's text. `reserve` is the most
    tokens that the first call may cost; None makes no call, for an attempt that ends before it asks anything.
    """

    position: int
    at: int
    profile: str
    reserve: int | None
    contents: tuple[Content, ...] = ()
    tokens: int = 0
    after: int = 0
    continues: bool = False


@dataclass(frozen=True, slots=True)
class StartedAttempt:
    """An attempt in writing: its number, its open call, and the conversation from its anchor up to and with its question.

    `version` is what Discord shall show by now, `messages` are those of the attempts before. `so_far` is the text that the
    attempt goes on from. `root_id` is the conversation that this one, as a branch of branches, goes back to. The exchange of
    the question itself comes last, without any answer.
    """

    sibling: int
    call_id: int | None
    version: int
    window_from: int
    root_id: int
    exchanges: tuple[Exchange, ...]
    so_far: str = ""
    messages: Messages = NO_MESSAGES


@dataclass(frozen=True, slots=True)
class FinishedAttempt:
    """The end of an attempt: the answer as it ended, and the end of the call that was open."""

    answer: Answer
    call: CallEnd


class Attempts(Protocol):
    """The attempts at all questions. Every method is one transaction and raises StoreError when the history cannot be used.

    A cancelled call still takes effect as a whole or not at all.
    """

    async def begin(self, beginning: NewAttempt) -> StartedAttempt | None:
        """(b) Store the contents, insert the attempt as `writing` with its first call, read the window.

        None when another attempt followed before.
        """
        ...

    async def resume(self, position: int, *, reserve: int, at: int) -> StartedAttempt:
        """Open another call for the attempt at a question that is in writing, and read its window once more."""
        ...

    async def end(self, ending: FinishedAttempt) -> None:
        """(d) Lead an attempt from `writing` into an end state and close its call. Raises WrongTransition from any other state.

        It is chosen when it ended done or stopped with text, or is the first with any text; otherwise what Discord shall show
        returns to the chosen attempt.
        """
        ...

    async def pick(self, position: int, sibling: int) -> bool:
        """Choose an attempt that has text, for the window and for Discord.

        False where it is chosen already, has no text, or one is in writing.
        """
        ...

    async def begun_since(self, at: int) -> Sequence[tuple[int, int]]:
        """Place and time of each attempt begun since, oldest first; of the newest thousand attempts."""
        ...
