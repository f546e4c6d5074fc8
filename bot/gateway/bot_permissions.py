"""The permissions that the bot needs in a channel, and the channels where it lacks the most important one."""

from typing import Final

import discord

NEEDED: Final = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
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
