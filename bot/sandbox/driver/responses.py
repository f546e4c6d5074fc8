"""Responses: what a person sees after a command or a press."""

from dataclasses import dataclass

from bot.sandbox.discord.interactions import Interaction
from bot.sandbox.discord.messages import Message


@dataclass(frozen=True, slots=True)
class Response:
    """The bot's response to one interaction, as it stands now: follow-ups and edits show as they come."""

    interaction: Interaction

    @property
    def message(self) -> Message:
        """The response itself; for a press that updates its message, that message."""
        original = self.interaction.original
        if original is None:
            raise LookupError("the response has no message")
        return original

    @property
    def followups(self) -> list[Message]:
        """Messages that came after the response."""
        return self.interaction.followups

    @property
    def messages(self) -> list[Message]:
        """The response and its follow-ups."""
        original = self.interaction.original
        return [*([] if original is None else [original]), *self.followups]

    @property
    def content(self) -> str:
        """The response's text."""
        return self.message.content

    @property
    def ephemeral(self) -> bool:
        """Whether the asker alone sees it."""
        return self.message.ephemeral

    @property
    def files(self) -> dict[str, bytes]:
        """All files of the response and its follow-ups, by name."""
        return {name: content for message in self.messages for name, content in message.files.items()}
