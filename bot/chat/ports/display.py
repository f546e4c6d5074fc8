"""The place where answers appear."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.chat.appearance import Appearance, Messages


@dataclass(frozen=True, slots=True)
class Target:
    """The question that an answer belongs to, by ids only, so that it works without the message at hand."""

    place_id: int
    key: int
    author_id: int
    sibling: int = 1


class MessageRecorder(Protocol):
    """Keeps what becomes of an answer's messages. A failure is its own business: none of its methods raises."""

    async def sent(self, number: int, message_id: int) -> None:
        """A message exists."""
        ...

    async def retiring(self, message_ids: Sequence[int]) -> None:
        """These messages are about to be deleted."""
        ...

    async def gone(self, message_ids: Sequence[int]) -> None:
        """These messages do not exist any more."""
        ...


class LiveAnswer(Protocol):
    """One answer on display."""

    def show(self, text: str) -> None:
        """Display `text`, the answer so far, as soon as the pace allows. Never waits."""
        ...

    def remark(self, line: str) -> None:
        """Display `line` as a remark of ours while there is no text. Never waits."""
        ...

    async def finish(self, appearance: Appearance) -> None:
        """Display the answer as it ended, now. Raises DisplayError, or DisplayRefused when Discord never will."""
        ...


class Display(Protocol):
    """The place where answers appear."""

    def open(
        self, target: Target, messages: Messages, recorder: MessageRecorder
    ) -> AbstractAsyncContextManager[LiveAnswer]:
        """Begin or take up an answer that has `messages` so far; the retired ones among them are deleted at its end.

        `recorder` is told of each further message as soon as it exists. Leaving the context ends all work on the display.
        """
        ...

    async def notice(self, target: Target, text: str) -> None:
        """Say one line to the asker of a question that gets no answer. At most once a question. Raises DisplayError."""
        ...

    async def find(self, target: Target, messages: Messages) -> Sequence[int]:
        """The messages that show an answer or a notice to a question and are not among `messages`. Raises DisplayError."""
        ...

    async def read(self, target: Target, message_ids: Sequence[int]) -> str | None:
        """The text that is on display in these messages, as one, without remarks of ours; those that are gone are left out.

        None when all of them are gone. Raises DisplayError.
        """
        ...
