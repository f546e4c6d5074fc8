"""The port that shows answers on Discord."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.chat.appearance import Appearance, Control, Messages, Shown
from bot.chat.turns import Asked, Question


@dataclass(frozen=True, slots=True)
class Target:
    """The address of an answer: the question's place, key and author, the attempt, and the message that it replies to.

    `about` is that message, 0 for the one with the key.

    It consists of ids only, so that an answer can be shown without the question's Discord message at hand.
    """

    place_id: int
    key: int
    author_id: int
    sibling: int = 1
    about: int = 0


def target(question: Question | Asked, sibling: int = 1) -> Target:
    """Return the address at which an attempt at `question` is shown."""
    return Target(question.place.id, question.key, question.author.id, sibling, question.about)


class MessageRecorder(Protocol):
    """Stores the state of each of an answer's messages. It handles its own failures: no method raises."""

    async def sent(self, number: int, message_id: int) -> None:
        """Record that message `number` exists on Discord."""
        ...

    async def retiring(self, message_ids: Sequence[int]) -> None:
        """Record that these messages are about to be deleted."""
        ...

    async def gone(self, message_ids: Sequence[int]) -> None:
        """Record that these messages do not exist any more."""
        ...


class LiveAnswer(Protocol):
    """One answer on display."""

    def show(self, text: str) -> None:
        """Display `text`, the answer so far, as soon as the pace of edits allows. Returns at once.

        It mostly begins with the text shown before, but may also be another or an empty one.
        """
        ...

    def whole(self) -> None:
        """Note that the text is whole, so `finish` follows as soon as it is stored. `show` takes it back. Returns at once."""
        ...

    def remark(self, line: str) -> None:
        """Display `line` as a remark of ours while there is no text. Returns at once."""
        ...

    async def finish(self, appearance: Appearance) -> None:
        """Display the finished answer now. Raises DisplayError, or DisplayRefused when Discord refuses it for good.

        DisplayError comes within seconds after Discord began to fail, so that the place goes on.
        """
        ...

    async def leave(self) -> None:
        """Leave the answer as Discord shows it now, with every message recorded that exists. Raises DisplayError."""
        ...


class Display(Protocol):
    """Shows answers and notices on Discord."""

    def open(
        self, target: Target, messages: Messages, recorder: MessageRecorder
    ) -> AbstractAsyncContextManager[LiveAnswer]:
        """Return a context that displays an answer, in the live ones of `messages` first and then in new messages.

        `LiveAnswer.finish` deletes the retired ones of `messages`. Each new message is reported to `recorder` as soon as it
        exists. Leaving the context ends all work on the display.
        """
        ...

    async def line(self, target: Target, text: str, recorder: MessageRecorder) -> None:
        """Send a line of small print as the first message of an answer that has not begun. Raises DisplayError."""
        ...

    async def set_controls(self, target: Target, message_id: int, controls: Sequence[Control]) -> None:
        """Change the buttons under a message of an answer, when its channel's limit of edits allows; else left out.

        Raises DisplayError.
        """
        ...

    async def notice(self, target: Target, text: str) -> None:
        """Send one line to the asker of a question that gets no answer, at most once per question. Raises DisplayError."""
        ...

    async def tell(self, target: Target, text: str) -> None:
        """Send a private message to the asker of a question, at most once per attempt. Raises DisplayError."""
        ...

    async def find(self, target: Target, messages: Messages, since: int, text: str) -> Sequence[int]:
        """Return the messages on Discord that answer the question, notices included, and are not in `messages`.

        None is older than `since`, in milliseconds. `text` is what is known of the answer's text: by it a message is known that
        another answer lies before. Raises DisplayError.
        """
        ...

    async def read(self, target: Target, message_ids: Sequence[int]) -> Shown | None:
        """Return the joined text of these messages, and the remark of ours under it. Deleted messages are left out.

        Return None when all messages are deleted. Raises DisplayError.
        """
        ...
