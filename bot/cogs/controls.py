"""Presses of buttons: one router for all of them, which works for messages of any age and keeps none in memory."""

import re
from typing import Any, Self

import discord
from discord.ext import commands

from bot.chat.appearance import Verb
from bot.chat.service import ChatService
from bot.client import ParleyClient
from bot.cogs import sentences
from bot.cogs.acknowledgement import acknowledge_if_slow
from bot.cogs.permissions import admits, moderates
from bot.cogs.private_replies import apologise, say_privately
from bot.config import AccessSettings, Current
from bot.reply.controls import TEMPLATE, CustomId


class ControlButton(discord.ui.DynamicItem["discord.ui.Button[discord.ui.View]"], template=TEMPLATE):
    """Any button of ours, made anew for each press."""

    def __init__(self, item: "discord.ui.Button[discord.ui.View]", pressed: CustomId) -> None:
        super().__init__(item)
        self._pressed = pressed

    @classmethod
    async def from_custom_id(cls, _: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /) -> Self:
        """The button that was pressed."""
        assert isinstance(item, discord.ui.Button)  # noqa: S101 -- TEMPLATE matches ids of buttons only
        return cls(item, CustomId.parse(match))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the press to the cog, which knows the service."""
        controls = interaction.client.get_cog(Controls.__cog_name__)
        if not isinstance(controls, Controls):
            return
        try:
            await controls.press(interaction, self._pressed)
        except Exception as error:  # noqa: BLE001 -- discord.py would swallow it
            await apologise(interaction, error)


class Controls(commands.Cog):
    """Does what a pressed button says."""

    def __init__(self, client: ParleyClient, chat: ChatService, access: Current[AccessSettings]) -> None:
        self._chat = chat
        self._access = access
        client.add_dynamic_items(ControlButton)

    async def press(self, interaction: discord.Interaction, pressed: CustomId) -> None:
        """Check the presser and act."""
        if not admits(self._access, interaction):
            await say_privately(interaction, sentences.NOT_HERE)
        elif pressed.verb == Verb.UNDO:
            await self._undo(interaction, pressed.subject)
        elif pressed.verb in {Verb.RETRY, Verb.CONTINUE}:
            await self._follow(interaction, Verb(pressed.verb), pressed)
        else:
            await say_privately(interaction, sentences.UNKNOWN)

    async def _undo(self, interaction: discord.Interaction, conversation_id: int) -> None:
        by = await self._chat.opened_by(conversation_id)
        if interaction.user.id != by and not moderates(interaction):
            await say_privately(interaction, sentences.NOT_YOURS)
        elif not await acknowledge_if_slow(interaction, self._chat.undo(conversation_id, interaction.channel_id or 0)):
            await say_privately(interaction, sentences.TOO_LATE)
        elif interaction.response.is_done():
            await interaction.edit_original_response(content=sentences.UNDONE, view=None)
        else:
            await interaction.response.edit_message(content=sentences.UNDONE, view=None)

    async def _follow(self, interaction: discord.Interaction, verb: Verb, pressed: CustomId) -> None:
        """Queue another attempt. The message must be one that the store knows: another database's may bear the same button."""
        record = await acknowledge_if_slow(interaction, self._chat.asked(pressed.subject))
        known = record.display.messages.live if record else ()
        if record is None or interaction.message is None or interaction.message.id not in known:
            await say_privately(interaction, sentences.NOTHING_TO_RETRY)
        elif interaction.user.id != record.question.author.id and not moderates(interaction):
            await say_privately(interaction, sentences.NOT_YOUR_QUESTION)
        elif not self._chat.follow(record, verb, pressed.sibling):
            await say_privately(interaction, sentences.NOTHING_TO_RETRY)
        elif not interaction.response.is_done():
            await interaction.response.defer()
