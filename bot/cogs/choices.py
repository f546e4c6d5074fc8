"""`/model` and `/persona`: people choose who answers in a place, by name, in a menu, or by writing a persona."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import ChoiceName, Level, Scope
from bot.chat.choosing import Choosing
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.conversations import Conversations
from bot.chat.profiles import OWN, Persona, Profiles
from bot.chat.turns import clean
from bot.chat.visible import is_blank
from bot.cogs import texts
from bot.cogs.acknowledgement import acknowledge_if_slow
from bot.cogs.choice_menus import (
    PERSONA_FIELD,
    TAKE_BACK,
    WRITE,
    menu,
    model_options,
    persona_modal,
    persona_options,
    suggestions,
    values_in,
)
from bot.cogs.choice_rules import (
    ChoiceRefused,
    demand_allowed,
    demand_room,
    missing_permission,
    models_offered,
    named,
    plain,
)
from bot.cogs.commands import Commands
from bot.cogs.private_replies import apologise, say_privately
from bot.config import DEFAULT, AccessSettings, Current
from bot.gateway.client import ParleyClient
from bot.intake.message import place_of

log = logging.getLogger(__name__)

Kind = Literal["model", "persona"]
Target = Literal["here", "conversation", "category", "server"]
_MENU: Final = re.compile(r"parley:choice:1:(?P<kind>model|persona):(?P<target>here|conversation|category|server)")
"""The custom id of a menu."""
_MODAL: Final = re.compile(r"parley:persona:1:(?P<target>here|conversation|category|server)")
"""The custom id of the window in which a persona is written."""
_NAMES: Final[Mapping[str, ChoiceName]] = {"model": ChoiceName.MODEL, "persona": ChoiceName.PERSONA}


@dataclass(frozen=True, slots=True)
class _Aim:
    """The scope that a choice is for, and the words for it."""

    scope: Scope
    scope_id: int
    where: str


class ChoiceMenu(discord.ui.DynamicItem["discord.ui.Select[discord.ui.View]"], template=_MENU):
    """A menu of models or personas. discord.py creates an instance for each choice in it."""

    def __init__(self, item: "discord.ui.Select[discord.ui.View]", kind: Kind, target: Target) -> None:
        super().__init__(item)
        self._kind: Kind = kind
        self._target: Target = target

    @classmethod
    async def from_custom_id(cls, _: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /) -> Self:
        """Return the menu in which something was chosen."""
        assert isinstance(item, discord.ui.Select)  # noqa: S101 -- the template matches ids of menus only
        return cls(item, match["kind"], match["target"])  # pyright: ignore[reportArgumentType] -- the template's words

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass the choice to the `Choices` cog. Report a failure to the person."""
        cog = interaction.client.get_cog(Choices.__cog_name__)
        if not isinstance(cog, Choices):
            return
        try:
            if await cog.interaction_check(interaction):
                await cog.choose(interaction, self._kind, self.item.values[0], self._target)
        except Exception as error:  # noqa: BLE001 -- discord.py would swallow it
            await apologise(interaction, error)


