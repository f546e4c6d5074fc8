"""Tells who may read what: the permissions of a person and of the bot in a channel, as Discord's events tell them now."""

from dataclasses import dataclass
from typing import Final

import discord

Room = discord.abc.GuildChannel | discord.Thread
_NEED_CONNECT: Final = discord.VoiceChannel | discord.StageChannel
"""The text of a voice channel needs CONNECT (Discord's documentation, Permissions)."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A person who asks, in a channel; `guild` is None in direct messages."""

    user: discord.abc.User
    channel_id: int
    guild: discord.Guild | None


def asker_of(message: discord.Message) -> Asker:
    """Return the author of a message as the one who asks."""
    return Asker(message.author, message.channel.id, message.guild)


def sees(asker: Asker, channel: Room) -> bool:
    """Return whether a person sees a channel. Of one whose roles are not known, everybody's rights count.

    Discord does not tell who is in a private thread, so it is seen from within only.
    """
    if channel.id == asker.channel_id:
        return True
    if isinstance(channel, discord.Thread) and channel.is_private():
        return False
    person = asker.user if isinstance(asker.user, discord.Member) else channel.guild.default_role
    try:
        return channel.permissions_for(person).view_channel
    except discord.ClientException:  # the thread's channel is not known
        return False


def reads(person: discord.Member, channel: Room) -> bool:
    """Return whether a member may read the history of a channel. Of a private thread, who is in it is not looked at."""
    try:
        may = channel.permissions_for(person)
    except discord.ClientException:  # the thread's channel is not known
        return False
    enters = may.connect or not isinstance(channel, _NEED_CONNECT)
    return may.view_channel and may.read_message_history and enters
