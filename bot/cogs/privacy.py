"""`/privacy`: people say whether other people's questions may bring along what they write."""

from typing import Any, Literal

import discord
from discord import app_commands

from bot.chat.opting_out import OptingOut
from bot.cogs import texts
from bot.cogs.acknowledgement import acknowledge_if_slow
from bot.cogs.commands import Commands
from bot.cogs.private_replies import say_privately
from bot.config import AccessSettings, Current


class Privacy(Commands):
    """The `/privacy` command."""

    def __init__(self, access: Current[AccessSettings], opting_out: OptingOut) -> None:
        super().__init__(access)
        self._opting_out = opting_out

    async def interaction_check(self, _: discord.Interaction[Any], /) -> bool:
        """Allow everybody to opt out, also people who may not ask."""
        return True

    @app_commands.command(description=texts.PRIVACY_DOES)
    @app_commands.describe(quotes=texts.PRIVACY_QUOTES)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def privacy(self, interaction: discord.Interaction, quotes: Literal["allow", "never"] | None = None) -> None:
        """Store what a person says, and erase their words where they opt out; without an option, tell what holds."""
        person_id = interaction.user.id
        if quotes == "never":
            erased = await acknowledge_if_slow(interaction, self._opting_out.opt_out(person_id), private=True)
            text = texts.ERASED_ONE if erased == 1 else texts.ERASED.format(count=erased)
            await say_privately(interaction, f"{texts.NEVER_QUOTED} {text if erased else texts.ERASED_NONE}")
        elif quotes == "allow":
            await acknowledge_if_slow(interaction, self._opting_out.opt_in(person_id), private=True)
            await say_privately(interaction, texts.QUOTED_AGAIN)
        else:
            await say_privately(
                interaction, texts.IS_NEVER_QUOTED if person_id in self._opting_out else texts.IS_QUOTED
            )
