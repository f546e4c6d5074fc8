"""`circumstance` gives a message that answers an interaction its type, its reference and its audience.

Source: Discord's documentation, Receiving and Responding ("Message Interaction Object": a response to a component
refers to the component's message) and Message, "Message Types". Discord's client shows a follow-up as a reply to the
first response; no document says so.
"""

from dataclasses import replace

from bot.sandbox.discord.rest.rules.posts import Circumstance
from bot.sandbox.discord.world.messages import Message, MessageFlag, MessageType, Origin, Reference


def circumstance(origin: Origin, flags: MessageFlag, before: Message | None, *, follows: bool) -> Circumstance:
    """Describe a response. `before` is the message that it comes after; with `follows` that is the first response."""
    if follows and before is not None:
        origin = replace(origin, original_response_id=before.id)
    return Circumstance(
        type=_command_type(origin) if before is None else MessageType.REPLY,
        flags=flags,
        origin=origin,
        seen_by=origin.user if flags & MessageFlag.EPHEMERAL else None,
        reference=None if before is None else _reference(before),
    )


def _command_type(origin: Origin) -> MessageType:
    command = origin.opened_by or origin
    return MessageType.CHAT_INPUT_COMMAND if command.target is None else MessageType.CONTEXT_MENU_COMMAND


def _reference(before: Message) -> Reference:
    guild = before.channel.guild
    return Reference(before.id, before.channel.id, guild.id if guild else None)
