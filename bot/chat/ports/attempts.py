"""The port that stores attempts: how they begin, how they end, and which one is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.appearance import NO_MESSAGES, Messages
from bot.chat.breaks import Break
from bot.chat.calls import CallEnd
from bot.chat.content import Blob, Content
from bot.chat.ports.intake import Sourced
from bot.chat.ports.questions import Press
from bot.chat.turns import Answer, Exchange


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """The data with which an attempt begins.

    `contents` are the question as it is sent to the model, its text first, and `tokens` counts all of them. `blobs` are the bytes
    of the images among them, and `remarks` are the question's. Without contents the question stays as it was rendered for an
    earlier attempt; with contents these replace it. `after` is the newest attempt so far, 0 before the first. The attempt begins
    with the text of the attempt `continues`, 0 for none. `shown`: messages of the question may have been sent before its first
    attempt. `reserve` is the most tokens that the first call may cost; None opens no call: the attempt ends before it asks
    a model. `revision` is the question's, as it was rendered. `at` is the time in milliseconds.
    """

    position: int
    at: int
    profile: str
    reserve: int | None
    contents: tuple[Content | Sourced, ...] = ()
    tokens: int = 0
    blobs: tuple[Blob, ...] = ()
    remarks: tuple[str, ...] = ()
    after: int = 0
    continues: int = 0
    shown: bool = False
    revision: int = 0


@dataclass(frozen=True, slots=True)
class StartedAttempt:
    """An attempt in writing: its number, its open call, and the exchanges for its window.

    `version` is the version of the display that Discord should show, and `messages` are the Discord messages of earlier attempts.
    `exchanges` begin at the position `window_from`, and their files are sent from the position `files_from` on. The last one is
    the question itself, without an answer. Questions that a content filter refused and that have no answer are not among the
    others. `so_far` is the text that the attempt continues. `root_id` is the conversation that the chain of branches starts from.
    `broken` is where these exchanges differ from what the call before was sent, None where they only grew.
    """

    sibling: int
    call_id: int | None
    version: int
    window_from: int
    root_id: int
    exchanges: tuple[Exchange, ...]
    files_from: int = 0
    so_far: str = ""
    messages: Messages = NO_MESSAGES
    broken: Break | None = None


@dataclass(frozen=True, slots=True)
class FinishedAttempt:
    """The end of an attempt: the finished answer, and the end of its open call."""

    answer: Answer
    call: CallEnd


class Attempts(Protocol):
    """Stores the attempts at all questions. Every method is one transaction and raises StoreError when the history is unusable.

    When the caller of a method is cancelled, the transaction is still applied as a whole or not at all.
    """

    async def begin(self, beginning: NewAttempt) -> StartedAttempt | None:
        """(b) Store the contents, insert the attempt as `writing` with its first call, and read its window.

        Return None when `after` is no longer the newest attempt, and when the question was changed or deleted since its
        `revision`. Raises StoreError while an attempt is in writing.
        """
        ...

    async def resume(self, position: int, *, reserve: int, at: int) -> StartedAttempt | None:
        """Open another call for the attempt that is in writing, and read its window again.

        Return None when its question changed or was deleted, or when the attempt was ended.
        """
        ...

    async def read_again(self, position: int) -> StartedAttempt | None:
        """Read the window of the attempt in writing again, without messages: what it holds may have changed.

        Return None when its question changed or was deleted, or when the attempt was ended.
        """
        ...

    async def remark(self, position: int, sibling: int, remarks: tuple[str, ...]) -> None:
        """Store what its asker is to be told of an attempt in writing, so that a crash does not lose it."""
        ...

    async def end(self, ending: FinishedAttempt) -> None:
        """(d) Change an attempt from `writing` to its end state and close its call. Raises WrongTransition from any other state.

        An attempt with text is chosen when it ended done or stopped, when it continues the chosen attempt, or when none is chosen
        yet. Otherwise the display returns to the chosen attempt.
        """
        ...

    async def pick(self, position: int, sibling: int, press: Press | None = None) -> bool:
        """Choose an attempt that has text, for the window and for the display, and claim the press that asks for it.

        Return False when it is chosen already, when it has no text, when an attempt is in writing, or when the press was claimed
        before. Such a press counts in no limit, because it asks no model.
        """
        ...

    async def begun_since(self, at: int) -> Sequence[tuple[int, int]]:
        """Return the place and start time of each attempt begun after `at`, oldest first, out of the newest 1,000 attempts."""
        ...
