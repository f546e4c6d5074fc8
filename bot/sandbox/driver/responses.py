"""Responses: what a person sees after a command, a press or a choice; also that nothing came."""

from dataclasses import dataclass
from typing import NamedTuple

from bot.sandbox.discord.world.interactions import Interaction
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.modals import Modal


class NoResponseError(Exception):
    """The person sees "The application did not respond": no answer in time, or a "thinking" that was never filled in."""

    def __init__(self, interaction: Interaction) -> None:
        self.interaction = interaction
        what = interaction.asked.get("name") or interaction.asked.get("custom_id")
        super().__init__(f"the application did not respond to {what!r}")


class Choice(NamedTuple):
    """A suggestion for an option that is being typed: what is shown, and what is sent when it is taken."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class OpenModal:
    """A modal on a person's screen."""

    interaction: Interaction
    modal: Modal

    @property
    def open(self) -> bool:
        """Whether it was neither submitted nor closed."""
        return self.modal.open

    @property
    def title(self) -> str:
        """The title above it."""
        return self.modal.title

    @property
    def labels(self) -> list[str]:
        """The labels of its fields, in order."""
        return [label for label, _ in self.modal.fields()]


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
    def modal(self) -> OpenModal:
        """The modal that the bot opened. Raises LookupError if it did something else."""
        if self.interaction.modal is None:
            raise LookupError("the response is no modal")
        return OpenModal(self.interaction, self.interaction.modal)

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
