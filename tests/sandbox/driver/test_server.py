"""Setting a guild up."""

import pytest

from bot.sandbox import Person, RefusedError, Sandbox, Server


def test_everybody_is_in_every_guild(box: Sandbox, home: Server, alice: Person) -> None:
    """Every person is a member of every guild."""
    club = box.discord.guild("Club")
    bob = box.discord.user("Bob")
    assert {alice.id, bob.id} <= set(club.guild.members) & set(home.guild.members)
    assert (club.name, home.name) == ("Club", "Home")


def test_the_bots_managed_role_comes_and_goes_with_it(box: Sandbox) -> None:
    """The bot's managed role exists while the bot is a member of the guild."""
    club = box.discord.guild("Club", with_bot=False)
    with pytest.raises(RefusedError, match="no member"):
        _ = club.bot_role
    box.discord.invites_bot(club)
    assert club.bot_role.name == "Parley"
    box.discord.removes_bot(club)
    with pytest.raises(RefusedError, match="no member"):
        _ = club.bot_role


def test_a_role_of_a_name_is_made_once(home: Server) -> None:
    """A second `role("mods")` is the same role."""
    assert home.role("mods") is home.role("mods")
