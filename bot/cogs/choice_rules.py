"""The rules for choices of models and personas: what may be chosen, by whom, and for what."""

from collections.abc import Sequence

import discord

from bot.chat.choices import Level
from bot.chat.places import Place, PlaceKind
from bot.chat.profiles import Persona, Profile, Profiles
from bot.cogs import texts
from bot.cogs.choice_menus import Option, model_options
from bot.cogs.user_permissions import roles_of
from bot.config import AccessSettings


class ChoiceRefused(Exception):
    """A choice cannot be made. The text is the sentence for the person."""


def missing_permission(interaction: discord.Interaction, level: Level) -> str | None:
    """Return the permission that a person lacks to choose something at a level, as Discord's settings name it."""
    permissions = interaction.permissions
    if interaction.guild_id is None:
        return None
    if level is Level.GUILD:
        return None if permissions.manage_guild else "Manage Server"
    if level is Level.CATEGORY:
        return None if _manages_category(interaction) else "Manage Channels"
    if permissions.manage_channels or (isinstance(interaction.channel, discord.Thread) and permissions.manage_threads):
        return None
    return "Manage Channels"


def _manages_category(interaction: discord.Interaction) -> bool:
    channel = interaction.channel.parent if isinstance(interaction.channel, discord.Thread) else interaction.channel
    category = getattr(channel, "category", None)
    if not isinstance(category, discord.CategoryChannel) or not isinstance(interaction.user, discord.Member):
        return interaction.permissions.manage_guild
    return category.permissions_for(interaction.user).manage_channels


def roles_at_hand(interaction: discord.Interaction) -> frozenset[int] | None:
    """Return the ids of a person's roles; None where Discord does not tell them."""
    user = interaction.user
    return frozenset(role.id for role in user.roles) if isinstance(user, discord.Member) else None


def models_offered(interaction: discord.Interaction, profiles: Profiles, access: AccessSettings) -> list[Option]:
    """Return the models to suggest to a person, as far as Discord tells the person's roles, and taking a choice back."""
    held = roles_at_hand(interaction)
    return [
        one
        for one in model_options(profiles)
        if held is None or (named := access.models.get(one.value)) is None or named & held
    ]


async def demand_allowed(interaction: discord.Interaction, access: AccessSettings, model: str | None) -> None:
    """Raise ChoiceRefused if the person has none of the roles that may choose a model. Raises RolesUnknown."""
    roles = access.models.get(model or "")
    if roles is not None and not await roles_of(interaction, roles):
        raise ChoiceRefused(texts.NOT_YOUR_MODEL.format(model=model))


def named(name: str, known: Sequence[str]) -> str | None:
    """Return the known name that was meant: the very same one, else one that differs in case alone; None for none."""
    if name in known:
        return name
    return next((one for one in known if one.casefold() == name.casefold()), None)


def demand_room(profiles: Profiles, model: str, persona: Persona, place: Place) -> Profile:
    """Return the profile of a model and a persona in a place. Raises ChoiceRefused where the prompt leaves no room."""
    direct = place.kind is PlaceKind.DM
    profile = profiles.of(model, persona, direct=direct)
    if profile is None:
        needed, budget = profiles.needed(persona, direct=direct), profiles.models[model].budget
        raise ChoiceRefused(texts.NO_ROOM_FOR_PERSONA.format(model=model, needed=needed, budget=budget))
    return profile


def plain(name: str) -> str:
    """Return what somebody wrote as a name, short and without Markdown, for a line that only they see."""
    return discord.utils.escape_markdown(discord.utils.escape_mentions(" ".join(name.split())[:50]))
