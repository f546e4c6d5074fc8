"""The way of a Discord message into the domain."""

from typing import Protocol

from bot.chat.content import Content
from bot.chat.turns import Question


class Intake(Protocol):
    """Renders questions for the model."""

    async def render(self, question: Question) -> tuple[Content, ...]:
        """The question for the model, its text first: from its message at hand or fetched again, else from the stored text."""
        ...
