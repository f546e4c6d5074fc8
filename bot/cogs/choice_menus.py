"""The menus, suggestions and the window in which people choose a model or a persona."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import app_commands

from bot.chat.profiles import OWN, Profiles
from bot.cogs import texts

TAKE_BACK: Final = "-"
"""The value that takes a choice back. No name of a model or persona is like this."""
WRITE: Final = "+"
"""The value that opens the window in which a persona is written."""
_MOST: Final = 25
"""Options of a menu and suggestions for an option (Discord's documentation, "Select Menu Structure", "Autocomplete")."""
_LABEL: Final = 100
PERSONA_FIELD: Final = "text"
"""The custom id of the field in which a persona is written."""
MODEL_MENU: Final = "model"
PERSONA_MENU: Final = "persona"
"""The custom ids of the menus in the window of Regenerate."""
_LONGEST_TEXT: Final = 4_000
"""Characters that a text field of a window holds (Discord's documentation, "Text Input Structure")."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be chosen: the value that stands for it, its label, and words about it."""

    value: str
    label: str
    about: str = ""


def model_options(profiles: Profiles) -> list[Option]:
    """Return all models, and taking the choice back."""
    models = [Option(name, name, option.refs[0].name) for name, option in profiles.models.items()]
    return [*models, Option(TAKE_BACK, texts.TAKE_BACK)]


def persona_options(profiles: Profiles) -> list[Option]:
    """Return all personas, writing one, and taking the choice back."""
    personas = [Option(one.name, one.name, one.description) for one in profiles.personas.values()]
    return [*personas, Option(WRITE, texts.WRITE_ONE), Option(TAKE_BACK, texts.TAKE_BACK)]


def suggestions(options: Sequence[Option], typed: str) -> list[app_commands.Choice[str]]:
    """Return the options that hold what was typed, those that begin with it first, as many as Discord shows."""
    words = typed.strip().casefold()
    found = [one for one in options if words in one.label.casefold() or words in one.about.casefold()]
    found.sort(key=lambda one: not one.label.casefold().startswith(words))
    return [app_commands.Choice(name=_shown(one), value=one.value) for one in found[:_MOST]]


def menu(options: Sequence[Option], now: str, custom_id: str, placeholder: str) -> tuple[discord.ui.View, int]:
    """Return a view with a menu that marks the option `now`, and the number of options that found no room in it."""
    named = [one for one in options if one.value not in {TAKE_BACK, WRITE}]
    acts = [one for one in options if one.value in {TAKE_BACK, WRITE}]
    shown = _nearest(named, now, _MOST - len(acts))
    select = discord.ui.Select["discord.ui.View"](
        custom_id=custom_id, placeholder=placeholder, options=_entries([*shown, *acts], now)
    )
    view = discord.ui.View(timeout=None)
    view.add_item(select)
    view.stop()  # so that discord.py does not keep it in memory
    return view, len(named) - len(shown)


def persona_modal(custom_id: str, text: str) -> discord.ui.Modal:
    """Return the window in which a persona is written, with the text that there is."""
    modal = discord.ui.Modal(title=texts.PERSONA_TITLE, custom_id=custom_id, timeout=None)
    field = discord.ui.TextInput["discord.ui.Modal"](
        style=discord.TextStyle.paragraph, custom_id=PERSONA_FIELD, default=text or None, max_length=_LONGEST_TEXT
    )
    label = discord.ui.Label["discord.ui.Modal"](
        text=texts.PERSONA_LABEL, description=texts.PERSONA_HINT, component=field
    )
    modal.add_item(label)
    modal.stop()  # as above
    return modal


def regenerate_modal(
    custom_id: str, models: Sequence[Option], personas: Sequence[Option], now: Mapping[str, str]
) -> discord.ui.Modal:
    """Return the window in which a model and a persona are chosen for one more answer; those of `now` are marked.

    A menu with a single option is left out. `now` has the names by the custom ids of the menus.
    """
    modal = discord.ui.Modal(title=texts.REGENERATE, custom_id=custom_id, timeout=None)
    for menu_id, label, options in (
        (MODEL_MENU, texts.MODEL_MENU_LABEL, models),
        (PERSONA_MENU, texts.PERSONA_MENU_LABEL, personas),
    ):
        if len(options) > 1:
            shown = _entries(_nearest(options, now[menu_id], _MOST), now[menu_id])
            select = discord.ui.Select["discord.ui.Modal"](custom_id=menu_id, options=shown)
            modal.add_item(discord.ui.Label["discord.ui.Modal"](text=label, component=select))
    modal.stop()  # as above
    return modal


def values_in(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what a submitted window holds by custom id: of a field its text, of a menu its first value."""
    found: dict[str, str] = {}
    for outer in data.get("components", ()):
        fields: list[Mapping[str, Any]] = [outer.get("component") or {}, *outer.get("components", ())]
        for field in fields:
            value = field.get("value") or next(iter(field.get("values") or ()), "")
            found[str(field.get("custom_id", ""))] = str(value)
    return found


def _nearest(options: Sequence[Option], now: str, room: int) -> Sequence[Option]:
    """Return as many options as there is room for; the one of `now` is among them."""
    return sorted(options, key=lambda one: one.value != now)[:room] if len(options) > room else options


def _entries(options: Sequence[Option], now: str) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=one.label[:_LABEL],
            value=one.value,
            description=one.about[:_LABEL] or None,
            default=one.value == now or (one.value == WRITE and now == OWN),
        )
        for one in options
    ]


def _shown(option: Option) -> str:
    return (f"{option.label} – {option.about}" if option.about else option.label)[:_LABEL]
