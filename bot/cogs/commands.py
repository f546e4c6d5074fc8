"""The base class of the cogs with slash commands: checks the access lists and reports failures."""

import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs import texts
from bot.cogs.private_replies import apologise, say_privately
from bot.cogs.user_permissions import admits
from bot.config import AccessSettings, Current

log = logging.getLogger(__name__)


class Commands(commands.Cog):
    """A cog of slash commands. The access lists apply to all of them, and the asker gets one friendly line when one fails."""

    def __init__(self, access: Current[AccessSettings]) -> None:
        self._access = access

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Return whether the access lists allow the interaction, and tell the asker when they do not."""
        try:
            if await admits(self._access, interaction):
                return True
            if interaction.type is discord.InteractionType.autocomplete:  # it has no room for a sentence
                return False
        except Exception as error:  # noqa: BLE001 -- discord.py would only log it; among them is RolesUnknown
            if interaction.type is discord.InteractionType.autocomplete:  # one comes with each key
                log.info("interaction %s got no suggestions (%s)", interaction.id, type(error).__name__)
                return False
            await apologise(interaction, error)
            return False
        await say_privately(interaction, texts.NOT_HERE)
        return False

    async def cog_app_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """Log why a command failed, and tell the asker that it failed. `interaction_check` reports a failed check itself."""
        if isinstance(error, app_commands.CheckFailure):
            return
        await apologise(interaction, error)
