"""May this person do that here? Rights are checked at the moment of use, with what Discord sends along with each interaction."""

import discord

from bot.chat.access import allows
from bot.config import AccessSettings, Current
from bot.intake.message import origin_of


def admits(access: Current[AccessSettings], interaction: discord.Interaction) -> bool:
    """Whether the access lists in force let this interaction through."""
    return allows(access.value, origin_of(interaction.user, interaction.channel, interaction.guild_id))


def may_write(interaction: discord.Interaction) -> bool:
    """Whether the person may write in that place at this moment, as Discord says with the interaction."""
    if interaction.guild_id is None:
        return True
    permissions = interaction.permissions
    if isinstance(interaction.channel, discord.Thread):
        return permissions.send_messages_in_threads
    return permissions.send_messages


def may_read_history(interaction: discord.Interaction) -> bool:
    """Whether the person may read what was said in that place, at this moment."""
    permissions = interaction.permissions
    return interaction.guild_id is None or (permissions.view_channel and permissions.read_message_history)


def moderates(interaction: discord.Interaction) -> bool:
    """Whether the person may manage messages in that place, at this moment."""
    return interaction.permissions.manage_messages
