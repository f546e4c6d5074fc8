"""The menus, suggestions and the window in which people choose a model or a persona."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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
    room = _MOST - len(acts)
    shown = sorted(named, key=lambda one: one.value != now)[:room] if len(named) > room else named
    select = discord.ui.Select["discord.ui.View"](
        custom_id=custom_id,
        placeholder=placeholder,
        options=[
            discord.SelectOption(
                label=one.label[:_LABEL],
                value=one.value,
                description=one.about[:_LABEL] or None,
                default=one.value == now or (one.value == WRITE and now == OWN),
            )
            for one in [*shown, *acts]
        ],
    )
    view = discord.ui.View(timeout=None)
    view.add_item(select)
    view.stop()  # so that discord.py does not keep it in memory
    return view, len(named) - len(shown)


def persona_modal(custom_id: str, text: str) -> discord.ui.Modal:
    """Return the window in which a persona is written, with the text that there is."""
    modal = discord.ui.Modal(title=texts.PERSONA_TITLE, custom_id=custom_id, timeout=None)
    field = discord.ui.TextInput["discord.ui.Modal"](
        style=discord.TextStyle.paragraph, custom_id="text", default=text or None, max_length=_LONGEST_TEXT
    )
    label = discord.ui.Label["discord.ui.Modal"](
        text=texts.PERSONA_LABEL, description=texts.PERSONA_HINT, component=field
    )
    modal.add_item(label)
    modal.stop()  # as above
    return modal


def _shown(option: Option) -> str:
    return (f"{option.label} – {option.about}" if option.about else option.label)[:_LABEL]
