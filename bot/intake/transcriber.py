"""The port to whatever turns speech into text."""

from typing import Protocol

from bot.chat.turns import Question


class Transcriber(Protocol):
    """Turns speech into text."""

    async def transcribe(self, data: bytes, name: str, question: Question) -> str:
        """Return what is said in audio, within a bounded time. `name` is the file's in the sentences for people.

        Raises NotTranscribed and other errors of ParleyError.
        """
        ...
