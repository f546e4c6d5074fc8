"""The permissions that the bot needs in a channel, and what keeps it from writing there.

Sources: Discord's documentation, Permissions ("Permissions For Timed Out Members"; the text of a voice channel needs CONNECT) and
Threads ("Locked Threads": only moderators write in one).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import discord

NEEDED: Final = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    read_message_history=True,
    attach_files=True,
)
"""Exactly the permissions that the bot needs in a channel."""


def readable_only(guild: discord.Guild) -> list[str]:
    """Return the names, with `#`, of the text, voice and forum channels that the bot sees but may not write in."""
    names: list[str] = []
    for channel in (*guild.text_channels, *guild.voice_channels, *guild.forums):
        permissions = channel.permissions_for(guild.me)
        if permissions.view_channel and not permissions.send_messages:
            names.append(f"#{channel.name}")
    return names


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A hindrance to writing in a channel: one of a missing permission, a time-out until a moment, a locked thread."""

    permission: str = ""
    """Its name as Discord's settings show it."""
    timed_out_until: datetime | None = None
    locked: bool = False

    def __str__(self) -> str:
        """Return it in words for the log."""
        if self.timed_out_until is not None:
            return f"I am timed out until {self.timed_out_until:%Y-%m-%d %H:%M} UTC"
        return "the thread is locked" if self.locked else f"I lack the permission {self.permission}"


def obstacle(channel: object, now: datetime) -> Obstacle | None:
    """Return what keeps the bot from writing in a server's channel or thread at `now`, or None.

    None also for any other place, and in a server in an outage, whose roles may not be known.
    """
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread) or channel.guild.unavailable:
        return None
    me = channel.guild.me
    if me.timed_out_until is not None:
        if me.timed_out_until > now:
            return Obstacle(timed_out_until=me.timed_out_until)
        me.timed_out_until = (
            None  # discord.py would take permissions away until the computer's clock says that it is over
        )
    try:
        permissions = channel.permissions_for(me)
    except discord.ClientException:  # the thread's channel is not known
        return None
    for needed in _needed_to_write(channel):
        if not getattr(permissions, needed):
            return Obstacle(_title(needed))
    locked = isinstance(channel, discord.Thread) and channel.locked and not permissions.manage_threads
    return Obstacle(locked=True) if locked else None


def _needed_to_write(channel: discord.abc.GuildChannel | discord.Thread) -> tuple[str, ...]:
    if isinstance(channel, discord.Thread):
        return "view_channel", "send_messages_in_threads"
    if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        return "view_channel", "connect", "send_messages"
    return "view_channel", "send_messages"


def lacks_for_threads(permissions: discord.Permissions, *, private: bool = False) -> str | None:
    """Return the permission that is missing for opening a thread and talking in it, as Discord's settings name it; or None."""
    create = "create_private_threads" if private else "create_public_threads"
    missing = (needed for needed in (create, "send_messages_in_threads") if not getattr(permissions, needed))
    return next((_title(needed) for needed in missing), None)


def _title(permission: str) -> str:
    """Return the name of a permission as Discord's settings show it: `Send Messages in Threads`."""
    return permission.replace("_", " ").title().replace(" In ", " in ")
