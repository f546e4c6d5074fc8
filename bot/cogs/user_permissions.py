"""Checks a person's rights at the moment of use, by the permissions that Discord sends with each interaction."""

import asyncio
from dataclasses import replace
from typing import Any, Final

import discord

from bot.chat.access import allows, roles_named
from bot.chat.ports.roles import RolesUnknown
from bot.config import AccessSettings, Current
from bot.gateway.client import ParleyClient
from bot.intake.message import origin_of

_LOOK_UP_SECONDS: Final = 2.0
"""Discord waits three seconds for the first response to an interaction."""


async def admits(access: Current[AccessSettings], interaction: discord.Interaction[Any]) -> bool:
    """Return whether the access lists currently allow this interaction.

    In a direct message the person's roles are looked up, where the lists name any. Raises RolesUnknown, within the time that
    Discord gives for a response.
    """
    origin = origin_of(interaction.user, interaction.channel, interaction.guild_id)
    named = roles_named(access.value)
    client = interaction.client
    if named and interaction.guild_id is None and isinstance(client, ParleyClient):
        try:
            async with asyncio.timeout(_LOOK_UP_SECONDS):
                origin = replace(origin, role_ids=await client.shared_roles.of(interaction.user.id, named))
        except TimeoutError as error:
            raise RolesUnknown("the roles could not be looked up in time") from error
    return allows(access.value, origin)


async def roles_of(interaction: discord.Interaction[Any], named: frozenset[int]) -> frozenset[int]:
    """Return which of these roles a person has. In a direct message they are looked up. Raises RolesUnknown."""
    if isinstance(interaction.user, discord.Member):
        return named & {role.id for role in interaction.user.roles}
    client = interaction.client
    if not isinstance(client, ParleyClient):
        return frozenset()
    try:
        async with asyncio.timeout(_LOOK_UP_SECONDS):
            return await client.shared_roles.of(interaction.user.id, named)
    except TimeoutError as error:
        raise RolesUnknown("the roles could not be looked up in time") from error


def may_write(interaction: discord.Interaction) -> bool:
    """Return whether the person may write in the place at this moment."""
    if interaction.guild_id is None:
        return True
    permissions = interaction.permissions
    if isinstance(interaction.channel, discord.Thread):
        return permissions.send_messages_in_threads
    return permissions.send_messages


def manages_threads(interaction: discord.Interaction) -> bool:
    """Return whether the person may manage the threads of the place at this moment."""
    return interaction.permissions.manage_threads or interaction.permissions.manage_channels


def may_open_threads(interaction: discord.Interaction) -> bool:
    """Return whether the person may open a thread here now and write in it; a private one, within a private thread."""
    permissions = interaction.permissions
    private = isinstance(interaction.channel, discord.Thread) and interaction.channel.is_private()
    creates = permissions.create_private_threads if private else permissions.create_public_threads
    return creates and permissions.send_messages_in_threads


def may_read_history(interaction: discord.Interaction) -> bool:
    """Return whether the person may read the place's message history at this moment."""
    return _reads_history(interaction, interaction.permissions)


def bot_may_read_history(interaction: discord.Interaction) -> bool:
    """Return whether the bot may read the place's message history at this moment."""
    return _reads_history(interaction, interaction.app_permissions)


def _reads_history(interaction: discord.Interaction, permissions: discord.Permissions) -> bool:
    """The text of a voice channel needs CONNECT (Discord's documentation, Get Channel Messages)."""
    enters = permissions.connect or not isinstance(interaction.channel, discord.VoiceChannel | discord.StageChannel)
    return interaction.guild_id is None or (permissions.view_channel and permissions.read_message_history and enters)


def moderates(interaction: discord.Interaction) -> bool:
    """Return whether the person may manage messages in the place at this moment."""
    return interaction.permissions.manage_messages
