"""`/stop`: stops the answer in writing in the place, and drops the person's questions that wait there."""

import discord
from discord import app_commands

from bot.chat.service import ChatService, Stopped
from bot.cogs import texts
from bot.cogs.acknowledgement import acknowledge_if_slow
from bot.cogs.commands import Commands
from bot.cogs.private_replies import say_privately
from bot.cogs.user_permissions import moderates
from bot.config import AccessSettings, Current


class Stop(Commands):
    """The `/stop` command."""

    def __init__(self, access: Current[AccessSettings], chat: ChatService) -> None:
        super().__init__(access)
        self._chat = chat

    @app_commands.command(description=texts.STOP_DOES)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def stop(self, interaction: discord.Interaction) -> None:
        """Stop what the person may stop here, and say what that was."""
        stopping = self._chat.stop_in(
            interaction.channel_id or 0, interaction.user.id, moderates=moderates(interaction)
        )
        stopped = await acknowledge_if_slow(interaction, stopping, private=True)
        await say_privately(interaction, _told(stopped))


def _told(stopped: Stopped) -> str:
    told = [texts.STOPPED] * stopped.running
    if stopped.dropped:
        told.append(texts.DROPPED.format(count=stopped.dropped))
    return " ".join(told) or texts.NOTHING_OF_YOURS
