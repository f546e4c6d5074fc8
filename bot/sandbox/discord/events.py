"""Events: each change of the world as the dispatch that the gateway sends for it.

A guild's events reach the bot only while it is a member, a channel's only while it sees the channel, an ephemeral
message's never.
"""

from bot.sandbox.clock import stamp
from bot.sandbox.discord.access import permissions_in
from bot.sandbox.discord.channel_payloads import channel_payload, thread_member_payload
from bot.sandbox.discord.channels import Channel
from bot.sandbox.discord.guilds import Guild, Member, Role
from bot.sandbox.discord.intents import Intent
from bot.sandbox.discord.message_payloads import message_event_payload
from bot.sandbox.discord.messages import Message
from bot.sandbox.discord.payloads import guild_payload, member_payload, role_payload, user_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.users import User
from bot.sandbox.discord.world import Event, World
from bot.sandbox.wire import Json


def bot_sees(world: World, channel: Channel) -> bool:
    """Tell whether the bot may know that a channel exists."""
    return bool(permissions_in(channel, world.bot) & Permission.VIEW_CHANNEL)


def message_created(world: World, message: Message) -> None:
    """Announce MESSAGE_CREATE."""
    _announce_message(world, message, "MESSAGE_CREATE")


def message_updated(world: World, message: Message) -> None:
    """Announce MESSAGE_UPDATE."""
    _announce_message(world, message, "MESSAGE_UPDATE")


def _announce_message(world: World, message: Message, name: str) -> None:
    if message.ephemeral or not bot_sees(world, message.channel):
        world.changes.notify()
        return
    intents = Intent.DIRECT_MESSAGES if message.channel.guild is None else Intent.GUILD_MESSAGES
    world.announce(Event(name, intents, lambda granted: message_event_payload(world, message, granted)))


def message_deleted(world: World, message: Message) -> None:
    """Announce MESSAGE_DELETE."""
    channel = message.channel
    intents = Intent.DIRECT_MESSAGES if channel.guild is None else Intent.GUILD_MESSAGES
    body: Json = {"id": str(message.id), "channel_id": str(channel.id)} | _guild_id(channel)
    _announce_in(world, channel, "MESSAGE_DELETE", intents, body)


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


def thread_shown(world: World, thread: Channel) -> None:
    """Announce THREAD_CREATE for a thread that is not new, but new to the bot."""
    _announce_in(world, thread, "THREAD_CREATE", Intent.GUILDS, channel_payload(thread, world.bot))


def thread_member_joined(world: World, thread: Channel, user: User) -> None:
    """Announce THREAD_MEMBERS_UPDATE for one who came."""
    joined = thread.thread.joined[user.id] if thread.thread else world.clock.now()
    _announce_members(world, thread, user, {"added_members": [thread_member_payload(thread.id, user.id, joined)]})


def thread_member_left(world: World, thread: Channel, user: User) -> None:
    """Announce THREAD_MEMBERS_UPDATE for one who went."""
    _announce_members(world, thread, user, {"removed_member_ids": [str(user.id)]})


def _announce_members(world: World, thread: Channel, user: User, change: Json) -> None:
    count = len(thread.thread.joined) if thread.thread else 0
    body = {"id": str(thread.id), "member_count": count} | _guild_id(thread) | change
    intents = Intent.GUILDS if user is world.bot else Intent.GUILD_MEMBERS
    _announce_in(world, thread, "THREAD_MEMBERS_UPDATE", intents, body)


def member_joined(world: World, guild: Guild, member: Member) -> None:
    """Announce GUILD_MEMBER_ADD, or the whole guild if it is the bot that joined."""
    if member.user is world.bot:
        world.announce(Event("GUILD_CREATE", Intent.GUILDS, lambda _: guild_create_payload(world, guild)))
        return
    body = member_payload(member) | {"user": user_payload(member.user), "guild_id": str(guild.id)}
    _announce_in_guild(world, guild, Event("GUILD_MEMBER_ADD", Intent.GUILD_MEMBERS, lambda _: body))


def member_updated(world: World, guild: Guild, member: Member) -> None:
    """Announce GUILD_MEMBER_UPDATE; the bot's own comes without the members' intent."""
    body = member_payload(member) | {"user": user_payload(member.user), "guild_id": str(guild.id)}
    intents = Intent.GUILDS if member.user is world.bot else Intent.GUILD_MEMBERS
    _announce_in_guild(world, guild, Event("GUILD_MEMBER_UPDATE", intents, lambda _: body))


def bot_removed(world: World, guild: Guild) -> None:
    """Announce GUILD_DELETE without `unavailable`: the bot is out."""
    world.announce(Event("GUILD_DELETE", Intent.GUILDS, lambda _: {"id": str(guild.id)}))


def role_changed(world: World, guild: Guild, role: Role, *, new: bool) -> None:
    """Announce GUILD_ROLE_CREATE or GUILD_ROLE_UPDATE."""
    body: Json = {"guild_id": str(guild.id), "role": role_payload(role)}
    name = "GUILD_ROLE_CREATE" if new else "GUILD_ROLE_UPDATE"
    _announce_in_guild(world, guild, Event(name, Intent.GUILDS, lambda _: body))


def guild_create_payload(world: World, guild: Guild) -> Json:
    """Write a guild as GUILD_CREATE carries it: channels, threads and the bot's own member included.

    One that READY announced is told to be available; one that the bot has just joined says nothing of it.
    """
    me = guild.members[world.bot.id]
    return guild_payload(guild) | {
        "joined_at": stamp(me.joined_at),
        "large": False,
        "member_count": len(guild.members),
        "members": [member_payload(me) | {"user": user_payload(world.bot)}],
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
        _announce_in_guild(world, channel.guild, Event(name, Intent.GUILDS, lambda _: body))


def _announce_in(world: World, channel: Channel, name: str, intents: Intent, body: Json) -> None:
    if bot_sees(world, channel):
        world.announce(Event(name, intents, lambda _: body))
    else:
        world.changes.notify()


def _announce_in_guild(world: World, guild: Guild, event: Event) -> None:
    if world.bot.id in guild.members:
        world.announce(event)
    else:
        world.changes.notify()


def _guild_id(channel: Channel) -> Json:
    return {"guild_id": str(channel.guild.id)} if channel.guild else {}
