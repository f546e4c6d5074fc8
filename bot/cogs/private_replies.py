"""Replies that only the person who used a command or pressed a button can see."""

import logging

import aiohttp
import discord

from bot.cogs import texts

log = logging.getLogger(__name__)


async def say_privately(interaction: discord.Interaction, text: str) -> None:
    """Send a reply that only the asker can see: the interaction's first response, or a follow-up if it has one already.

    A bot that has left Discord says nothing any more.
    """
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except (aiohttp.ClientError, OSError, RuntimeError) as error:  # aiohttp's RuntimeError: its session is closed
        if not interaction.client.is_closed():
            raise
        _log_late(interaction, error)


async def apologise(interaction: discord.Interaction, error: Exception) -> None:
    """Log why a command or a button failed, and tell the asker that it failed. A reply that fails is only logged."""
    if interaction.client.is_closed():
        _log_late(interaction, error)
        return
    log.error("interaction %s failed", interaction.id, exc_info=error)
    try:
        await say_privately(interaction, texts.BROKEN)
    except (discord.HTTPException, aiohttp.ClientError, OSError, RuntimeError) as failure:
        log.warning("interaction %s: not even the apology arrived (%s)", interaction.id, type(failure).__name__)


def _log_late(interaction: discord.Interaction, error: Exception) -> None:
    log.info("interaction %s came while I was leaving and got no response (%s)", interaction.id, type(error).__name__)
