"""These functions change a channel or a thread as a request asks, after checking the fields and the bot's permissions.

Source: Discord's documentation, Channel, "Modify Channel", and Threads ("Editing & Deleting Threads", "Locked
Threads"), which are stricter on threads than the former.
"""

from bot.sandbox.discord.forms.checks import check_list, check_text
from bot.sandbox.discord.forms.reading import Reader
from bot.sandbox.discord.forms.threads import check_archive_minutes, check_name, check_slowmode, check_tag_ids
from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.rest.guard import demand
from bot.sandbox.discord.rest.rules import archiving, threads
from bot.sandbox.discord.world.access import permissions_in, send_permission
from bot.sandbox.discord.world.channels import FORUMS, Channel, ChannelFlag, Kind, Tag, Thread
from bot.sandbox.discord.world.errors import ApiError, missing_permissions, thread_archived, unknown
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.world import World, snowflake
from bot.sandbox.wire import Json

MAX_TAGS = 20
_TOPIC = dict.fromkeys(FORUMS, 4096)
_MODERATORS = frozenset({"locked", "rate_limit_per_user", "flags"})
"""The fields of a thread that only a moderator changes."""


def change_channel(world: World, channel: Channel, body: Json) -> None:
    """Change a guild's channel as a request asks. Raises ApiError."""
    demand(world, channel, Permission.MANAGE_CHANNELS)
    reader = Reader(body)
    name, slowmode = check_name(reader), check_slowmode(reader)
    check_text(reader, "topic", _TOPIC.get(channel.kind, 1024))
    thread_slowmode = check_slowmode(reader, "default_thread_rate_limit_per_user")
    nsfw, flags = reader.flag("nsfw", default=channel.nsfw), reader.integer("flags", channel.flags)
    position = reader.integer("position", channel.position)
    tags = _tags(world, reader)
    reader.done()
    channel.parent = _category(world, body) if "parent_id" in body else channel.parent
    channel.name, channel.nsfw, channel.position = name or channel.name, nsfw, position
    channel.topic = body.get("topic", channel.topic)
    channel.slowmode = channel.slowmode if slowmode is None else slowmode
    channel.thread_slowmode = channel.thread_slowmode if thread_slowmode is None else thread_slowmode
    channel.flags = ChannelFlag(flags) & ChannelFlag.REQUIRE_TAG
    channel.tags = channel.tags if tags is None else tags
    events.channel_updated(world, channel)


def _category(world: World, body: Json) -> Channel | None:
    if body["parent_id"] is None:
        return None
    found = world.channels.get(snowflake(body["parent_id"]))
    if found is None or found.kind is not Kind.CATEGORY:
        raise unknown("channel")
    return found


def _tags(world: World, reader: Reader) -> list[Tag] | None:
    if reader.body.get("available_tags") is None:
        return None
    tags: list[Tag] = []
    for one in check_list(reader, "available_tags", 0, MAX_TAGS):
        check_text(one, "name", 50, required=True)
        known = snowflake(one.body.get("id"))
        tag_id = known if known > 0 else world.ids.next()
        name, emoji = str(one.body.get("name")), one.body.get("emoji_name")
        tags.append(Tag(tag_id, name, one.flag("moderated"), emoji))
    if len({tag.name for tag in tags}) < len(tags):
        raise ApiError(400, 40061, "Tag names must be unique")
    return tags


def change_thread(world: World, channel: Channel, thread: Thread, body: Json) -> None:
    """Change a thread as a request asks. Raises ApiError."""
    reader = Reader(body)
    name, slowmode, minutes = check_name(reader), check_slowmode(reader), check_archive_minutes(reader)
    archived = reader.flag("archived", default=thread.archived)
    locked, invitable = reader.flag("locked", default=thread.locked), reader.flag("invitable", default=thread.invitable)
    flags, tags = reader.integer("flags", channel.flags), check_tag_ids(reader)
    reader.done()
    _demand_rights(world, channel, thread, body)
    if thread.archived and archived:
        raise thread_archived()
    if tags is not None and channel.parent is not None:
        threads.check_tags(channel.parent, tags, moderates=_moderates(world, channel))
        thread.applied_tags = tags
    opened = thread.archived
    archiving.turn(world, channel, thread, archived=False)
    threads.rename(world, channel, name or channel.name, world.bot)
    channel.slowmode = channel.slowmode if slowmode is None else slowmode
    channel.flags = ChannelFlag(flags) & ChannelFlag.PINNED
    thread.locked, thread.invitable = locked, invitable
    if minutes is not None and minutes != thread.auto_archive_minutes:
        thread.auto_archive_minutes, thread.turned_at = minutes, world.clock.now()
    archiving.turn(world, channel, thread, archived=archived)
    archiving.announce(world, channel, thread, opened=opened and not archived)


def _moderates(world: World, channel: Channel) -> bool:
    return bool(permissions_in(channel, world.bot) & Permission.MANAGE_THREADS)


def _demand_rights(world: World, channel: Channel, thread: Thread, body: Json) -> None:
    if _moderates(world, channel):
        return
    if thread.locked:
        raise ApiError(403, 160005, "Thread is locked")
    if set(body) == {"archived"} and body["archived"] is False:
        demand(world, channel, send_permission(channel))
    elif thread.owner is not world.bot or _MODERATORS & body.keys():
        raise missing_permissions()
