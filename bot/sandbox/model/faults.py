"""Faults: what a test orders to go wrong with the next requests to the model."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from bot.sandbox.wire import Json


class Break(StrEnum):
    """How a stream goes wrong, after the pieces that went well."""

    CUT = "cut"
    """The connection is reset."""
    STALL = "stall"
    """Nothing more comes, until the client leaves."""
    END = "end"
    """The body ends cleanly, without `finish_reason` and `[DONE]`."""
    ERROR = "error"
    """An error event comes, then the body ends."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status instead of an answer."""

    status: int
    body: Json
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class BrokenStream:
    """An answer that breaks off after some pieces. `body` is the error event's, if there is one."""

    how: Break
    after: int
    body: Json | None = None


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds to wait before an answer that then is all right."""

    seconds: float


Fault = Refusal | BrokenStream | Delay


@dataclass
class Faults:
    """Faults in waiting; each request meets the next one."""

    waiting: deque[Fault] = field(default_factory=deque[Fault])

    def add(self, fault: Fault, times: int) -> None:
        """Let the next `times` requests meet a fault."""
        self.waiting.extend([fault] * times)

    def next(self) -> Fault | None:
        """Return the fault that a request meets, if any."""
        return self.waiting.popleft() if self.waiting else None
