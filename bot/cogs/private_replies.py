"""Replies that only the person who used a command or pressed a button can see."""

import logging
from typing import Final

import aiohttp
import discord

from bot.cogs import texts

log = logging.getLogger(__name__)

_TOO_LATE: Final = frozenset({10062, 40060})
"""Discord's codes for an unknown interaction, of which three seconds are over, and for one that has a response."""


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
    cause = getattr(error, "original", error)  # of a command's error
    if isinstance(cause, discord.HTTPException) and cause.code in _TOO_LATE:
        log.info("interaction %s got no response from me: it has one already, or is too old", interaction.id)
        return
    log.error("interaction %s failed", interaction.id, exc_info=error)
    try:
        await say_privately(interaction, texts.BROKEN)
    except Exception as failure:  # noqa: BLE001 -- discord.py may raise anything where Discord sent what it does not know
        log.warning("interaction %s: not even the apology arrived (%s)", interaction.id, type(failure).__name__)


def _log_late(interaction: discord.Interaction, error: Exception) -> None:
    log.info("interaction %s came while I was leaving and got no response (%s)", interaction.id, type(error).__name__)
