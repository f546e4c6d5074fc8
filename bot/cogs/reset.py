"""`/reset`: a new conversation in this place; the old one is kept."""

from typing import Final

import discord
from discord import app_commands

from bot.chat.appearance import Verb
from bot.chat.service import ChatService
from bot.cogs.commands import Commands
from bot.cogs.guard import in_time, may_write, say_privately
from bot.config import AccessSettings, Current
from bot.intake.message import place_of
from bot.reply.controls import button, view

RESET: Final = "A new conversation begins here: I no longer look at what was said before. Nothing was deleted."
NOTHING_TO_RESET: Final = "This conversation is new already: nothing was said to me since it began."
NOT_A_WRITER: Final = "Only people who may write here can reset the conversation."


class Reset(Commands):
    """The command."""

    def __init__(self, access: Current[AccessSettings], chat: ChatService) -> None:
        super().__init__(access)
        self._chat = chat

    @app_commands.command(description="Start a new conversation here; the old one is kept and Undo brings it back")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def reset(self, interaction: discord.Interaction) -> None:
        """Close the open conversation and open another."""
        if interaction.channel is None or not may_write(interaction):
            await say_privately(interaction, NOT_A_WRITER)
            return
        place = place_of(interaction.channel, interaction.guild_id)
        reset = await in_time(interaction, self._chat.reset(place, interaction.user.id))
        if reset is None:
            await say_privately(interaction, NOTHING_TO_RESET)
        elif interaction.response.is_done():
            await interaction.followup.send(RESET, view=view([button(Verb.UNDO, reset.opened.id)]))
        else:
            await interaction.response.send_message(RESET, view=view([button(Verb.UNDO, reset.opened.id)]))
