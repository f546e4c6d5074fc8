"""Slash commands from a person's keyboard."""

from typing import Any

import pytest

from bot.sandbox import Channel, Permission, Person, RefusedError, Sandbox, Server
from bot.sandbox.driver.commands import CommandLine

OPTIONS: list[dict[str, Any]] = [
    {"type": 3, "name": "format", "description": "x", "required": True, "choices": [{"name": "J", "value": "json"}]},
    {"type": 3, "name": "title", "description": "x", "min_length": 2, "max_length": 4},
    {"type": 4, "name": "count", "description": "x", "min_value": 1, "max_value": 5},
    {"type": 5, "name": "all", "description": "x"},
    {"type": 6, "name": "who", "description": "x"},
    {"type": 7, "name": "where", "description": "x"},
    {"type": 8, "name": "role", "description": "x"},
    {"type": 10, "name": "share", "description": "x"},
]


@pytest.fixture
def line(box: Sandbox, general: Channel, alice: Person) -> CommandLine:
    """A command line of Alice's, with `/export` and `/memory forget` registered."""
    box.discord.commands.upsert(None, {"name": "export", "description": "x", "options": OPTIONS})
    forget = {
        "type": 1,
        "name": "forget",
        "description": "x",
        "options": [{"type": 3, "name": "what", "description": "x"}],
    }
    box.discord.commands.upsert(None, {"name": "memory", "description": "x", "options": [forget]})
    return CommandLine(box.discord.world, alice.user, general)


def test_options_are_written_with_their_types(box: Sandbox, line: CommandLine) -> None:
    """The options of a command are sent with the types that discord.py expects (Discord's documentation, "Option Type")."""
    asked = line.asked(box.discord.commands, "export", {"format": "json", "count": 3, "all": True, "share": 0.5})
    values = {option["name"]: (option["type"], option["value"]) for option in asked["options"]}
    assert values == {"format": (3, "json"), "count": (4, 3), "all": (5, True), "share": (10, 0.5)}


def test_people_channels_and_roles_are_resolved(
    box: Sandbox, line: CommandLine, home: Server, general: Channel, alice: Person
) -> None:
    """People, channels and roles among the options are described in `resolved`.

    (Discord's documentation, Interactions, "Resolved Data Structure")
    """
    mods = home.role("mods")
    values: dict[str, object] = {"format": "json", "who": alice.user, "where": general, "role": mods}
    resolved = line.asked(box.discord.commands, "/export", values)["resolved"]
    assert set(resolved["users"]) == set(resolved["members"]) == {str(alice.id)}
    assert resolved["channels"][str(general.id)]["permissions"]
    assert set(resolved["roles"]) == {str(mods.id)}


def test_subcommands_are_nested(box: Sandbox, line: CommandLine) -> None:
    """The options of a subcommand are nested in an option of its name.

    (Discord's documentation, Application Commands, "Subcommands")
    """
    asked = line.asked(box.discord.commands, "memory forget", {"what": "all"})
    assert asked["options"] == [{"name": "forget", "type": 1, "options": [{"name": "what", "type": 3, "value": "all"}]}]


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("nothing", {}, "there is no command /nothing; registered are \\['export', 'memory'\\]"),
        ("export", {}, "needs \\['format'\\]"),
        ("export", {"format": "xml"}, "takes one of \\['json'\\]"),
        ("export", {"format": "json", "size": 1}, "has no option \\['size'\\]"),
        ("export", {"format": "json", "count": "3"}, "does not take '3'"),
        ("export", {"format": "json", "count": True}, "does not take True"),
        ("export", {"format": "json", "count": 6}, "out of its bounds"),
        ("export", {"format": "json", "title": "x"}, "out of its bounds"),
        ("export", {"format": "json", "who": "Alice"}, "does not take 'Alice'"),
        ("export now", {"format": "json"}, "no subcommand now"),
        ("memory", {}, "needs one of \\['forget'\\]"),
    ],
)
def test_what_a_client_would_not_send_is_refused(
    box: Sandbox, line: CommandLine, text: str, values: dict[str, object], message: str
) -> None:
    """A command that no client sends is refused with the reason.

    (Discord's documentation, Application Commands, "Option Structure")
    """
    with pytest.raises(RefusedError, match=message):
        line.asked(box.discord.commands, text, values)


