"""Tests of registered commands. Source: Discord's documentation, "Application Command Object"."""

from typing import Any

import pytest

from bot.sandbox.clock import Clock
from bot.sandbox.discord.forms.commands import size
from bot.sandbox.discord.forms.reading import BAD_OBJECT
from bot.sandbox.discord.rest.rules.commands import Commands
from bot.sandbox.discord.world.errors import ApiError, InvalidFormError
from bot.sandbox.snowflakes import Snowflakes


@pytest.fixture
def commands() -> Commands:
    """A registry without commands."""
    clock = Clock()
    return Commands(1, Snowflakes(clock), clock)


def command(**changed: object) -> dict[str, Any]:
    """Return a valid command, changed."""
    return {"name": "reset", "description": "Start over"} | changed


def option(name: str, **changed: object) -> dict[str, Any]:
    """Return a valid option, changed."""
    return {"type": 3, "name": name, "description": "what it is"} | changed


def test_a_command_keeps_its_id_when_it_is_synced_again(commands: Commands) -> None:
    """A command that is registered again keeps its id (Discord's documentation, "Updating and Deleting")."""
    (before,) = commands.overwrite(None, [command()])
    (after,) = commands.overwrite(None, [command(description="Start all over")])
    assert (after["id"], after["description"]) == (before["id"], "Start all over")
    assert after["version"] != before["version"]
    assert commands.upsert(None, command())[0]["id"] == before["id"]


def test_what_is_not_in_a_bulk_overwrite_is_gone(commands: Commands) -> None:
    """A bulk overwrite removes the commands that it does not name.

    (Discord's documentation, "Bulk Overwrite Global Commands")
    """
    commands.overwrite(None, [command(), command(name="export")])
    commands.overwrite(None, [command(name="export")])
    assert [one["name"] for one in commands.listed(None)] == ["export"]


def test_a_guilds_command_hides_the_global_one(commands: Commands) -> None:
    """A guild's command comes before the global one of its name.

    (Discord's documentation, Application Commands, "Registering a Command")
    """
    commands.upsert(None, command())
    own, _ = commands.upsert(7, command())
    assert commands.find("reset", 7) == own
    assert commands.find("reset", 8) != own
    assert commands.find("nothing", 7) is None


def choice(value: object, name: str = "x") -> dict[str, Any]:
    """Return a choice of an option."""
    return {"name": name, "value": value}


LONG = [choice("y" * 100, name) for name in "xyz"]


