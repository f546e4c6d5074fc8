"""These functions write messages as JSON, for REST and for events, and withhold the content where the intents demand it.

Without the content intent a poll is left out (discord-api-docs #6869); stickers are in no list of what is withheld.
"""

from bot.sandbox.clock import stamp
from bot.sandbox.discord.payloads.channels import channel_payload
from bot.sandbox.discord.payloads.content import shows_content
from bot.sandbox.discord.payloads.guilds import member_payload
from bot.sandbox.discord.payloads.media import poll_payload, sticker_payload
from bot.sandbox.discord.payloads.origins import origin_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.messages import Attachment, Message, MessageFlag, MessageType, Reference
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import Json

_WITHHELD: Json = {"content": "", "attachments": [], "embeds": [], "components": []}

_SHOWS_REFERENCED = frozenset({MessageType.REPLY, MessageType.THREAD_STARTER_MESSAGE, MessageType.CONTEXT_MENU_COMMAND})
"""The types of messages that come with the message they refer to (Message, "Message Structure", `referenced_message`)."""

_SNAPSHOT = (
    "type",
    "content",
    "mentions",
    "mention_roles",
    "attachments",
    "embeds",
    "timestamp",
    "edited_timestamp",
    "flags",
    "components",
    "sticker_items",
)
"""The fields of a message that a forward keeps: the OpenAPI document's MinimalContentMessageResponse, without an author."""


def message_payload(world: World, message: Message, intents: Intent | None = None) -> Json:
    """Write a message for the bot, with the message it refers to.

    `intents` are those of a gateway session; REST (None) goes by what the application has switched on.
    """
    granted = world.application.privileged if intents is None else intents
    replied_to = world.referenced(message)
    shape = _bare(world, message)
    by_role = world.application.reads_role_mentions
    shown = granted & Intent.MESSAGE_CONTENT or shows_content(message, replied_to, world.bot, role_counts=by_role)
    if not shown:
        _withhold(shape)
    if message.snapshot is not None:
        shape["message_snapshots"] = [
            {"message": _snapshot_payload(world, message.snapshot) | ({} if shown else _WITHHELD)}
        ]
    if message.reference is not None:
        shape["message_reference"] = _reference_payload(message.reference)
        if message.type in _SHOWS_REFERENCED:
            shape["referenced_message"] = _referenced_payload(world, replied_to, granted)
    if message.flags & MessageFlag.HAS_THREAD and (thread := world.channels.get(message.id)):
        shape["thread"] = channel_payload(thread, world.bot)
    return shape


def _withhold(shape: Json) -> Json:
    shape |= _WITHHELD
    shape.pop("poll", None)
    return shape


def message_event_payload(world: World, message: Message, intents: Intent) -> Json:
    """Write a message as MESSAGE_CREATE and MESSAGE_UPDATE carry it: with guild and member, unless it is ephemeral."""
    shape = message_payload(world, message, intents)
    guild = message.channel.guild
    if guild is None or message.ephemeral:
        return shape
    shape["guild_id"] = str(guild.id)
    if member := guild.members.get(message.author.id):
        shape["member"] = member_payload(member)
    shape["mentions"] = [_mention_payload(guild, user) for user in message.mentions.users]
    return shape


def _mention_payload(guild: Guild, user: User) -> Json:
    member = guild.members.get(user.id)
    shape = user_payload(user)
    return shape if member is None else shape | {"member": member_payload(member)}


def _bare(world: World, message: Message) -> Json:
    shape: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": int(message.type),
        "author": user_payload(message.author),
        "content": message.content,
        "timestamp": stamp(message.created_at),
        "edited_timestamp": stamp(message.edited_at) if message.edited_at else None,
        "tts": message.tts,
        "pinned": message.pinned,
        "flags": int(message.flags),
        "mention_everyone": message.mentions.everyone,
        "mentions": [user_payload(user) for user in message.mentions.users],
        "mention_roles": [str(role.id) for role in message.mentions.roles],
        "attachments": [attachment_payload(world, message, one) for one in message.attachments],
        "embeds": message.embeds,
        "components": message.components,
    }
    if message.webhook_id is not None:
        shape["webhook_id"] = str(message.webhook_id)
    if message.nonce is not None:
        shape["nonce"] = message.nonce
    if message.stickers:
        shape["sticker_items"] = [sticker_payload(one) for one in message.stickers]
    if message.poll is not None:
        shape["poll"] = poll_payload(message.poll, world.bot)
    if message.reactions:
        shape["reactions"] = [_reaction_payload(world, *one) for one in message.reactions.items()]
    if message.origin is not None:
        shape |= origin_payload(world, message, message.origin)
    return shape


def _reaction_payload(world: World, emoji: str, users: list[User]) -> Json:
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "me": world.bot in users,
    }


def _snapshot_payload(world: World, original: Message) -> Json:
    whole = _bare(world, original)
    return {key: whole[key] for key in _SNAPSHOT if key in whole}


def attachment_payload(world: World, message: Message, attachment: Attachment) -> Json:
    """Write an attachment; its address is on the sandbox itself, and signed anew each time."""
    url = world.origin + world.links.signed(message.channel.id, attachment.id, attachment.filename)
    shape: Json = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.content) if attachment.declared_size is None else attachment.declared_size,
        "url": url,
        "proxy_url": url,
        "content_type": attachment.content_type,
    }
    if attachment.size is not None:
        shape["width"], shape["height"] = attachment.size
    if attachment.recording is not None:
        shape |= {"duration_secs": attachment.recording.seconds, "waveform": attachment.recording.waveform}
    if attachment.description is not None:
        shape["description"] = attachment.description
    return shape | {"ephemeral": True} if message.ephemeral else shape


def _reference_payload(reference: Reference) -> Json:
    shape: Json = {
        "type": int(reference.forward),
        "channel_id": str(reference.channel_id),
    }
    if reference.message_id:
        shape["message_id"] = str(reference.message_id)
    return shape if reference.guild_id is None else shape | {"guild_id": str(reference.guild_id)}


def _referenced_payload(world: World, replied_to: Message | None, granted: Intent) -> Json | None:
    if replied_to is None:
        return None
    shape = _bare(world, replied_to)
    hidden = replied_to.author is not world.bot and replied_to.channel.guild is not None
    hidden = hidden and not granted & Intent.MESSAGE_CONTENT
    if replied_to.snapshot is not None:
        snapshot = _snapshot_payload(world, replied_to.snapshot)
        shape["message_snapshots"] = [{"message": _withhold(snapshot) if hidden else snapshot}]
    if replied_to.reference is not None:
        shape["message_reference"] = _reference_payload(replied_to.reference)
    return _withhold(shape) if hidden else shape
