"""The port that opens a thread for what follows an answer."""

from typing import Protocol

from bot.chat.places import Place


class AnswerThreads(Protocol):
    """Opens threads on answers."""

    async def after_answer(self, place: Place, message_id: int, question: str) -> None:
        """Open a thread on the first message of an answer in a channel, named by its question, unless there is one.

        Returns within seconds. A failure is only logged: the answer stands in its channel all the same.
        """
        ...