TAKEN = "SET_TYPE_ALREADY_CONTAINS_VALUE"
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"name": ""}, "name", "BASE_TYPE_BAD_LENGTH"),
    ({"name": "Reset"}, "name", "APPLICATION_COMMAND_INVALID_NAME"),
    ({"name": "two words"}, "name", "APPLICATION_COMMAND_INVALID_NAME"),
    ({"name": "x" * 33}, "name", "BASE_TYPE_BAD_LENGTH"),
    ({"name_localizations": {"de": "Groß"}}, "name_localizations.de", "APPLICATION_COMMAND_INVALID_NAME"),
    ({"name_localizations": {"xx": "x"}}, "name_localizations.xx", "BASE_TYPE_CHOICES"),
    ({"name_localizations": ["x"]}, "name_localizations", BAD_OBJECT[0]),
    ({"name": "foo\n"}, "name", "APPLICATION_COMMAND_INVALID_NAME"),
    ({"description": ""}, "description", "BASE_TYPE_BAD_LENGTH"),
    ({"description": "x" * 101}, "description", "BASE_TYPE_BAD_LENGTH"),
    ({"description_localizations": {"de": ""}}, "description_localizations.de", "BASE_TYPE_BAD_LENGTH"),
    ({"type": 4}, "type", "BASE_TYPE_CHOICES"),
    ({"default_member_permissions": "many"}, "default_member_permissions", "NUMBER_TYPE_COERCE"),
    ({"nsfw": "q"}, "nsfw", "BOOLEAN_TYPE_CONVERT"),
    ({"contexts": "x"}, "contexts", "LIST_TYPE_CONVERT"),
    ({"contexts": []}, "contexts", "BASE_TYPE_BAD_LENGTH"),
    ({"contexts": [0, 0]}, "contexts.1", "SET_TYPE_ALREADY_CONTAINS_VALUE"),
    ({"integration_types": [2]}, "integration_types.0", "BASE_TYPE_CHOICES"),
    ({"options": [option("Bad")]}, "options.0.name", "APPLICATION_COMMAND_INVALID_NAME"),
    ({"options": [option(f"o{number}") for number in range(26)]}, "options", "BASE_TYPE_BAD_LENGTH"),
    ({"options": [option("a", type=12)]}, "options.0.type", "BASE_TYPE_CHOICES"),
    ({"options": [option("a"), option("a")]}, "options.1.name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"),
    (
        {"options": [option("a"), option("b", required=True)]},
        "options.1",
        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
    ),
    ({"options": [option("a"), option("s", type=1)]}, "options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
    (
        {"options": [option("s", type=1, options=[option("Bad")])]},
        "options.0.options.0.name",
        "APPLICATION_COMMAND_INVALID_NAME",
    ),
    (
        {"options": [option("s", type=1, options=[option("s", type=1)])]},
        "options.0.options.0.type",
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    ),
    (
        {"options": [option("g", type=2, options=[option("g", type=2)])]},
        "options.0.options.0.type",
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    ),
    (
        {"options": [option("g", type=2, options=[option("o")])]},
        "options.0.options.0.type",
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    ),
    ({"options": [option("a", required="q")]}, "options.0.required", "BOOLEAN_TYPE_CONVERT"),
    ({"options": [option("a", type=4, min_value=9, max_value=1)]}, "options.0.min_value", "NUMBER_TYPE_MAX"),
    ({"options": [option("a", min_length=9, max_length=1)]}, "options.0.min_length", "NUMBER_TYPE_MAX"),
    ({"options": [option("a", type=7, channel_types=["x"])]}, "options.0.channel_types.0", "BASE_TYPE_CHOICES"),
    ({"options": [option("a", choices=[choice("x"), choice("x")])]}, "options.0.choices.1.name", TAKEN),
    (
        {"options": [option("a", choices=[choice("x", f"x{n}") for n in range(26)])]},
        "options.0.choices",
        "BASE_TYPE_BAD_LENGTH",
    ),
    ({"options": [option("a", choices=[choice(1)])]}, "options.0.choices.0.value", "BASE_TYPE_BAD_STRING"),
    ({"options": [option("a", type=4, choices=[choice("1")])]}, "options.0.choices.0.value", "NUMBER_TYPE_COERCE"),
    (
        {"options": [option("a", choices=[choice("x")], autocomplete=True)]},
        "options.0.autocomplete",
        "BASE_TYPE_CHOICES",
    ),
    ({"options": [option("a", min_length=6001)]}, "options.0.min_length", "NUMBER_TYPE_MAX"),
    ({"options": [option("a", max_length=0)]}, "options.0.max_length", "NUMBER_TYPE_MIN"),
    ({"options": [option("a", type=4, min_value=0.5)]}, "options.0.min_value", "NUMBER_TYPE_COERCE"),
]


@pytest.mark.parametrize(("changed", "path", "code"), WRONG)
def test_invalid_commands_are_refused(commands: Commands, changed: dict[str, Any], path: str, code: str) -> None:
    """A wrong command is refused under the path of its field (Discord's documentation, Application Commands)."""
    with pytest.raises(InvalidFormError) as caught:
        commands.overwrite(None, [command(**changed)])
    assert {where: why for where, (why, _) in caught.value.errors.items()} == {f"0.{path}": code}
    with pytest.raises(InvalidFormError):
        commands.upsert(None, command(**changed))


@pytest.mark.parametrize("name", ["reset", "zurück-setzen", "l'oubli", "重置", "हिन्दी", "ลืม"])
def test_names_are_of_every_script(commands: Commands, name: str) -> None:
    """A command's name may be in any script.

    (Discord's documentation, Application Commands, "Application Command Naming")
    """
    assert commands.upsert(None, command(name=name))[0]["name"] == name


def test_a_command_has_eight_thousand_characters(commands: Commands) -> None:
    """A command of more than 8000 characters is refused; the longest translation of a text counts.

    (Discord's documentation, Application Commands, "Slash Commands"; the code as reported)
    """
    options = [option(f"o{number:02}", description="x" * 100, choices=LONG) for number in range(25)]
    commands.upsert(None, command(options=options[:18]))
    with pytest.raises(InvalidFormError) as caught:
        commands.upsert(None, command(options=options))
    assert caught.value.body["errors"]["_errors"][0]["code"] == "APPLICATION_COMMAND_TOO_LARGE"
    translated = option("t", description_localizations={"de": "x" * 100, "fr": "x"})
    assert size(command(name="", description="", options=[translated])) == 101


