"""`/follow`: moderators switch whether the bot needs a mention in a thread, whatever the configuration says."""

from typing import Literal

import discord
from discord import app_commands

from bot.chat.choices import ON, ChoiceName, Scope
from bot.chat.choosing import Choosing
from bot.cogs import texts
from bot.cogs.acknowledgement import acknowledge_if_slow
from bot.cogs.commands import Commands
from bot.cogs.private_replies import say_privately
from bot.cogs.user_permissions import manages_threads
from bot.config import AccessSettings, Current
from bot.gateway.client import ParleyClient


class Follow(Commands):
    """The `/follow` command."""

    def __init__(self, access: Current[AccessSettings], client: ParleyClient, choosing: Choosing) -> None:
        super().__init__(access)
        self._client = client
        self._choosing = choosing

    @app_commands.command(description=texts.FOLLOW_DOES)
    @app_commands.describe(switch=texts.FOLLOW_SWITCH)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def follow(self, interaction: discord.Interaction, switch: Literal["on", "off", "default"] = "on") -> None:
        """Store the switch of a thread, and say it there. Without the message content intent it is stored for later."""
        thread = interaction.channel
        if not isinstance(thread, discord.Thread):
            await say_privately(interaction, texts.NOT_A_THREAD)
        elif not manages_threads(interaction):
            await say_privately(interaction, texts.NOT_A_FOLLOWER)
        else:
            await acknowledge_if_slow(interaction, self._store(thread.id, switch, interaction.user.id))
            await self._announce(interaction, switch)

    async def _store(self, thread_id: int, switch: str, by: int) -> None:
        if switch == "default":
            await self._choosing.take_back(Scope.PLACE, thread_id, ChoiceName.FOLLOW)
        else:
            await self._choosing.choose(Scope.PLACE, thread_id, ChoiceName.FOLLOW, switch, by)

    async def _announce(self, interaction: discord.Interaction, switch: str) -> None:
        text = {"on": texts.FOLLOWED, "off": texts.NOT_FOLLOWED}.get(switch, texts.FOLLOWED_AS_SET_UP)
        text = text.format(person=interaction.user.mention)
        if switch == ON and not self._client.reads_content:
            text = f"{text}\n-# {texts.NO_CONTENT_YET}"
        nobody = discord.AllowedMentions.none()
        if interaction.response.is_done():
            await interaction.followup.send(text, allowed_mentions=nobody)
        else:
            await interaction.response.send_message(text, allowed_mentions=nobody)
