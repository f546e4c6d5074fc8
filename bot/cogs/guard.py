"""The check before every command and press: may this person do that here? Rights and access lists are read at each use."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import aiohttp
import discord

from bot.chat.access import allows
from bot.config import AccessSettings, Current
from bot.intake.message import origin_of

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_DEFER_AFTER_SECONDS: Final = 1.5

NOT_HERE: Final = "I may not serve you here."
BROKEN: Final = "Something went wrong on my side. Please try again in a moment."


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


async def say_privately(interaction: discord.Interaction, text: str) -> None:
    """Answer for the asker's eyes only, whether or not the interaction was answered before."""
    if interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True)
    else:
        await interaction.response.send_message(text, ephemeral=True)


async def in_time(interaction: discord.Interaction, work: Coroutine[Any, Any, _T]) -> _T:
    """Do what an interaction asks for; when that takes long, acknowledge it first, because Discord waits for three seconds."""
    task = asyncio.create_task(work)
    await asyncio.wait({task}, timeout=_DEFER_AFTER_SECONDS)
    if not task.done():
        await interaction.response.defer(thinking=interaction.type is discord.InteractionType.application_command)
    return await task


async def apologise(interaction: discord.Interaction, error: Exception) -> None:
    """Log why a command or a button failed, and tell the asker that it did."""
    log.error("interaction %s failed", interaction.id, exc_info=error)
    try:
        await say_privately(interaction, BROKEN)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as failure:
        log.warning("interaction %s: not even the apology arrived (%s)", interaction.id, type(failure).__name__)
