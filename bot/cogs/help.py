"""`/help`: how to use the bot, in a few lines."""

from typing import Final

import discord
from discord import app_commands

from bot.cogs.commands import Commands

HELP: Final = """\
Mention me with a question, reply to one of my messages, or write to me directly, and I answer.
Every channel, thread and direct message is a conversation of its own: I remember what was said to me there.

`/reset` starts a new conversation here. The old one is kept, and Undo brings it back.
`/export` gives you this conversation as a file: Markdown to read, JSON with everything, or the bare messages.
`/help` shows this."""


class Help(Commands):
    """The command."""

    @app_commands.command(description="How to talk to me")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def help(self, interaction: discord.Interaction) -> None:
        """Show the help to whoever asked."""
        await interaction.response.send_message(HELP, ephemeral=True)
