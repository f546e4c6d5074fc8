"""What all slash commands share: who may use them, and what happens when one fails."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs import sentences
from bot.cogs.permissions import admits
from bot.cogs.private_replies import apologise, say_privately
from bot.config import AccessSettings, Current


class Commands(commands.Cog):
    """A cog of slash commands that the access lists guard, and whose failures end in one friendly line."""

    def __init__(self, access: Current[AccessSettings]) -> None:
        self._access = access

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Turn away whom the access lists deny."""
        if admits(self._access, interaction):
            return True
        await say_privately(interaction, sentences.NOT_HERE)
        return False

    async def cog_app_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """Log why a command failed and tell the asker that it did."""
        if isinstance(error, app_commands.CheckFailure):
            return
        await apologise(interaction, error)
