"""The commands in the menu of a message. discord.py lets a cog declare slash commands only, so these are added by hand."""

from collections.abc import Callable, Coroutine
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.appearance import Verb
from bot.chat.service import ChatService
from bot.cogs import texts
from bot.cogs.acknowledgement import acknowledge_if_slow
from bot.cogs.controls import Controls
from bot.cogs.private_replies import apologise, say_privately
from bot.cogs.user_permissions import admits
from bot.config import AccessSettings, Current
from bot.gateway.client import ParleyClient

Handler = Callable[[discord.Interaction, discord.Message], Coroutine[Any, Any, None]]


class MessageMenu(commands.Cog):
    """The menu of a message: Regenerate."""

    def __init__(
        self, client: ParleyClient, chat: ChatService, access: Current[AccessSettings], controls: Controls
    ) -> None:
        self._client = client
        self._chat = chat
        self._access = access
        self._controls = controls
        self._menus = [self._menu(texts.REGENERATE, self.regenerate)]

    async def cog_load(self) -> None:
        """Add the commands."""
        for menu in self._menus:
            self._client.tree.add_command(menu)

    def _menu(self, name: str, handler: Handler) -> app_commands.ContextMenu:
        """Make a command that checks the access lists and reports failures, as slash commands do."""

        async def checked(interaction: discord.Interaction, message: discord.Message) -> None:
            try:
                if await admits(self._access, interaction):
                    await handler(interaction, message)
                else:
                    await say_privately(interaction, texts.NOT_HERE)
            except Exception as error:  # noqa: BLE001 -- discord.py would only log it
                await apologise(interaction, error)

        return app_commands.ContextMenu(
            name=name,
            callback=checked,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )

    async def regenerate(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Make another attempt at the question that a message of ours answers; later turns stay."""
        record = await acknowledge_if_slow(interaction, self._chat.answered_by(message.id), private=True)
        newest = record.newest if record is not None else None
        if record is None or newest is None or record.question.place.id != interaction.channel_id:
            await say_privately(interaction, texts.NOT_AN_ANSWER)
        elif (refusal := self._controls.refusal(interaction, record)) is not None:
            await say_privately(interaction, refusal)
        elif await self._controls.follow(interaction, record, Verb.REGENERATE, newest.sibling):
            await say_privately(interaction, texts.AGAIN)
