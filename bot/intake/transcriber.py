"""The port to whatever turns speech into text."""

from typing import Protocol

from bot.chat.turns import Question


class Transcriber(Protocol):
    """Turns speech into text."""

    async def transcribe(self, data: bytes, name: str, question: Question) -> str:
        """Return what is said in audio. The suffix of `name` is true: ogg, flac, mp3, m4a, wav or webm.

        Raises ParleyError; of a ModelError the asker sees `public`.
        """
        ...