class Choices(Commands):
    """The commands `/model` and `/persona`, their menus, and the window in which a persona is written."""

    def __init__(
        self,
        access: Current[AccessSettings],
        client: ParleyClient,
        *,
        choosing: Choosing,
        profiles: Current[Profiles],
        conversations: Conversations,
    ) -> None:
        super().__init__(access)
        self._choosing = choosing
        self._profiles = profiles
        self._conversations = conversations
        client.add_dynamic_items(ChoiceMenu)

    @app_commands.command(description=texts.MODEL_DOES)
    @app_commands.describe(name=texts.MODEL_NAME, target=texts.CHOICE_FOR)
    @app_commands.rename(target="for")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def model(self, interaction: discord.Interaction, name: str | None = None, target: Target = "here") -> None:
        """Choose a model, or show the menu of them."""
        await self._command(interaction, "model", name, target)

    @app_commands.command(description=texts.PERSONA_DOES)
    @app_commands.describe(name=texts.PERSONA_NAME, target=texts.CHOICE_FOR)
    @app_commands.rename(target="for")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def persona(self, interaction: discord.Interaction, name: str | None = None, target: Target = "here") -> None:
        """Choose a persona, write one, or show the menu of them."""
        await self._command(interaction, "persona", name, target)

    @model.autocomplete("name")
    async def _models(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        if not await self.interaction_check(interaction):
            return []
        return suggestions(models_offered(interaction, self._profiles.value, self._access.value), current)

    @persona.autocomplete("name")
    async def _personas(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        if not await self.interaction_check(interaction):
            return []
        return suggestions(persona_options(self._profiles.value), current)

    async def _command(self, interaction: discord.Interaction, kind: Kind, name: str | None, target: Target) -> None:
        if name is not None:
            await self.choose(interaction, kind, name, target)
            return
        try:
            place, aim = await self._aim(interaction, target)
        except ChoiceRefused as refused:
            await say_privately(interaction, str(refused))
            return
        resolved = self._choosing.resolve(place, await self._conversations.open_in(place.id))
        is_model = kind == "model"
        now = resolved.model.name if is_model else resolved.persona.name
        options = (model_options if is_model else persona_options)(self._profiles.value)
        shown, more = menu(
            options, now, f"parley:choice:1:{kind}:{target}", texts.MODEL_MENU if is_model else texts.PERSONA_MENU
        )
        text = (texts.WHICH_MODEL if is_model else texts.WHICH_PERSONA).format(
            where=aim.where, now=texts.IS_WRITTEN if now == OWN else now
        )
        lines = [text, texts.MORE_TO_CHOOSE.format(number=more)] if more else [text]
        await interaction.response.send_message("\n".join(lines), view=shown, ephemeral=True)

    async def choose(self, interaction: discord.Interaction, kind: Kind, value: str, target: Target) -> None:
        """Make the choice that a person asks for, and say it in the channel; refuse it in a private line."""
        try:
            place, aim = await self._aim(interaction, target)
            if kind == "persona" and value == WRITE:
                await interaction.response.send_modal(persona_modal(f"parley:persona:1:{target}", self._written(aim)))
                return
            if value == TAKE_BACK:
                text = await acknowledge_if_slow(interaction, self._take_back(interaction, kind, place, aim))
            else:
                name = await self._allowed(interaction, kind, value, place, aim)
                text = await acknowledge_if_slow(interaction, self._store(interaction, _NAMES[kind], name, aim))
        except ChoiceRefused as refused:
            await say_privately(interaction, str(refused))
            return
        await _announce(interaction, text)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take a persona that somebody wrote. The window is known by its custom id, so that a restart in between does no harm."""
        data: Mapping[str, Any] = interaction.data or {}
        match = _MODAL.fullmatch(str(data.get("custom_id", "")))
        if interaction.type is not discord.InteractionType.modal_submit or match is None:
            return
        try:
            if await self.interaction_check(interaction):
                await self._take_text(interaction, values_in(data).get(PERSONA_FIELD, ""), match["target"])  # pyright: ignore[reportArgumentType] -- as above
        except Exception as error:  # noqa: BLE001 -- discord.py would only log it
            await apologise(interaction, error)

    async def _take_text(self, interaction: discord.Interaction[Any], text: str, target: Target) -> None:
        text = clean(text).strip()
        try:
            place, aim = await self._aim(interaction, target)
            _demand_text(text)
            demand_room(self._profiles.value, DEFAULT, Persona(OWN, text), place)
            said = await acknowledge_if_slow(interaction, self._store(interaction, ChoiceName.SYSTEM_PROMPT, text, aim))
        except ChoiceRefused as refused:
            await say_privately(interaction, str(refused))
            return
        await _announce(interaction, said)

    async def _store(self, interaction: discord.Interaction, name: ChoiceName, value: str, aim: _Aim) -> str:
        """Store a choice and return the line that says it. Raises StoreError."""
        await self._choosing.choose(aim.scope, aim.scope_id, name, value, interaction.user.id)
        text = {
            ChoiceName.MODEL: texts.MODEL_CHOSEN,
            ChoiceName.PERSONA: texts.PERSONA_CHOSEN,
            ChoiceName.SYSTEM_PROMPT: texts.PERSONA_WRITTEN,
        }[name]
        return text.format(person=interaction.user.mention, name=value, where=aim.where)

    async def _take_back(self, interaction: discord.Interaction, kind: Kind, place: Place, aim: _Aim) -> str:
        """Take a choice back and return the line that says it. Raises StoreError, and ChoiceRefused without a choice."""
        if not await self._choosing.take_back(aim.scope, aim.scope_id, _NAMES[kind]):
            raise ChoiceRefused(texts.NOTHING_CHOSEN.format(where=aim.where))
        resolved = self._choosing.resolve(place, await self._conversations.open_in(place.id))
        holding = resolved.model if kind == "model" else resolved.persona
        text = texts.MODEL_TAKEN_BACK if kind == "model" else texts.PERSONA_TAKEN_BACK
        name = texts.IS_WRITTEN if holding.name == OWN else holding.name
        return text.format(person=interaction.user.mention, where=aim.where, name=name)

    async def _aim(self, interaction: discord.Interaction, target: Target) -> tuple[Place, _Aim]:
        """Return the place and what the choice is for. Raises ChoiceRefused where the person may not, and StoreError."""
        assert interaction.channel is not None  # noqa: S101 -- Discord names the channel of every command and press
        place = place_of(interaction.channel, interaction.guild_id)
        thread = place.kind is PlaceKind.THREAD
        level, scope, scope_id = Level.THREAD if thread else Level.CHANNEL, Scope.PLACE, place.id
        if target == "conversation":
            found = await self._conversations.open_in(place.id)
            if found is None:
                raise ChoiceRefused(texts.NO_CONVERSATION)
            level, scope, scope_id = Level.CONVERSATION, Scope.CONVERSATION, found
        elif target != "here" and place.guild_id is None:
            raise ChoiceRefused(texts.NO_SERVER)
        elif target == "category":
            category_id = self._choosing.category_of(place)
            if category_id is None:
                raise ChoiceRefused(texts.NO_CATEGORY)
            level, scope, scope_id = Level.CATEGORY, Scope.CATEGORY, category_id
        elif target == "server":
            level, scope, scope_id = Level.GUILD, Scope.GUILD, place.guild_id or 0
        where = texts.WHERE_DM if place.guild_id is None and scope is Scope.PLACE else texts.WHERE[level]
        if (permission := missing_permission(interaction, level)) is not None:
            raise ChoiceRefused(texts.NOT_A_CHOOSER.format(permission=permission, where=where))
        return place, _Aim(scope, scope_id, where)

    async def _allowed(self, interaction: discord.Interaction, kind: Kind, name: str, place: Place, aim: _Aim) -> str:
        """Return the name of a model or persona as it is configured. Raises ChoiceRefused where it may not be chosen."""
        profiles = self._profiles.value
        known = list(profiles.models if kind == "model" else profiles.personas)
        found = named(name.strip(), known)
        if found is None:
            text = texts.NO_SUCH_MODEL if kind == "model" else texts.NO_SUCH_PERSONA
            listed = ", ".join(f"“{one}”" for one in known[:10]) + ", …" * (len(known) > 10)
            raise ChoiceRefused(text.format(name=plain(name), known=listed))
        resolved = self._choosing.resolve(place, aim.scope_id if aim.scope is Scope.CONVERSATION else None)
        persona = profiles.personas[found] if kind == "persona" else self._choosing.persona_of(resolved.persona)
        chosen = found if kind == "model" else persona.model
        await demand_allowed(interaction, self._access.value, chosen)
        demand_room(profiles, chosen or resolved.model.name, persona, place)
        return found

    def _written(self, aim: _Aim) -> str:
        """Return the persona that was written for a scope; an empty text for none."""
        return self._choosing.value_of(aim.scope, aim.scope_id, ChoiceName.SYSTEM_PROMPT)


def _demand_text(text: str) -> None:
    if is_blank(text):
        raise ChoiceRefused(texts.NOTHING_WRITTEN)


async def _announce(interaction: discord.Interaction, text: str) -> None:
    """Say in the channel what was chosen. The menu that led to it, which only its user sees, makes room for a word."""
    nobody = discord.AllowedMentions.none()
    if interaction.message is not None:
        if interaction.response.is_done():
            await interaction.edit_original_response(content=texts.CHOICE_MADE, view=None)
        else:
            await interaction.response.edit_message(content=texts.CHOICE_MADE, view=None)
        await interaction.followup.send(text, allowed_mentions=nobody)
    elif interaction.response.is_done():
        await interaction.followup.send(text, allowed_mentions=nobody)
    else:
        await interaction.response.send_message(text, allowed_mentions=nobody)