def test_commands_are_for_those_who_may_use_them(box: Sandbox, home: Server, line: CommandLine, alice: Person) -> None:
    """A command needs its `default_member_permissions`, and the permission to use commands at all.

    (Discord's documentation, Application Commands)
    """
    needed = str(int(Permission.MANAGE_GUILD))
    box.discord.commands.upsert(None, {"name": "admin", "description": "x", "default_member_permissions": needed})
    with pytest.raises(RefusedError, match="may not use /admin"):
        line.asked(box.discord.commands, "admin", {})
    alice.joins(home, roles=[home.role("admins", Permission.MANAGE_GUILD)])
    assert line.asked(box.discord.commands, "admin", {})["name"] == "admin"
    home.permits(line.channel, deny={home.everyone: Permission.USE_APPLICATION_COMMANDS})
    with pytest.raises(RefusedError, match="application commands"):
        line.asked(box.discord.commands, "admin", {})


@pytest.mark.parametrize("limits", [{"contexts": [0]}, {"dm_permission": False}])
async def test_commands_are_where_they_belong(
    box: Sandbox, line: CommandLine, alice: Person, limits: dict[str, Any]
) -> None:
    """A command for guilds is refused in a direct message (Discord's documentation, Application Commands, "Contexts")."""
    box.discord.commands.upsert(None, {"name": "here", "description": "x"} | limits)
    assert line.asked(box.discord.commands, "here", {})
    private = CommandLine(box.discord.world, alice.user, await alice.dm())
    with pytest.raises(RefusedError, match="direct messages"):
        private.asked(box.discord.commands, "here", {})


def test_a_guilds_command_tells_its_guild(box: Sandbox, home: Server, line: CommandLine) -> None:
    """A guild's own command is sent with the guild's id, by which discord.py finds it (discord.py 2.7, app_commands/tree.py)."""
    box.discord.commands.upsert(home.id, {"name": "local", "description": "x"})
    assert line.asked(box.discord.commands, "local", {})["guild_id"] == str(home.id)


def test_two_people_are_both_resolved(box: Sandbox, line: CommandLine, alice: Person) -> None:
    """Two people in two options are both resolved (Discord's documentation, Interactions, "Resolved Data Structure")."""
    people = [{"type": kind, "name": name, "description": "x"} for kind, name in ((6, "from"), (9, "to"))]
    box.discord.commands.upsert(None, {"name": "move", "description": "x", "options": people})
    bob = box.discord.user("Bob")
    resolved = line.asked(box.discord.commands, "move", {"from": alice.user, "to": bob.user})["resolved"]
    assert set(resolved["users"]) == {str(alice.id), str(bob.id)}
    assert "deaf" not in resolved["members"][str(bob.id)]


def test_commands_for_nobody_are_for_administrators(
    box: Sandbox, home: Server, line: CommandLine, alice: Person
) -> None:
    """A command with `default_member_permissions` of "0" is for administrators.

    (Discord's documentation, Application Commands, "Using Default Permissions")
    """
    box.discord.commands.upsert(None, {"name": "admin", "description": "x", "default_member_permissions": "0"})
    with pytest.raises(RefusedError, match="may not use /admin"):
        line.asked(box.discord.commands, "admin", {})
    alice.joins(home, roles=[home.role("admins", Permission.ADMINISTRATOR)])
    assert line.asked(box.discord.commands, "admin", {})


async def test_age_restricted_commands_are_for_age_restricted_channels(
    box: Sandbox, line: CommandLine, general: Channel, alice: Person
) -> None:
    """An age-restricted command is allowed only in age-restricted channels and their threads.

    (Discord's documentation, Application Commands, "Age-Restricted Commands")
    """
    box.discord.commands.upsert(None, {"name": "adult", "description": "x", "nsfw": True})
    with pytest.raises(RefusedError, match="age-restricted"):
        line.asked(box.discord.commands, "adult", {})
    general.nsfw = True
    thread = await alice.opens_thread(general, "talk")
    assert CommandLine(box.discord.world, alice.user, thread).asked(box.discord.commands, "adult", {})


async def test_there_are_no_commands_in_archived_threads(
    box: Sandbox, line: CommandLine, general: Channel, alice: Person
) -> None:
    """A command is refused in an archived thread (Discord's documentation, Threads, "Active & Archived Threads")."""
    del line
    thread = await alice.opens_thread(general, "talk")
    box.discord.archives(thread)
    with pytest.raises(RefusedError, match="archived"):
        CommandLine(box.discord.world, alice.user, thread).asked(box.discord.commands, "export", {"format": "json"})
