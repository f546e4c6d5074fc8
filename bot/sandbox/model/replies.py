"""Replies: what the model says and how fast it says it.

Scripted replies are used up in order; then the callable answers, if one is set; else an echo, which names the number of
messages seen and so is a function of the request alone.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.model.requests import ModelRequest

ECHO_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds before the first token, and tokens a second from then on; None is as fast as it goes."""

    first_seconds: float = 0.0
    tokens_per_second: float | None = None

    def due(self, pieces: int) -> float:
        """Return after how many seconds this many pieces are out."""
        speed = self.tokens_per_second
        return self.first_seconds + ((pieces - 1) / speed if speed and pieces > 1 else 0.0)


@dataclass
class Replies:
    """The script."""

    pace: Pace = Pace()
    scripted: deque[str] = field(default_factory=deque[str])
    answer: Callable[[ModelRequest], str] | None = None

    def next(self, request: ModelRequest) -> str:
        """Return the reply to a request."""
        if self.scripted:
            return self.scripted.popleft()
        return (self.answer or echo)(request)


def echo(request: ModelRequest) -> str:
    """Say how many messages there were and what the last one of the user said."""
    return f"I have read {len(request.messages)} messages. The last one says: {request.question[:ECHO_CHARACTERS]}"
