"""These functions announce each change of the world as the dispatch that the gateway sends for it.

A guild's events reach the bot only while it is a member, a channel's only while it sees the channel. An ephemeral
message reaches it as if it were a direct one, without guild and member. Source: Discord's documentation, Gateway
Events, and the intents of each from Gateway, "List of Intents".
"""

from collections.abc import Sequence

from bot.sandbox.clock import stamp
from bot.sandbox.discord.payloads.channels import channel_payload, thread_member_payload
from bot.sandbox.discord.payloads.guilds import guild_payload, member_payload, role_payload
from bot.sandbox.discord.payloads.interactions import interaction_payload
from bot.sandbox.discord.payloads.messages import message_event_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.access import permissions_in
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.guilds import Guild, Member, Role
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.interactions import Interaction
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import Event, World
from bot.sandbox.wire import Json


def bot_sees(world: World, channel: Channel) -> bool:
    """Tell whether the bot may know that a channel exists."""
    return bool(permissions_in(channel, world.bot) & Permission.VIEW_CHANNEL)


def message_created(world: World, message: Message) -> None:
    """Announce MESSAGE_CREATE."""
    _announce_message(world, message, "MESSAGE_CREATE")


def message_updated(world: World, message: Message) -> None:
    """Announce MESSAGE_UPDATE."""
    _announce_message(world, message, "MESSAGE_UPDATE", {"tts": False})


def embeds_resolved(world: World, message: Message) -> None:
    """Announce MESSAGE_UPDATE for the embeds of a link, which came after the message.

    Without the content intent they stay out, even where a mention shows the content (discord-api-docs, issue 5406).
    """
    shown = message.author is world.bot or message.channel.guild is None
    withheld: Json = {"tts": False} if shown else {"tts": False, "embeds": []}
    _announce_message(world, message, "MESSAGE_UPDATE", {"tts": False}, withheld)


def _announce_message(
    world: World, message: Message, name: str, extra: Json | None = None, without_intent: Json | None = None
) -> None:
    def payload(granted: Intent) -> Json:
        more = extra if without_intent is None or granted & Intent.MESSAGE_CONTENT else without_intent
        return message_event_payload(world, message, granted) | (more or {})

    channel = message.channel
    guild = None if message.ephemeral else channel.guild
    if message.ephemeral or bot_sees(world, channel):
        world.announce(Event(name, _message_intent(guild), payload, guild))
    else:
        world.changes.notify()


def message_deleted(world: World, message: Message) -> None:
    """Announce MESSAGE_DELETE."""
    channel = message.channel
    body: Json = {"id": str(message.id), "channel_id": str(channel.id)}
    if message.ephemeral:
        world.announce(Event("MESSAGE_DELETE", Intent.DIRECT_MESSAGES, lambda _: body))
    else:
        _announce_in(world, channel, "MESSAGE_DELETE", _message_intent(channel.guild), body | _guild_id(channel))


def messages_deleted(world: World, channel: Channel, messages: Sequence[Message]) -> None:
    """Announce MESSAGE_DELETE_BULK: one event for all."""
    body: Json = {"ids": [str(message.id) for message in messages], "channel_id": str(channel.id)} | _guild_id(channel)
    _announce_in(world, channel, "MESSAGE_DELETE_BULK", Intent.GUILD_MESSAGES, body)


def reaction_changed(world: World, message: Message, user: User, emoji: str, *, added: bool) -> None:
    """Announce MESSAGE_REACTION_ADD or MESSAGE_REACTION_REMOVE of a standard emoji."""
    channel = message.channel
    body: Json = {
        "user_id": str(user.id),
        "channel_id": str(channel.id),
        "message_id": str(message.id),
        "emoji": {"id": None, "name": emoji},
        "burst": False,
        "type": 0,
    }
    body |= _guild_id(channel)
    if added:
        body |= {"message_author_id": str(message.author.id), "burst_colors": []}
    if added and channel.guild and (member := channel.guild.members.get(user.id)):
        body["member"] = member_payload(member) | {"user": user_payload(user)}
    intents = Intent.DIRECT_MESSAGE_REACTIONS if channel.guild is None else Intent.GUILD_MESSAGE_REACTIONS
    _announce_in(world, channel, "MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE", intents, body)


def _message_intent(guild: Guild | None) -> Intent:
    return Intent.DIRECT_MESSAGES if guild is None else Intent.GUILD_MESSAGES


