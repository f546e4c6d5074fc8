"""The values of what Discord shows of a question: the appearance of its answer, the messages, and how far they have come."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Verb(StrEnum):
    """The action of a button."""

    UNDO = "undo"
    RETRY = "retry"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Control:
    """A button that an answer offers. `sibling` is the newest attempt, after which the button's attempt comes."""

    verb: Verb
    sibling: int


@dataclass(frozen=True, slots=True)
class Appearance:
    """The answer as it shall be seen once it has ended: its text, a remark of ours under it or in its place, its buttons."""

    text: str
    note: str = ""
    controls: tuple[Control, ...] = ()


class DisplayOutcome(StrEnum):
    """The result of bringing an answer to its place: seen there, or refused by Discord for good."""

    SHOWN = "shown"
    REFUSED = "refused"


class MessageState(StrEnum):
    """A message of ours is live; before we delete it, it is retired; after that, or when it was found deleted, it is gone."""

    LIVE = "live"
    RETIRED = "retired"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class AnswerMessage:
    """A Discord message of a question's answers. `number` counts them from 1 and never comes twice for a question."""

    id: int
    number: int
    state: MessageState = MessageState.LIVE


@dataclass(frozen=True, slots=True)
class Messages:
    """All Discord messages that a question's answers ever had, in order."""

    all: tuple[AnswerMessage, ...] = ()

    @property
    def live(self) -> tuple[int, ...]:
        """The ids of those that show something."""
        return self._in(MessageState.LIVE)

    @property
    def retired(self) -> tuple[int, ...]:
        """The ids of those whose deletion was begun."""
        return self._in(MessageState.RETIRED)

    @property
    def next_number(self) -> int:
        """The number of the next message."""
        return max((message.number for message in self.all), default=0) + 1

    def _in(self, state: MessageState) -> tuple[int, ...]:
        return tuple(message.id for message in self.all if message.state is state)


NO_MESSAGES: Final = Messages()


@dataclass(frozen=True, slots=True)
class DisplayState:
    """The attempt that Discord shall show of a question, and how far it has come.

    `sibling` is the attempt to show, None where nothing is begun. Every change raises the version `wanted`; `shown` is the
    version that Discord took, `outcome` and `shown_at` tell how and when.
    """

    sibling: int | None = None
    wanted: int = 0
    shown: int = 0
    outcome: DisplayOutcome | None = None
    shown_at: int | None = None
    messages: Messages = NO_MESSAGES

    @property
    def at_rest(self) -> bool:
        """Whether Discord shows the version that it shall show."""
        return not self.behind and self.outcome is not DisplayOutcome.REFUSED

    @property
    def behind(self) -> bool:
        """Whether Discord does not show yet what it shall, or still shows what was to be deleted."""
        return self.shown < self.wanted or bool(self.messages.retired)


NOTHING_SHOWN: Final = DisplayState()
