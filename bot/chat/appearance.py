"""Values for the display of a question on Discord: the answer's appearance, its messages, and the progress of the display."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Verb(StrEnum):
    """The action of a button."""

    UNDO = "undo"
    RETRY = "retry"
    CONTINUE = "continue"
    REGENERATE = "regenerate"
    STOP = "stop"
    PICK = "pick"


@dataclass(frozen=True, slots=True)
class Control:
    """A button under an answer.

    `sibling` is the attempt that is stopped, continued or picked; otherwise the newest one, which the attempt that the button
    starts follows. `label` replaces the label of the verb. A button that is not `enabled` cannot be pressed.
    """

    verb: Verb
    sibling: int
    label: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Appearance:
    """A finished answer as Discord should show it: its text, our note under the text or in its place, and its buttons.

    `remarks` are sentences about the question's files, which stand behind the note. `footer` is a line about the call that
    wrote it.
    """

    text: str
    note: str = ""
    controls: tuple[Control, ...] = ()
    remarks: tuple[str, ...] = ()
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as it is read back from Discord: its text, and our note under the text or in its place."""

    text: str
    note: str = ""


class DisplayOutcome(StrEnum):
    """The result of showing an answer: Discord shows it, Discord refused it for good, or people deleted it or its question."""

    SHOWN = "shown"
    REFUSED = "refused"
    GONE = "gone"


class MessageState(StrEnum):
    """The state of one of our messages: live, retired (we are about to delete it), or gone (we or somebody else deleted it)."""

    LIVE = "live"
    RETIRED = "retired"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class AnswerMessage:
    """A Discord message of a question's answers. `number` counts them from 1 and is never reused within a question."""

    id: int
    number: int
    state: MessageState = MessageState.LIVE


@dataclass(frozen=True, slots=True)
class Messages:
    """All Discord messages that a question's answers ever had, ordered by number."""

    all: tuple[AnswerMessage, ...] = ()

    @property
    def live(self) -> tuple[int, ...]:
        """The ids of the live messages."""
        return self._in(MessageState.LIVE)

    @property
    def retired(self) -> tuple[int, ...]:
        """The ids of the messages that we began to delete."""
        return self._in(MessageState.RETIRED)

    @property
    def next_number(self) -> int:
        """The number for the next message."""
        return max((message.number for message in self.all), default=0) + 1

    def _in(self, state: MessageState) -> tuple[int, ...]:
        return tuple(message.id for message in self.all if message.state is state)


NO_MESSAGES: Final = Messages()


@dataclass(frozen=True, slots=True)
class DisplayState:
    """The attempt that Discord should show for a question, and the progress of showing it.

    `sibling` is the attempt to show, None before the first attempt. Every change raises the version `wanted`. `shown` is the
    version that Discord last accepted or refused; `outcome` is which of the two, and `shown_at` the time in milliseconds.
    """

    sibling: int | None = None
    wanted: int = 0
    shown: int = 0
    outcome: DisplayOutcome | None = None
    shown_at: int | None = None
    messages: Messages = NO_MESSAGES

    @property
    def at_rest(self) -> bool:
        """Whether Discord shows the newest version and nothing is left to delete."""
        return not self.behind and self.outcome is not DisplayOutcome.REFUSED

    @property
    def behind(self) -> bool:
        """Whether Discord does not have the newest version yet, or still has messages that we began to delete."""
        return self.shown < self.wanted or bool(self.messages.retired)


NOTHING_SHOWN: Final = DisplayState()
