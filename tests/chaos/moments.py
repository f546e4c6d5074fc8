"""Moments at which the process is killed: a write of its store, or an event on the wire."""

import contextlib
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

WIRE: Final = {
    "a question is delivered": 12,
    "a model request arrives": 8,
    "a chunk is sent": 150,
    "a message is about to be created": 8,
    "a message exists, the bot does not know yet": 8,
    "an edit was made, the bot does not know yet": 15,
    "an interaction arrives": 2,
}
"""Events to wait for on the wire, and about how many of each a run sees."""
WRITES: Final = 60
"""About how many writes of its store a run makes."""
ROUND: Final = 2 * len(WIRE)


@dataclass(frozen=True, slots=True)
class Moment:
    """The n-th event of a kind; `what` is `before` or `after` for a write of the store, else a key of `WIRE`."""

    what: str
    number: int


def moments(random: Random) -> Iterator[Moment]:
    """Moments without end, half of them at the store and half on the wire: each kind comes once in `ROUND` moments."""
    while True:
        store = [Moment(("before", "after")[number % 2], random.randint(1, WRITES)) for number in range(len(WIRE))]
        wire = [Moment(what, random.randint(1, most)) for what, most in WIRE.items()]
        yield from random.sample(store + wire, ROUND)


class Assassin:
    """A witness of both servers that kills the process when the moment has come."""

    def __init__(self) -> None:
        self.pid = 0
        self._what = ""
        self._left = 0

    def aims(self, pid: int, moment: Moment | None) -> None:
        """Wait for a moment in the life of this process; None leaves it alone."""
        self.pid, self._what, self._left = pid, moment.what if moment else "", moment.number if moment else 0

    def asked(self, method: str, template: str, query: Mapping[str, str], body: object) -> None:
        """See a request before it is carried out."""
        del query, body
        if template == "/chat/completions":
            self._happened("a model request arrives")
        elif (method, template) == ("POST", "/channels/{channel_id}/messages"):
            self._happened("a message is about to be created")

    def answered(self, method: str, template: str, status: int, body: object) -> None:
        """See an answer before it is sent."""
        del status, body
        if (method, template) == ("POST", "/channels/{channel_id}/messages"):
            self._happened("a message exists, the bot does not know yet")
        elif (method, template) == ("PATCH", "/channels/{channel_id}/messages/{message_id}"):
            self._happened("an edit was made, the bot does not know yet")

    def told(self, name: str, body: object) -> None:
        """See an event or a chunk before it is sent."""
        del body
        kinds = {
            "MESSAGE_CREATE": "a question is delivered",
            "INTERACTION_CREATE": "an interaction arrives",
            "chat.completion.chunk": "a chunk is sent",
        }
        self._happened(kinds.get(name, ""))

    def commanded(self, name: str, body: object) -> None:
        """See a frame of the bot."""

    def _happened(self, what: str) -> None:
        if not what or what != self._what:
            return
        self._left -= 1
        if self._left == 0:
            self._what = ""
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
