"""The port that renders Discord messages for the model."""

from typing import Protocol

from bot.chat.content import Content
from bot.chat.turns import Question


class Intake(Protocol):
    """Renders questions for the model."""

    async def render(self, question: Question) -> tuple[Content, ...]:
        """Return the question's contents for the model, its text first.

        The source is the Discord message, in memory or fetched again, or else the stored text.
        """
        ...

    async def text_of(self, question: Question) -> str | None:
        """Return the text of the question's message, as Discord has it; None where the message is gone. Raises ParleyError."""
        ...
