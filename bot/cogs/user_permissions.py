"""Checks a person's rights at the moment of use, by the permissions that Discord sends with each interaction."""

import discord

from bot.chat.access import allows
from bot.config import AccessSettings, Current
from bot.intake.message import origin_of


def admits(access: Current[AccessSettings], interaction: discord.Interaction) -> bool:
    """Return whether the access lists currently allow this interaction."""
    return allows(access.value, origin_of(interaction.user, interaction.channel, interaction.guild_id))


def may_write(interaction: discord.Interaction) -> bool:
    """Return whether the person may write in the place at this moment."""
    if interaction.guild_id is None:
        return True
    permissions = interaction.permissions
    if isinstance(interaction.channel, discord.Thread):
        return permissions.send_messages_in_threads
    return permissions.send_messages


def may_read_history(interaction: discord.Interaction) -> bool:
    """Return whether the person may read the place's message history at this moment."""
    permissions = interaction.permissions
    return interaction.guild_id is None or (permissions.view_channel and permissions.read_message_history)


def moderates(interaction: discord.Interaction) -> bool:
    """Return whether the person may manage messages in the place at this moment."""
    return interaction.permissions.manage_messages
