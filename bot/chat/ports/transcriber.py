"""The port for a server that writes down what is said in a recording."""

from dataclasses import dataclass, field
from typing import Protocol

from bot.chat.calls import Usage


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording to transcribe. `name` has the extension of the format that `data` has."""

    model: str
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Transcript:
    """The text of a recording. The server reports its cost as `usage` in tokens, as a length in `seconds`, or not at all."""

    text: str
    usage: Usage | None = None
    seconds: float | None = None


class Transcriber(Protocol):
    """Sends recordings to one server."""

    async def transcribe(self, recording: Recording) -> Transcript:
        """Send one request for a transcript, without retries. Raises ModelError."""
        ...
