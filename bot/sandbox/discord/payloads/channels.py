"""These functions write channels, threads and memberships of threads as JSON."""

from datetime import datetime

from bot.sandbox.clock import stamp
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.channels import FORUMS, VOICES, Channel, Kind, Thread
from bot.sandbox.discord.world.users import User
from bot.sandbox.wire import Json

MAX_COUNTED = 50
"""The highest `member_count` of a thread (Discord's documentation, Threads, "Thread Fields")."""


def channel_payload(channel: Channel, viewer: User) -> Json:
    """Write a channel, thread or direct message, as the viewer gets it."""
    shape: Json = {
        "id": str(channel.id),
        "type": int(channel.kind),
        "flags": int(channel.flags),
        "last_message_id": _text(channel.last_message_id),
    }
    if channel.last_pin_at is not None:
        shape["last_pin_timestamp"] = stamp(channel.last_pin_at)
    if channel.kind is Kind.DM:
        return shape | {"recipients": [user_payload(user) for user in channel.recipients if user is not viewer]}
    shape |= {
        "guild_id": _text(channel.guild.id if channel.guild else None),
        "name": channel.name,
        "parent_id": _text(channel.parent.id if channel.parent else None),
        "rate_limit_per_user": channel.slowmode,
    }
    if channel.thread is not None:
        return shape | _thread_fields(channel, channel.thread, viewer)
    return shape | _guild_fields(channel)


def _guild_fields(channel: Channel) -> Json:
    shape: Json = {
        "position": channel.position,
        "permission_overwrites": [
            {
                "id": str(overwrite.target_id),
                "type": int(overwrite.is_member),
                "allow": str(int(overwrite.allow)),
                "deny": str(int(overwrite.deny)),
            }
            for overwrite in channel.overwrites.values()
        ],
        "nsfw": channel.nsfw,
        "topic": channel.topic,
    }
    if channel.kind in VOICES:
        shape |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    if channel.kind in FORUMS:
        shape |= _forum_fields(channel)
    if channel.kind is Kind.FORUM:
        shape["default_forum_layout"] = 0
    return shape


def _forum_fields(channel: Channel) -> Json:
    return {
        "available_tags": [
            {"id": str(tag.id), "name": tag.name, "moderated": tag.moderated, "emoji_id": None, "emoji_name": tag.emoji}
            for tag in channel.tags
        ],
        "default_thread_rate_limit_per_user": channel.thread_slowmode,
        "default_reaction_emoji": None,
        "default_sort_order": None,
    }


def _thread_fields(channel: Channel, thread: Thread, viewer: User) -> Json:
    joined = thread.joined.get(viewer.id)
    shape: Json = {
        "owner_id": str(thread.owner.id),
        "message_count": thread.kept,
        "total_message_sent": thread.sent,
        "member_count": min(len(thread.joined), MAX_COUNTED),
        "thread_metadata": {
            "archived": thread.archived,
            "archive_timestamp": stamp(thread.turned_at),
            "auto_archive_duration": thread.auto_archive_minutes,
            "locked": thread.locked,
            "create_timestamp": stamp(thread.created_at),
        },
    }
    if channel.kind is Kind.PRIVATE_THREAD:
        shape["thread_metadata"]["invitable"] = thread.invitable
    if channel.parent is not None and channel.parent.kind in FORUMS:
        shape["applied_tags"] = [str(tag_id) for tag_id in thread.applied_tags]
    return shape if joined is None else shape | {"member": thread_member_payload(channel.id, viewer.id, joined)}


def thread_member_payload(thread_id: int, user_id: int, joined: datetime) -> Json:
    """Write a user's membership of a thread."""
    return {"id": str(thread_id), "user_id": str(user_id), "join_timestamp": stamp(joined), "flags": 0}


def _text(snowflake: int | None) -> str | None:
    return None if snowflake is None else str(snowflake)
