"""`/help`: explains in a few lines how to use the bot."""

import discord
from discord import app_commands

from bot.cogs import texts
from bot.cogs.commands import Commands


class Help(Commands):
    """The `/help` command."""

    @app_commands.command(description=texts.HELP_DOES)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def help(self, interaction: discord.Interaction) -> None:
        """Show the help to the asker only."""
        await interaction.response.send_message(texts.HELP, ephemeral=True)
