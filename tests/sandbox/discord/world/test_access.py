"""Tests of permissions in guilds, channels and threads.

Source: Discord's documentation, Permissions, "Permission Overwrites".
"""

import discord
import pytest

from bot.sandbox import Channel, Permission, Person, Sandbox, Server
from bot.sandbox.discord.world.access import permissions_in
from bot.sandbox.discord.world.permissions import ALL
from tests.sandbox.clients import RecordingClient

SEND = Permission.SEND_MESSAGES


def may_send(channel: Channel, person: Person) -> bool:
    """Tell whether a person may post in a channel."""
    return bool(permissions_in(channel, person.user) & SEND)


def test_a_role_gives_back_what_everyone_was_denied(home: Server, alice: Person) -> None:
    """A role's grant overrides the denial for everyone (Discord's documentation, "Permission Overwrites", 3 to 6)."""
    writers = home.role("writers")
    channel = home.channel("news", deny={home.everyone: SEND}, allow={writers: SEND})
    assert not may_send(channel, alice)
    alice.joins(home, roles=[writers])
    assert may_send(channel, alice)


def test_of_two_roles_the_one_that_allows_wins(home: Server, alice: Person) -> None:
    """A grant by one role overrides a denial by another (Discord's documentation, "Permission Overwrites", 5 and 6)."""
    muted, trusted = home.role("muted"), home.role("trusted")
    alice.joins(home, roles=[trusted, muted])
    channel = home.channel("mixed", deny={muted: SEND}, allow={trusted: SEND})
    assert may_send(channel, alice)


def test_a_members_own_overwrite_has_the_last_word(home: Server, alice: Person) -> None:
    """A member's own denial overrides the grant of a role (Discord's documentation, "Permission Overwrites", 7 and 8)."""
    writers = home.role("writers")
    alice.joins(home, roles=[writers])
    channel = home.channel("news", deny={alice.user: SEND}, allow={writers: SEND})
    assert not may_send(channel, alice)


def test_administrators_and_owners_pass_every_overwrite(home: Server, alice: Person, box: Sandbox) -> None:
    """Administrators and the owner keep all permissions whatever the overwrites.

    (Discord's documentation, "Permission Overwrites", `compute_overwrites`)
    """
    alice.joins(home, roles=[home.role("admins", Permission.ADMINISTRATOR)])
    channel = home.channel("locked", deny={home.everyone: ALL, alice.user: ALL})
    assert permissions_in(channel, alice.user) == ALL
    assert permissions_in(channel, box.discord.application.owner) == ALL


def test_without_view_nothing_is_left(home: Server, alice: Person) -> None:
    """A member without VIEW_CHANNEL has no permission in the channel (Discord's documentation, "Implicit Permissions")."""
    channel = home.channel("hidden", deny={home.everyone: Permission.VIEW_CHANNEL})
    assert permissions_in(channel, alice.user) == Permission.NONE


def test_without_sending_what_is_sent_is_lost_too(home: Server, alice: Person) -> None:
    """A member without SEND_MESSAGES cannot attach files either (Discord's documentation, "Implicit Permissions")."""
    channel = home.channel("silent", deny={home.everyone: SEND})
    assert not permissions_in(channel, alice.user) & Permission.ATTACH_FILES


async def test_a_thread_has_its_parents_overwrites_and_its_own_permission(home: Server, alice: Person) -> None:
    """A thread follows its parent's overwrites; SEND_MESSAGES_IN_THREADS decides about posting there.

    (Discord's documentation, "Inherited Permissions (Threads)")
    """
    channel = home.channel("talk", deny={home.everyone: SEND})
    thread = await alice.opens_thread(channel, "topic")
    assert permissions_in(thread, alice.user) & Permission.SEND_MESSAGES_IN_THREADS
    home.permits(channel, deny={home.everyone: Permission.VIEW_CHANNEL})
    assert permissions_in(thread, alice.user) == Permission.NONE


async def test_a_private_thread_is_for_its_members(home: Server, box: Sandbox, alice: Person, general: Channel) -> None:
    """Only members and those who manage threads see a private thread (Discord's documentation, Threads, "Permissions")."""
    bob = box.discord.user("Bob")
    thread = await alice.opens_thread(general, "secret", private=True)
    assert permissions_in(thread, bob.user) == Permission.NONE
    bob.joins(home, roles=[home.role("mods", Permission.MANAGE_THREADS)])
    assert permissions_in(thread, bob.user) & Permission.VIEW_CHANNEL


def test_strangers_have_no_rights(box: Sandbox, general: Channel) -> None:
    """A user outside the guild has no permission in its channels (Discord's documentation, "Permissions")."""
    stranger = box.discord.other_bot("Stranger")
    home = general.guild
    assert home is not None
    del home.members[stranger.id]
    assert permissions_in(general, stranger.user) == Permission.NONE


async def test_discord_py_computes_the_same(client: RecordingClient, home: Server, general: Channel) -> None:
    """discord.py computes the same permissions from the guild that it was sent.

    (discord.py 2.7, abc.py, `permissions_for`)
    """
    home.permits(general, deny={home.everyone: SEND}, allow={home.bot_role: SEND})
    await client.happens("guild_channel_update")
    channel = client.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    mine = permissions_in(general, home.guild.members[channel.guild.me.id].user)
    ours = channel.permissions_for(channel.guild.me).value
    named = sum(int(one) for one in Permission if one not in Permission.CONNECT | Permission.SPEAK)
    assert ours & named == int(mine) & named


async def test_a_member_who_is_timed_out_reads_only(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel
) -> None:
    """A timed-out member may only read, until the time-out ends.

    (Discord's documentation, "Permissions For Timed Out Members")
    """
    channel = client.get_partial_messageable(general.id)
    home.times_out(box.bot.user, seconds=60)
    assert permissions_in(general, box.bot.user) == Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
    with pytest.raises(discord.Forbidden) as caught:
        await channel.send("hello")
    assert caught.value.code == 50013
    updated = await client.sees("member_update", discord.Member)
    assert updated.is_timed_out()
    box.clock.moves(seconds=61)
    assert (await channel.send("again")).content == "again"


def test_administrators_are_never_timed_out(box: Sandbox, home: Server, general: Channel) -> None:
    """A time-out takes no permission from an administrator ("Permissions For Timed Out Members": exempt)."""
    home.grants(home.bot_role, Permission.ADMINISTRATOR)
    home.times_out(box.bot.user, seconds=60)
    assert permissions_in(general, box.bot.user) == ALL
