"""`/reset`: starts a new conversation in the place and keeps the old one."""

import discord
from discord import app_commands

from bot.chat.appearance import Verb
from bot.chat.service import ChatService
from bot.cogs import texts
from bot.cogs.acknowledgement import acknowledge_if_slow
from bot.cogs.commands import Commands
from bot.cogs.private_replies import say_privately
from bot.cogs.user_permissions import may_write
from bot.config import AccessSettings, Current
from bot.intake.message import place_of
from bot.reply.controls import button, view


class Reset(Commands):
    """The `/reset` command."""

    def __init__(self, access: Current[AccessSettings], chat: ChatService) -> None:
        super().__init__(access)
        self._chat = chat

    @app_commands.command(description=texts.RESET_DOES)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def reset(self, interaction: discord.Interaction) -> None:
        """Close the open conversation, open another, and reply with an Undo button."""
        if interaction.channel is None or not may_write(interaction):
            await say_privately(interaction, texts.NOT_A_WRITER)
            return
        place = place_of(interaction.channel, interaction.guild_id)
        reset = await acknowledge_if_slow(interaction, self._chat.reset(place, interaction.user.id))
        if reset is None:
            await say_privately(interaction, texts.NOTHING_TO_RESET)
        elif interaction.response.is_done():
            await interaction.followup.send(texts.RESET, view=view([button(Verb.UNDO, reset.opened.id)]))
        else:
            await interaction.response.send_message(texts.RESET, view=view([button(Verb.UNDO, reset.opened.id)]))
