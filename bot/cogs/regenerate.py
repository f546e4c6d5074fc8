"""Regenerate in the menu of a message: another attempt at a question, by another model or persona if there is a choice.

The window in which they are chosen is known by its custom id, so that a restart in between does no harm.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import discord
from discord.ext import commands

from bot.chat.appearance import Verb
from bot.chat.choosing import Choosing, Resolved
from bot.chat.profiles import Profile, Profiles
from bot.chat.service import ChatService, PressOutcome
from bot.chat.turns import Answer, Question, Record
from bot.cogs import texts
from bot.cogs.acknowledgement import acknowledge_if_slow
from bot.cogs.choice_menus import (
    MODEL_MENU,
    PERSONA_MENU,
    TAKE_BACK,
    WRITE,
    persona_options,
    regenerate_modal,
    values_in,
)
from bot.cogs.choice_rules import ChoiceRefused, demand_allowed, demand_room, models_offered
from bot.cogs.controls import Controls
from bot.cogs.private_replies import apologise, say_privately
from bot.cogs.user_permissions import admits
from bot.config import AccessSettings, Current
from bot.reply.nonce import base36

_WINDOW: Final = re.compile(r"parley:regenerate:1:(?P<key>[0-9a-z]{1,13}):(?P<sibling>[0-9a-z]{1,4})")
"""The custom id of the window: the key of the question and its newest attempt, in base 36."""


class Regenerate(commands.Cog):
    """Opens the window and takes what was chosen in it."""

    def __init__(
        self,
        chat: ChatService,
        access: Current[AccessSettings],
        controls: Controls,
        *,
        choosing: Choosing,
        profiles: Current[Profiles],
    ) -> None:
        self._chat = chat
        self._access = access
        self._controls = controls
        self._choosing = choosing
        self._profiles = profiles

    async def of_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Make another attempt at the question that a message of ours answers; later turns stay.

        With several models or personas a window opens before, unless the time for it is over.
        """
        record = await acknowledge_if_slow(interaction, self._chat.answered_by(message.id), private=True)
        attempt = await self._attempt(interaction, record)
        if record is None or attempt is None:
            return
        window = self._window(interaction, record.question, attempt)
        if window is None or interaction.response.is_done():
            await self._again(interaction, record, attempt, None)
        else:
            await interaction.response.send_modal(window)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take what somebody chose in the window."""
        data: Mapping[str, Any] = interaction.data or {}
        match = _WINDOW.fullmatch(str(data.get("custom_id", "")))
        if interaction.type is not discord.InteractionType.modal_submit or match is None:
            return
        try:
            if await admits(self._access, interaction):
                await self._submit(interaction, int(match["key"], 36), int(match["sibling"], 36), values_in(data))
            else:
                await say_privately(interaction, texts.NOT_HERE)
        except Exception as error:  # noqa: BLE001 -- discord.py would only log it
            await apologise(interaction, error)

    async def _submit(
        self, interaction: discord.Interaction, key: int, sibling: int, chosen: Mapping[str, str]
    ) -> None:
        record = await acknowledge_if_slow(interaction, self._chat.asked(key), private=True)
        attempt = await self._attempt(interaction, record)
        if record is None or attempt is None:
            return
        if attempt.sibling != sibling:
            await say_privately(interaction, texts.ANSWERED_MEANWHILE)
            return
        try:
            profile = await self._chosen(interaction, record.question, chosen)
        except ChoiceRefused as refused:
            await say_privately(interaction, str(refused))
            return
        await self._again(interaction, record, attempt, profile)

    async def _attempt(self, interaction: discord.Interaction, record: Record | None) -> Answer | None:
        """Return the newest attempt at a question; None, after a private line, if the person may not follow it here."""
        newest = record.newest if record is not None else None
        if record is None or newest is None or record.question.place.id != interaction.channel_id:
            await say_privately(interaction, texts.NOT_AN_ANSWER)
            return None
        refusal = self._controls.refusal(interaction, record)
        if refusal is None and not record.open:
            refusal = texts.NOT_QUEUED[PressOutcome.CLOSED]
        if refusal is not None:
            await say_privately(interaction, refusal)
            return None
        return newest

    async def _again(
        self, interaction: discord.Interaction, record: Record, attempt: Answer, profile: Profile | None
    ) -> None:
        if await self._controls.follow(interaction, record, Verb.REGENERATE, attempt.sibling, profile):
            await say_privately(interaction, texts.AGAIN)

    def _window(self, interaction: discord.Interaction, question: Question, attempt: Answer) -> discord.ui.Modal | None:
        """Return the window for a question; None where there is nothing to choose."""
        resolved = self._resolved(question)
        offered = models_offered(interaction, self._profiles.value, self._access.value)
        models = [one for one in offered if one.value != TAKE_BACK]
        personas = [one for one in persona_options(self._profiles.value) if one.value not in {TAKE_BACK, WRITE}]
        if len(models) <= 1 and len(personas) <= 1:
            return None
        custom_id = f"parley:regenerate:1:{base36(question.key)}:{base36(attempt.sibling)}"
        now = {MODEL_MENU: resolved.model.name, PERSONA_MENU: resolved.persona.name}
        return regenerate_modal(custom_id, models, personas, now)

    async def _chosen(
        self, interaction: discord.Interaction, question: Question, chosen: Mapping[str, str]
    ) -> Profile | None:
        """Return the profile that was chosen for a question; None for that of its place.

        Raises ChoiceRefused where it may not be chosen, and RolesUnknown.
        """
        resolved, profiles = self._resolved(question), self._profiles.value
        model, persona = chosen.get(MODEL_MENU, ""), chosen.get(PERSONA_MENU, "")
        other_model, other_persona = model not in {"", resolved.model.name}, persona not in {"", resolved.persona.name}
        if not other_model and not other_persona:
            return None
        if other_model and model not in profiles.models:
            raise ChoiceRefused(texts.GONE_MEANWHILE.format(name=model))
        if other_persona and persona not in profiles.personas:
            raise ChoiceRefused(texts.GONE_MEANWHILE.format(name=persona))
        who = profiles.personas[persona] if other_persona else self._choosing.persona_of(resolved.persona)
        named = model if other_model else who.model if other_persona else None
        await demand_allowed(interaction, self._access.value, named)
        return demand_room(profiles, named or resolved.model.name, who, question.place)

    def _resolved(self, question: Question) -> Resolved:
        return self._choosing.resolve(question.place, question.conversation_id)