def typing_started(world: World, channel: Channel, user: User) -> None:
    """Announce TYPING_START."""
    intents = Intent.DIRECT_MESSAGE_TYPING if channel.guild is None else Intent.GUILD_MESSAGE_TYPING
    body: Json = {
        "channel_id": str(channel.id),
        "user_id": str(user.id),
        "timestamp": int(world.clock.now().timestamp()),
    }
    body |= _guild_id(channel)
    if channel.guild and (member := channel.guild.members.get(user.id)):
        body["member"] = member_payload(member) | {"user": user_payload(user)}
    _announce_in(world, channel, "TYPING_START", intents, body)


def channel_created(world: World, channel: Channel) -> None:
    """Announce CHANNEL_CREATE, or THREAD_CREATE for a thread."""
    body = channel_payload(channel, world.bot)
    if channel.thread is None:
        _announce_channel(world, channel, "CHANNEL_CREATE", body)
    else:
        _announce_in(world, channel, "THREAD_CREATE", Intent.GUILDS, body | {"newly_created": True})


def channel_updated(world: World, channel: Channel) -> None:
    """Announce CHANNEL_UPDATE, or THREAD_UPDATE for a thread."""
    body = channel_payload(channel, world.bot)
    if channel.thread is None:
        _announce_channel(world, channel, "CHANNEL_UPDATE", body)
    else:
        _announce_in(world, channel, "THREAD_UPDATE", Intent.GUILDS, body)


def channel_deleted(world: World, channel: Channel) -> None:
    """Announce CHANNEL_DELETE, or THREAD_DELETE for a thread."""
    if channel.thread is None:
        _announce_channel(world, channel, "CHANNEL_DELETE", channel_payload(channel, world.bot))
        return
    body: Json = {
        "id": str(channel.id),
        "parent_id": str(channel.parent.id) if channel.parent else None,
        "type": int(channel.kind),
    }
    _announce_in(world, channel, "THREAD_DELETE", Intent.GUILDS, body | _guild_id(channel))


def pins_changed(world: World, channel: Channel) -> None:
    """Announce CHANNEL_PINS_UPDATE."""
    body: Json = {"channel_id": str(channel.id)} | _guild_id(channel)
    body["last_pin_timestamp"] = stamp(channel.last_pin_at) if channel.last_pin_at else None
    intents = Intent.DIRECT_MESSAGES if channel.guild is None else Intent.GUILDS
    _announce_in(world, channel, "CHANNEL_PINS_UPDATE", intents, body)


def thread_shown(world: World, thread: Channel) -> None:
    """Announce THREAD_CREATE for an older thread that the bot could not see before."""
    _announce_in(world, thread, "THREAD_CREATE", Intent.GUILDS, channel_payload(thread, world.bot))


def thread_member_joined(world: World, thread: Channel, user: User) -> None:
    """Announce THREAD_MEMBERS_UPDATE for a user who joined."""
    joined = thread.thread.joined[user.id] if thread.thread else world.clock.now()
    added = thread_member_payload(thread.id, user.id, joined) | {"presence": None}
    if thread.guild and (member := thread.guild.members.get(user.id)):
        added["member"] = member_payload(member) | {"user": user_payload(user)}
    _announce_members(world, thread, user, {"added_members": [added]})


def thread_member_updated(world: World, thread: Channel) -> None:
    """Announce THREAD_MEMBER_UPDATE: the bot's own membership, which comes with a thread that was opened again."""
    joined = thread.thread.joined[world.bot.id] if thread.thread else world.clock.now()
    body = thread_member_payload(thread.id, world.bot.id, joined) | _guild_id(thread)
    _announce_in(world, thread, "THREAD_MEMBER_UPDATE", Intent.GUILDS, body)


def thread_member_left(world: World, thread: Channel, user: User) -> None:
    """Announce THREAD_MEMBERS_UPDATE for a user who left."""
    _announce_members(world, thread, user, {"removed_member_ids": [str(user.id)]})


def _announce_members(world: World, thread: Channel, user: User, change: Json) -> None:
    count = len(thread.thread.joined) if thread.thread else 0
    body = {"id": str(thread.id), "member_count": count} | _guild_id(thread) | change
    intents = Intent.GUILDS | Intent.GUILD_MEMBERS if user is world.bot else Intent.GUILD_MEMBERS
    _announce_in(world, thread, "THREAD_MEMBERS_UPDATE", intents, body)


