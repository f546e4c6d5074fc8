"""Handles presses of buttons: one router for all buttons, which works on messages of any age without keeping views in memory."""

import asyncio
import re
from typing import Any, Final, Self

import discord
from discord.ext import commands

from bot.chat.appearance import Verb
from bot.chat.ports.questions import Press
from bot.chat.profiles import Profile
from bot.chat.service import ChatService, PressOutcome
from bot.chat.turns import Record
from bot.cogs import texts
from bot.cogs.acknowledgement import acknowledge, acknowledge_if_slow
from bot.cogs.private_replies import apologise, say_privately
from bot.cogs.user_permissions import admits, moderates
from bot.config import AccessSettings, Current
from bot.gateway.bot_permissions import obstacle
from bot.gateway.client import ParleyClient
from bot.gateway.clock import DiscordClock
from bot.gateway.texts import mute
from bot.reply.controls import TEMPLATE, CustomId

_LOOKS_SECONDS: Final = (0.0, 0.05, 0.2, 0.5)
"""Pauses before each look for the message of a press."""
_SHOWN_WITHIN_SECONDS: Final = 2.0
"""How long a pick may take to be shown before the presser is told that it counts already."""


class ControlButton(discord.ui.DynamicItem["discord.ui.Button[discord.ui.View]"], template=TEMPLATE):
    """Any of our buttons. discord.py creates an instance for each press."""

    def __init__(self, item: "discord.ui.Button[discord.ui.View]", pressed: CustomId) -> None:
        super().__init__(item)
        self._pressed = pressed

    @classmethod
    async def from_custom_id(cls, _: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /) -> Self:
        """Return the pressed button."""
        assert isinstance(item, discord.ui.Button)  # noqa: S101 -- TEMPLATE matches ids of buttons only
        return cls(item, CustomId.parse(match))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass the press to the `Controls` cog. Report a failure to the presser."""
        controls = interaction.client.get_cog(Controls.__cog_name__)
        if not isinstance(controls, Controls):
            return
        try:
            await controls.press(interaction, self._pressed)
        except Exception as error:  # noqa: BLE001 -- discord.py would swallow it
            await apologise(interaction, error)


class Controls(commands.Cog):
    """Carries out the actions of pressed buttons."""

    def __init__(
        self, client: ParleyClient, chat: ChatService, access: Current[AccessSettings], clock: DiscordClock
    ) -> None:
        self._chat = chat
        self._access = access
        self._clock = clock
        client.add_dynamic_items(ControlButton)

    async def press(self, interaction: discord.Interaction, pressed: CustomId) -> None:
        """Check the presser's rights and carry out the button's action. Tell the presser when it is refused."""
        if not await admits(self._access, interaction):
            await say_privately(interaction, texts.NOT_HERE)
        elif pressed.verb == Verb.UNDO:
            await self._undo(interaction, pressed.subject)
        elif pressed.verb in {Verb.RETRY, Verb.CONTINUE, Verb.REGENERATE, Verb.STOP, Verb.PICK}:
            await self._act_on_answer(interaction, Verb(pressed.verb), pressed)
        else:
            await say_privately(interaction, texts.UNKNOWN)

    async def _undo(self, interaction: discord.Interaction, conversation_id: int) -> None:
        by = await self._chat.opened_by(conversation_id)
        if interaction.user.id != by and not moderates(interaction):
            await say_privately(interaction, texts.NOT_YOURS)
        elif not await acknowledge_if_slow(
            interaction, self._chat.counts(press_of(interaction, interaction.channel_id or 0))
        ):
            await say_privately(interaction, texts.NOT_QUEUED[PressOutcome.LIMIT])
        elif not await acknowledge_if_slow(interaction, self._chat.undo(conversation_id, interaction.channel_id or 0)):
            await say_privately(interaction, texts.TOO_LATE)
        elif interaction.response.is_done():
            await interaction.edit_original_response(content=texts.UNDONE, view=None)
        else:
            await interaction.response.edit_message(content=texts.UNDONE, view=None)

    async def _act_on_answer(self, interaction: discord.Interaction, verb: Verb, pressed: CustomId) -> None:
        """Carry out a press, if the store knows the message: a message of another database may have an identical button."""
        record = await acknowledge_if_slow(interaction, self._pressed_on(interaction, pressed.subject))
        if record is None:
            await say_privately(interaction, texts.NOTHING_TO_RETRY)
        elif (refusal := self.refusal(interaction, record)) is not None:
            await say_privately(interaction, refusal)
        elif verb is Verb.STOP:
            await self._stop(interaction, record)
        elif verb is Verb.PICK:
            await self._pick(interaction, record, pressed.sibling)
        else:
            await self.follow(interaction, record, verb, pressed.sibling)

    async def _pressed_on(self, interaction: discord.Interaction, key: int) -> Record | None:
        """Return the question whose answer's message was pressed on; None where the store knows no such message.

        A message that was just sent is recorded a moment after Discord shows it, so there is more than one look.
        """
        for pause in _LOOKS_SECONDS:
            await asyncio.sleep(pause)
            record = await self._chat.asked(key)
            if record is None or interaction.message is None or record.question.place.id != interaction.channel_id:
                return None
            if interaction.message.id in record.display.messages.live:
                return record
        return None

    def refusal(self, interaction: discord.Interaction, record: Record) -> str | None:
        """Return why a person may not act on an answer now: it is another one's, or the bot may not write there."""
        if interaction.user.id != record.question.author.id and not moderates(interaction):
            return texts.NOT_YOUR_QUESTION
        return self.hindrance(interaction)

    def hindrance(self, interaction: discord.Interaction) -> str | None:
        """Return why the bot may not write in the place of an interaction now; None if it may."""
        hindered = obstacle(interaction.channel, self._clock.moment())
        return None if hindered is None else mute(interaction.channel_id or 0, hindered)

    async def _stop(self, interaction: discord.Interaction, record: Record) -> None:
        if self._chat.stop(record.question):
            await acknowledge(interaction)
        else:
            await say_privately(interaction, texts.NOTHING_TO_STOP)

    async def _pick(self, interaction: discord.Interaction, record: Record, sibling: int) -> None:
        press = press_of(interaction, record.question.place.id)
        if not await acknowledge_if_slow(interaction, self._chat.pick(record, sibling, press)):
            await say_privately(interaction, texts.NOTHING_TO_PICK)
            return
        await acknowledge(interaction)
        if not await self._chat.shows(record.question, _SHOWN_WITHIN_SECONDS):
            await say_privately(interaction, texts.SHOWN_SOON)

    async def follow(
        self,
        interaction: discord.Interaction,
        record: Record,
        verb: Verb,
        sibling: int,
        profile: Profile | None = None,
    ) -> bool:
        """Queue another attempt after attempt `sibling`, by a `profile` instead of the place's if one is given.

        Return whether that was done. Tell the presser when it was not.
        """
        press = press_of(interaction, record.question.place.id)
        outcome = await acknowledge_if_slow(interaction, self._chat.press(record, verb, sibling, press, profile))
        if outcome is not PressOutcome.QUEUED:
            await say_privately(interaction, texts.NOT_QUEUED[outcome])
            return False
        if interaction.type is discord.InteractionType.component:
            await acknowledge(interaction)
        return True


def press_of(interaction: discord.Interaction, place_id: int) -> Press:
    """Return the press that an interaction is."""
    return Press(interaction.id, place_id, interaction.user.id, int(interaction.created_at.timestamp() * 1000))