def test_names_are_unique_in_a_bulk_overwrite(commands: Commands) -> None:
    """A bulk overwrite with two commands of one type and name is refused.

    (Discord's documentation, Application Commands, "Registering a Command"; the code as reported)
    """
    with pytest.raises(InvalidFormError) as caught:
        commands.overwrite(None, [command(), command()])
    assert caught.value.errors == {
        "1": ("APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
    }
    assert len(commands.overwrite(None, [command(), {"name": "reset", "type": 2}])) == 2


def test_a_command_that_did_not_change_keeps_its_version(commands: Commands) -> None:
    """A command's version changes with the command, and only then.

    (Discord's documentation, "Application Command Structure", `version`)
    """
    (before,) = commands.overwrite(None, [command()])
    (same,) = commands.overwrite(None, [command(type=1, nsfw=False)])
    assert same == before
    edited = commands.edit(None, int(before["id"]), {"nsfw": True})
    assert (edited["version"] != before["version"], edited["nsfw"]) == (True, True)


def test_an_edit_changes_what_it_names(commands: Commands) -> None:
    """An edit changes the fields that it names; a name that another command has is refused.

    (Discord's documentation, "Edit Global Application Command")
    """
    one, _ = commands.upsert(None, command())
    commands.upsert(None, command(name="export"))
    edited = commands.edit(None, int(one["id"]), {"description": "Anew"})
    assert (edited["name"], edited["description"], edited["id"]) == ("reset", "Anew", one["id"])
    with pytest.raises(ApiError, match="40041"):
        commands.edit(None, int(one["id"]), {"name": "export"})
    with pytest.raises(InvalidFormError):
        commands.edit(None, int(one["id"]), {"name": "Bad"})


def test_a_day_has_so_many_creates(commands: Commands) -> None:
    """More new commands in a day than the quota are refused with 30034.

    (Discord's documentation, "Registering a Command")
    """
    commands.daily_creates = 2
    commands.overwrite(None, [command(), command(name="export")])
    commands.overwrite(None, [command(description="changed"), command(name="export")])
    with pytest.raises(ApiError, match="30034"):
        commands.overwrite(None, [command(name="third")])
    commands.upsert(7, command())
    commands.clock.moves(seconds=24 * 3600)
    assert commands.upsert(None, command(name="third"))[1]


def test_context_menus_have_names_for_people(commands: Commands) -> None:
    """A context menu takes a name with spaces, and neither description nor options.

    (Discord's documentation, Application Commands, "Message Commands")
    """
    menu, _ = commands.upsert(None, {"name": "Explain This", "type": 3, "description": ""})
    assert (menu["name"], menu["description"]) == ("Explain This", "")
    with pytest.raises(InvalidFormError) as caught:
        commands.upsert(None, {"name": " ", "type": 3, "description": "x", "options": [option("a")]})
    assert {path: code for path, (code, _) in caught.value.errors.items()} == {
        "name": "APPLICATION_COMMAND_INVALID_NAME",
        "description": "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
        "options": "BASE_TYPE_BAD_LENGTH",
    }


@pytest.mark.parametrize(("kind", "most"), [(1, 100), (2, 15), (3, 15)])
def test_there_are_so_many_of_each_type(commands: Commands, kind: int, most: int) -> None:
    """More commands of a type than Discord allows are refused.

    (Discord's documentation, Application Commands, "Registering a Command"; 30032)
    """

    def some(count: int) -> list[dict[str, Any]]:
        plain = [{"name": f"c{number}", "type": kind} for number in range(count)]
        return [one | {"description": "x"} if kind == 1 else one for one in plain]

    commands.daily_creates = 1000
    commands.overwrite(7, some(most))
    with pytest.raises(ApiError, match="30032") as caught:
        commands.overwrite(None, some(most + 1))
    assert caught.value.status == 400
    with pytest.raises(ApiError, match="30032"):
        commands.upsert(7, some(1)[0] | {"name": "one-more"})
