"""Presses of buttons: one router for all of them, which works for messages of any age and keeps none in memory."""

import re
from typing import Any, Final, Self

import discord
from discord.ext import commands

from bot.chat.appearance import Verb
from bot.chat.service import ChatService
from bot.cogs.guard import NOT_HERE, admits, apologise, in_time, say_privately
from bot.config import AccessSettings
from bot.gateway.client import ParleyClient
from bot.reply.controls import TEMPLATE, CustomId

UNDONE: Final = "The reset was taken back: the conversation goes on where it was."
NOT_YOURS: Final = "Only whoever reset the conversation, or a moderator, can take that back."
TOO_LATE: Final = (
    "There is nothing left to take back here: the conversation was reset again, or this was undone before."
)
NOT_YOUR_QUESTION: Final = "Only whoever asked, or a moderator, can have this answered again or go on."
NOTHING_TO_RETRY: Final = "There is nothing left to do here: this was answered, or is being answered now."
UNKNOWN: Final = "I do not know this button any more. Please ask again."


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
        controls = interaction.client.get_cog(Controls.__name__)
        if not isinstance(controls, Controls):
            return
        try:
            await controls.press(interaction, self._pressed)
        except Exception as error:  # noqa: BLE001 -- discord.py would swallow it
            await apologise(interaction, error)


class Controls(commands.Cog):
    """Does what a pressed button says."""

    def __init__(self, client: ParleyClient, chat: ChatService, access: AccessSettings) -> None:
        self._chat = chat
        self._access = access
        client.add_dynamic_items(ControlButton)

    async def press(self, interaction: discord.Interaction, pressed: CustomId) -> None:
        """Check the presser and act."""
        if not admits(self._access, interaction):
            await say_privately(interaction, NOT_HERE)
        elif pressed.verb == Verb.UNDO:
            await self._undo(interaction, pressed.subject)
        elif pressed.verb in {Verb.RETRY, Verb.CONTINUE}:
            await self._follow(interaction, Verb(pressed.verb), pressed)
        else:
            await say_privately(interaction, UNKNOWN)

    async def _undo(self, interaction: discord.Interaction, conversation_id: int) -> None:
        by = await self._chat.opened_by(conversation_id)
        if interaction.user.id != by and not _moderates(interaction):
            await say_privately(interaction, NOT_YOURS)
        elif not await in_time(interaction, self._chat.undo(conversation_id, interaction.channel_id or 0)):
            await say_privately(interaction, TOO_LATE)
        elif interaction.response.is_done():
            await interaction.edit_original_response(content=UNDONE, view=None)
        else:
            await interaction.response.edit_message(content=UNDONE, view=None)

    async def _follow(self, interaction: discord.Interaction, verb: Verb, pressed: CustomId) -> None:
        """Queue another attempt. The message must be one that the store knows: another database's may bear the same button."""
        record = await in_time(interaction, self._chat.asked(pressed.subject))
        known = record.display.messages.live if record else ()
        if record is None or interaction.message is None or interaction.message.id not in known:
            await say_privately(interaction, NOTHING_TO_RETRY)
        elif interaction.user.id != record.question.author.id and not _moderates(interaction):
            await say_privately(interaction, NOT_YOUR_QUESTION)
        elif not self._chat.follow(record, verb, pressed.sibling):
            await say_privately(interaction, NOTHING_TO_RETRY)
        elif not interaction.response.is_done():
            await interaction.response.defer()


def _moderates(interaction: discord.Interaction) -> bool:
    return interaction.permissions.manage_messages
