"""The port to whatever turns speech into text."""

from typing import Protocol

from bot.chat.turns import Question


class Transcriber(Protocol):
    """Turns speech into text."""

    async def transcribe(self, data: bytes, name: str, question: Question) -> str:
        """Return what is said in audio, within a bounded time. `name` goes to the server: its suffix is that of the format.

        Raises NotTranscribed and other errors of ParleyError.
        """
        ...