def member_joined(world: World, guild: Guild, member: Member) -> None:
    """Announce GUILD_MEMBER_ADD, or the whole guild if it is the bot that joined."""
    if member.user is world.bot:
        event = Event("GUILD_CREATE", Intent.GUILDS, lambda granted: guild_create_payload(world, guild, granted), guild)
        world.announce(event)
        return
    body = member_payload(member) | {"user": user_payload(member.user), "guild_id": str(guild.id)}
    _announce_in_guild(world, guild, "GUILD_MEMBER_ADD", Intent.GUILD_MEMBERS, body)


def member_updated(world: World, guild: Guild, member: Member) -> None:
    """Announce GUILD_MEMBER_UPDATE; the bot's own comes without the members' intent (Gateway, "Caveats")."""
    body = member_payload(member) | {"user": user_payload(member.user), "guild_id": str(guild.id)}
    intents = Intent.NONE if member.user is world.bot else Intent.GUILD_MEMBERS
    _announce_in_guild(world, guild, "GUILD_MEMBER_UPDATE", intents, body)


def guild_updated(world: World, guild: Guild) -> None:
    """Announce GUILD_UPDATE."""
    _announce_in_guild(world, guild, "GUILD_UPDATE", Intent.GUILDS, guild_payload(guild))


def bot_removed(world: World, guild: Guild) -> None:
    """Announce GUILD_DELETE without `unavailable`: the bot is no longer a member."""
    world.announce(Event("GUILD_DELETE", Intent.GUILDS, lambda _: {"id": str(guild.id)}, guild))


def outage_began(world: World, guild: Guild) -> None:
    """Announce GUILD_DELETE with `unavailable`: the guild has an outage."""
    body: Json = {"id": str(guild.id), "unavailable": True}
    _announce_in_guild(world, guild, "GUILD_DELETE", Intent.GUILDS, body)


def outage_ended(world: World, guild: Guild) -> None:
    """Announce GUILD_CREATE for a guild that is available again, as it stands now."""

    def payload(granted: Intent) -> Json:
        return guild_create_payload(world, guild, granted) | {"unavailable": False}

    if world.bot.id in guild.members:
        world.announce(Event("GUILD_CREATE", Intent.GUILDS, payload, guild))


def role_changed(world: World, guild: Guild, role: Role, *, new: bool) -> None:
    """Announce GUILD_ROLE_CREATE or GUILD_ROLE_UPDATE."""
    body: Json = {"guild_id": str(guild.id), "role": role_payload(role)}
    name = "GUILD_ROLE_CREATE" if new else "GUILD_ROLE_UPDATE"
    _announce_in_guild(world, guild, name, Intent.GUILDS, body)


def announce_interaction(world: World, interaction: Interaction) -> None:
    """Announce INTERACTION_CREATE, which needs no intent; a bot hears none of a guild that it is not in."""
    guild = interaction.channel.guild
    if guild is not None and world.bot.id not in guild.members:
        return
    body = interaction_payload(world, interaction)
    world.announce(Event("INTERACTION_CREATE", Intent.NONE, lambda _: body, guild))


def guild_create_payload(world: World, guild: Guild, intents: Intent) -> Json:
    """Write a guild as GUILD_CREATE carries it: channels, threads and the bot's own member included.

    All members come only with the presences' intent. The caller adds `unavailable` for a guild that READY announced.
    """
    me = guild.members[world.bot.id]
    members = guild.members.values() if intents & Intent.GUILD_PRESENCES else [me]
    return guild_payload(guild) | {
        "joined_at": stamp(me.joined_at),
        "large": False,
        "member_count": len(guild.members),
        "members": [member_payload(member) | {"user": user_payload(member.user)} for member in members],
        "channels": [channel_payload(channel, world.bot) for channel in world.channels_of(guild)],
        "threads": [channel_payload(one, world.bot) for one in world.threads_of(guild) if bot_sees(world, one)],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def _announce_channel(world: World, channel: Channel, name: str, body: Json) -> None:
    """A bot is told of every channel of its guilds, of those it may not view too: REST is what refuses them."""
    if channel.guild is not None:
        _announce_in_guild(world, channel.guild, name, Intent.GUILDS, body)


def _announce_in(world: World, channel: Channel, name: str, intents: Intent, body: Json) -> None:
    if bot_sees(world, channel):
        world.announce(Event(name, intents, lambda _: body, channel.guild))
    else:
        world.changes.notify()


def _announce_in_guild(world: World, guild: Guild, name: str, intents: Intent, body: Json) -> None:
    if world.bot.id in guild.members:
        world.announce(Event(name, intents, lambda _: body, guild))
    else:
        world.changes.notify()


def _guild_id(channel: Channel) -> Json:
    return {"guild_id": str(channel.guild.id)} if channel.guild else {}
