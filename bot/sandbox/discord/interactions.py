"""Interactions: a person's command or press, and the bot's one response with its follow-ups.

Source: Discord's documentation, "Receiving and Responding to Interactions". A person's side (the
payload of the event) is in `interaction_events`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from bot.sandbox.discord import posts
from bot.sandbox.discord.channels import Channel
from bot.sandbox.discord.errors import ApiError, InvalidFormError, unknown
from bot.sandbox.discord.forms import MessageForm
from bot.sandbox.discord.messages import Message, MessageFlag, MessageType, Origin, Reference
from bot.sandbox.discord.posts import Circumstance
from bot.sandbox.discord.users import User
from bot.sandbox.discord.world import World
from bot.sandbox.wire import Json


class InteractionType(IntEnum):
    """Discord's interaction types that occur here."""

    APPLICATION_COMMAND = 2
    MESSAGE_COMPONENT = 3


class CallbackType(IntEnum):
    """How a bot may answer first."""

    CHANNEL_MESSAGE = 4
    DEFERRED_CHANNEL_MESSAGE = 5
    DEFERRED_UPDATE_MESSAGE = 6
    UPDATE_MESSAGE = 7


@dataclass(eq=False, slots=True)
class Interaction:
    """One command run or button pressed. `on` is the message whose button it was."""

    id: int
    token: str
    type: InteractionType
    user: User
    channel: Channel
    created_at: datetime
    asked: Json
    on: Message | None = None
    answered_by: CallbackType | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list[Message])

    @property
    def complete(self) -> bool:
        """Whether the person sees an outcome and no "thinking" any more."""
        return self.answered_by is not None and not (self.original and self.original.loading)


@dataclass(eq=False)
class Interactions:
    """All interactions, by id and by token."""

    world: World
    by_id: dict[int, Interaction] = field(default_factory=dict[int, Interaction])
    by_token: dict[str, Interaction] = field(default_factory=dict[str, Interaction])

    def add(self, interaction: Interaction) -> None:
        """Remember an interaction before it is announced."""
        self.by_id[interaction.id] = interaction
        self.by_token[interaction.token] = interaction

    def get(self, interaction_id: int, token: str) -> Interaction:
        """Return an interaction by id and token. Raises ApiError 10062."""
        found = self.by_id.get(interaction_id)
        if found is None or found.token != token:
            raise unknown("interaction")
        return found

    def of_webhook(self, token: str) -> Interaction:
        """Return the interaction whose token a follow-up uses. Raises ApiError 10015."""
        if (found := self.by_token.get(token)) is None:
            raise unknown("webhook")
        return found

    def respond(self, interaction: Interaction, kind: int, form: MessageForm) -> None:
        """Give the first and only response. Raises ApiError, 40060 at the second."""
        if interaction.answered_by is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        callback = _callback_type(kind, interaction)
        match callback:
            case CallbackType.CHANNEL_MESSAGE:
                interaction.original = self._post(interaction, form, form.flags)
            case CallbackType.DEFERRED_CHANNEL_MESSAGE:
                interaction.original = self._post(interaction, form, form.flags | MessageFlag.LOADING)
            case CallbackType.UPDATE_MESSAGE:
                posts.edit(self.world, _pressed(interaction), form)
                interaction.original = interaction.on
            case CallbackType.DEFERRED_UPDATE_MESSAGE:
                interaction.original = interaction.on
        interaction.answered_by = callback
        self.world.changes.notify()

    def follow_up(self, interaction: Interaction, form: MessageForm) -> Message:
        """Post a follow-up; the first one after a deferred response takes that one's place. Raises ApiError."""
        if interaction.answered_by is None:
            raise unknown("webhook")
        original = interaction.original
        if original is not None and original.loading:
            posts.fill_in(self.world, original, form)
            return original
        message = self._post(interaction, form, form.flags, after=original)
        interaction.followups.append(message)
        self.world.changes.notify()
        return message

    def response(self, interaction: Interaction, message_id: int | None) -> Message:
        """Return the original response (None) or a follow-up. Raises ApiError 10008."""
        if message_id is None or (interaction.original and interaction.original.id == message_id):
            if interaction.original is None or interaction.original.deleted:
                raise unknown("message")
            return interaction.original
        for message in interaction.followups:
            if message.id == message_id and not message.deleted:
                return message
        raise unknown("message")

    def edit(self, message: Message, form: MessageForm) -> None:
        """Edit a response; a deferred one is filled in by it. Raises ApiError."""
        if message.loading:
            posts.fill_in(self.world, message, form)
        else:
            posts.edit(self.world, message, form)

    def _post(self, interaction: Interaction, form: MessageForm, flags: int, after: Message | None = None) -> Message:
        """Post a response. One to a press, and a follow-up, refer to the message that they come after."""
        before = after or interaction.on
        command: str | None = interaction.asked.get("name")
        hidden = MessageFlag(flags) & MessageFlag.EPHEMERAL
        guild_id = interaction.channel.guild.id if interaction.channel.guild else None
        how = Circumstance(
            type=MessageType.CHAT_INPUT_COMMAND if before is None else MessageType.REPLY,
            flags=hidden | (MessageFlag(flags) & MessageFlag.LOADING),
            origin=Origin(
                interaction.id,
                interaction.type,
                interaction.user,
                command,
                interaction.on.id if interaction.on else None,
            ),
            seen_by=interaction.user if hidden else None,
            reference=Reference(before.id, before.channel.id, guild_id) if before else None,
        )
        return posts.post(self.world, interaction.channel, self.world.bot, form, how)


def _callback_type(kind: int, interaction: Interaction) -> CallbackType:
    allowed = set(CallbackType) if interaction.on is not None else {4, 5}
    if kind not in allowed:
        raise InvalidFormError({"type": ("BASE_TYPE_CHOICES", f"Value must be one of {sorted(allowed)}.")})
    return CallbackType(kind)


def _pressed(interaction: Interaction) -> Message:
    if interaction.on is None or interaction.on.deleted:
        raise unknown("message")
    return interaction.on
