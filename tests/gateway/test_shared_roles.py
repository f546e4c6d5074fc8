"""Roles of people in the servers that they share with the bot."""

import pytest

from bot.chat.ports.roles import RolesUnknown
from bot.gateway.shared_roles import SharedRoles
from tests.gateway.conftest import Town
from tests.gateway.test_reconnect import Clock

MEMBER = "/guilds/{guild_id}/members/{user_id}"


def look_ups(town: Town) -> int:
    """How often a member was asked for."""
    return sum(call.template == MEMBER for call in town.box.discord.calls)


async def test_roles_are_looked_up_once_in_ten_minutes(town: Town) -> None:
    """The roles among those asked for are found in servers that have them, and kept for ten minutes."""
    muted, other = town.home.role("muted"), town.home.role("other")
    town.alice.joins(town.home, roles=[muted, other])
    town.box.discord.guild("Elsewhere")
    clock = Clock()
    roles = SharedRoles(town.client, clock)
    async with town.online():
        await town.box.bot.connected()
        await town.hears("hello")
        assert await roles.of(town.alice.id, {muted.id}) == {muted.id}
        town.alice.joins(town.home, roles=[])
        assert await roles.of(town.alice.id, {muted.id}) == {muted.id}
        assert look_ups(town) == 1
        clock.seconds += 600
        assert await roles.of(town.alice.id, {muted.id}) == set()
        assert await roles.of(town.alice.id, {muted.id, other.id}) == set()
        assert look_ups(town) == 3
        assert await roles.of_member(town.alice.id, town.home.id) == {town.home.id}


async def test_a_stranger_has_no_roles(town: Town) -> None:
    """Somebody who is in no server of the bot's has no roles."""
    muted = town.home.role("muted")
    async with town.online():
        await town.box.bot.connected()
        await town.hears("hello")
        assert await SharedRoles(town.client).of(1, {muted.id}) == set()


async def test_roles_that_cannot_be_looked_up_are_unknown(town: Town) -> None:
    """Where Discord refuses a look-up, the roles are unknown; nothing of it is kept."""
    muted = town.home.role("muted")
    roles = SharedRoles(town.client)
    async with town.online():
        await town.box.bot.connected()
        await town.hears("hello")
        town.box.discord.fails("GET", MEMBER, 403, code=50001, times=2)
        with pytest.raises(RolesUnknown):
            await roles.of(town.alice.id, {muted.id})
        with pytest.raises(RolesUnknown):
            await roles.of_member(town.alice.id, town.home.id)
        assert await roles.of(town.alice.id, {muted.id}) == set()


async def test_a_server_in_an_outage_may_hold_a_role(town: Town) -> None:
    """A role that no server is known to hold is looked for in servers in an outage, where its members cannot be read."""
    async with town.online():
        await town.box.bot.connected()
        await town.hears("hello")
        elsewhere = town.box.discord.guild("Elsewhere")
        town.box.discord.takes_down(elsewhere)
        await town.hears("again")
        with pytest.raises(RolesUnknown):
            await SharedRoles(town.client).of(town.alice.id, {12345})
