"""`Interaction` is one use of the bot by a person: a command, a component, typing in an option, or a submitted modal."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.messages import Message, Origin
from bot.sandbox.discord.world.modals import Modal
from bot.sandbox.discord.world.users import User
from bot.sandbox.wire import Json


class InteractionType(IntEnum):
    """Discord's interaction types that occur here."""

    APPLICATION_COMMAND = 2
    MESSAGE_COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    """Discord's types of a first response."""

    CHANNEL_MESSAGE = 4
    DEFERRED_CHANNEL_MESSAGE = 5
    DEFERRED_UPDATE_MESSAGE = 6
    UPDATE_MESSAGE = 7
    AUTOCOMPLETE_RESULT = 8
    MODAL = 9


@dataclass(eq=False, slots=True)
class Interaction:
    """One use of the bot by a person, with the responses so far.

    `on` is the message whose component was used, `focused` the type of the option that is being typed.
    """

    id: int
    token: str
    type: InteractionType
    user: User
    channel: Channel
    created_at: datetime
    asked: Json
    on: Message | None = None
    origin: Origin | None = None
    focused: int | None = None
    answered_by: CallbackType | None = None
    original: Message | None = None
    modal: Modal | None = None
    choices: list[Json] = field(default_factory=list[Json])
    followups: list[Message] = field(default_factory=list[Message])

    @property
    def complete(self) -> bool:
        """True once the person sees an outcome and no "thinking" any more."""
        return self.answered_by is not None and not self.thinking

    @property
    def thinking(self) -> bool:
        """True while a deferred response waits to be filled in; a deleted one does not wait."""
        return self.original is not None and self.original.loading and not self.original.deleted
