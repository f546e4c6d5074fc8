"""Faults: what a test orders to go wrong with requests to the model."""

from dataclasses import dataclass
from enum import Enum

from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.events import DONE, Event, event
from bot.sandbox.model.quirks import Quirk


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error instead of an answer."""

    error: ModelError
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """These very bytes instead of an answer."""

    status: int
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing, not even a status line, until the client leaves."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """A connection that ends before the status line and before the request was carried out: reset, or closed `cleanly`."""

    cleanly: bool


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """A connection that ends before the status line, when the request was carried out: reset, or closed `cleanly`."""

    cleanly: bool


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds to wait before an answer that then is all right."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """An answer that the server ends after so many tokens, for this reason: `content_filter` or `length`."""

    after: int
    reason: str


@dataclass(frozen=True, slots=True)
class Declined:
    """An answer in which the model says why it will not, in the field for that."""

    text: str


class End(Enum):
    """How a stream ends after its last event."""

    WELL = "well"
    EARLY = "early"
    """The body ends, but not the answer."""
    RESET = "reset"
    """The connection is reset."""
    STALL = "stall"
    """Nothing more comes, until the client leaves."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An answer that breaks off after so many tokens.

    `then` is how; before that comes an `error` event, or one token more after a `pause` in seconds, or the `[DONE]` that stands
    for the end. Where the answer is `garbled`, the next event is cut in its middle and the rest follows.
    """

    after: int
    then: End
    error: ModelError | None = None
    pause: float | None = None
    says_done: bool = False
    garbled: bool = False

    def applied(self, events: list[Event], error: object) -> list[Event]:
        """Return what is left of a stream's events. `error` is the body of the error's event."""
        if not self.after and self.error is None and self.pause is None and not self.garbled:
            return [Event(DONE)] if self.says_done else []
        kept, rest = _split_after(events, self.after)
        if self.garbled:
            return [*kept, *(Event(one.data[: len(one.data) // 2] + b"\n\n") for one in rest[:1]), *rest[1:]]
        if self.error is not None:
            kept.append(Event(event(error), due=kept[-1].due))
        if self.pause is not None:
            kept[-1].pause = self.pause
            kept += rest[:1]
        return [*kept, Event(DONE, due=kept[-1].due)] if self.says_done else kept


def _split_after(events: list[Event], pieces: int) -> tuple[list[Event], list[Event]]:
    """Divide a stream after so many pieces; what opens it goes before, what closes it after."""
    for index, one in enumerate(events):
        if one.tokens:
            pieces -= 1
            if pieces < 0:
                return events[:index], events[index:]
        elif one.closes:
            return events[:index], events[index:]
    return events, []


Instead = Refusal | RawAnswer | Silence | Disconnect
"""The faults that answer a request before it is read."""

Fault = Instead | LostAnswer | Delay | Ended | Declined | Broken | Quirk
