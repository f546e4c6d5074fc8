"""What all slash commands share: who may use them, and what happens when one fails."""

import logging
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.guard import admits, say_privately
from bot.config import AccessSettings

log = logging.getLogger(__name__)

NOT_HERE: Final = "I may not serve you here."
BROKEN: Final = "Something went wrong on my side. Please try again in a moment."


class Commands(commands.Cog):
    """A cog of slash commands that the access lists guard, and whose failures end in one friendly line."""

    def __init__(self, access: AccessSettings) -> None:
        self._access = access

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Turn away whom the access lists deny."""
        if admits(self._access, interaction):
            return True
        await say_privately(interaction, NOT_HERE)
        return False

    async def cog_app_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """Log why a command failed and tell the asker that it did."""
        if isinstance(error, app_commands.CheckFailure):
            return
        log.error("interaction %s failed", interaction.id, exc_info=error)
        try:
            await say_privately(interaction, BROKEN)
        except discord.HTTPException as failure:
            log.warning("interaction %s: not even the apology arrived (code %s)", interaction.id, failure.code)
