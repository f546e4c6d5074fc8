"""The commands in the menu of a message. discord.py lets a cog declare slash commands only, so these are added by hand."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.service import ChatService, PressOutcome
from bot.cogs import texts
from bot.cogs.acknowledgement import acknowledge_if_slow
from bot.cogs.controls import Controls
from bot.cogs.private_replies import apologise, say_privately
from bot.cogs.receive import ANSWERED_TYPES
from bot.cogs.regenerate import Regenerate
from bot.cogs.threads import Threads
from bot.cogs.user_permissions import admits, may_write
from bot.config import AccessSettings, Current
from bot.gateway.client import ParleyClient
from bot.intake import message as intake
from bot.intake.consent import Consent
from bot.intake.rendering import DiscordIntake

Handler = Callable[[discord.Interaction, discord.Message], Coroutine[Any, Any, None]]


class MessageMenu(commands.Cog):
    """The menu of a message: Answer this, Regenerate, Branch from here."""

    def __init__(
        self,
        client: ParleyClient,
        chat: ChatService,
        access: Current[AccessSettings],
        *,
        controls: Controls,
        held: DiscordIntake,
        consent: Consent,
        regenerate: Regenerate,
        threads: Threads,
    ) -> None:
        self._client = client
        self._chat = chat
        self._access = access
        self._controls = controls
        self._held = held
        self._consent = consent
        self._menus = [
            self._menu(texts.ANSWER_THIS, self.answer_this),
            self._menu(texts.REGENERATE, regenerate.of_message),
            self._menu(texts.BRANCH_FROM_HERE, threads.branch_from),
        ]

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

    async def answer_this(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Ask, for the person who uses the menu, what a message says. The claim is by the interaction's id."""
        if (refusal := self._refusal(interaction, message)) is not None:
            await say_privately(interaction, refusal)
            return
        channel = interaction.channel or message.channel
        original = intake.asked(message)
        asked = replace(
            original,
            text=intake.THIS_MESSAGE,
            key=interaction.id,
            place=intake.place_of(channel, interaction.guild_id),
            author=intake.author_of(interaction.user),
            asked_at=int(interaction.created_at.timestamp() * 1000),
            about=message.id,
        )
        self._held.hold_for(asked.key, message)
        outcome = await acknowledge_if_slow(interaction, self._chat.ask(asked), private=True)
        if outcome is PressOutcome.QUEUED:
            await say_privately(interaction, texts.ANSWERING)
        else:
            self._held.forget(asked.key)
            await say_privately(interaction, texts.NOT_QUEUED[outcome])

    def _refusal(self, interaction: discord.Interaction, message: discord.Message) -> str | None:
        """Return why a message is not answered for a person; None if it may be."""
        bot = self._client.user
        if bot is None or message.author.id == bot.id:
            return texts.MINE
        if not may_write(interaction):
            return texts.NOT_AN_ASKER
        covered = self._consent.covers(message.author.id, interaction.user.id)
        if not covered or message.type not in ANSWERED_TYPES or intake.gap(message, bot) is not None:
            return texts.NOTHING_TO_READ
        return self._controls.hindrance(interaction)
