"""Replies: what the model says and how fast it says it.

Scripted replies are used up in order; then the callable answers, if one is set; else an echo, which names the number of
messages seen and so is a function of the request alone.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from math import sin

from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.model.vocabularies import Part, Vocabulary

ECHO_CHARACTERS = 200
_WAVE = 3.0
"""Tokens in a radian of the pace's variation."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds before the first token, and tokens a second from then on; None is as fast as it goes.

    A `variation` of 0.5 makes it by turns half as fast again and half as slow, as under a load that changes.
    """

    first_seconds: float = 0.0
    tokens_per_second: float | None = None
    variation: float = 0.0

    def due(self, pieces: int) -> float:
        """Return after how many seconds this many pieces are out."""
        speed, after = self.tokens_per_second, pieces - 1
        if not speed or after < 1:
            return self.first_seconds
        return self.first_seconds + (after + self.variation * _WAVE * sin(after / _WAVE)) / speed


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply: its parts, and why it ended. A reply that refuses says so in a field of its own."""

    parts: list[Part]
    finish: str = "stop"
    refuses: bool = False

    @property
    def pieces(self) -> list[str]:
        """The pieces that a stream delivers, one by one."""
        return [piece for piece, _ in self.parts]

    @property
    def text(self) -> str:
        """The pieces, joined."""
        return "".join(self.pieces)

    @property
    def tokens(self) -> int:
        """How many tokens it has."""
        return sum(tokens for _, tokens in self.parts)


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


def cut(text: str, request: ModelRequest, room: int, vocabulary: Vocabulary) -> Reply:
    """End a reply at the first stop text, which is not sent, and at the token limit or the end of the context."""
    for stop in request.stops:
        text = text.partition(stop)[0] if stop else text
    said = Reply(vocabulary.parts(text))
    limit = min(request.token_limit or room, room)
    if said.tokens <= limit:
        return said
    until = accumulate(tokens for _, tokens in said.parts)
    return Reply([part for part, tokens in zip(said.parts, until, strict=True) if tokens <= limit], "length")
