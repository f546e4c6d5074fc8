"""Tests of READY, of the guilds that follow it, and of outages."""

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Intent, Person, RefusedError, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.conftest import Connects, with_content
from tests.sandbox.discord.gateway.raw_gateway import raw_gateway


async def test_ready_tells_where_to_resume(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """READY has the version, the application and the address at which to resume (discord.py 2.7, gateway.py)."""
    async with raw_gateway(box, http) as gateway:
        ready = await gateway.identifies()
    assert ready["t"] == "READY"
    assert ready["d"]["v"] == 10
    assert ready["d"]["resume_gateway_url"] == box.discord.gateway_url
    application = {"id": str(box.discord.application.id), "flags": box.discord.application.flags}
    assert ready["d"]["application"] == application
    assert "shard" not in ready["d"]


async def test_guilds_begin_unavailable_and_come_one_by_one(
    box: Sandbox, http: aiohttp.ClientSession, home: Server
) -> None:
    """READY lists the guilds as unavailable; GUILD_CREATE brings each (Discord's documentation, "Guild Availability")."""
    async with raw_gateway(box, http) as gateway:
        ready = await gateway.identifies()
        created = await gateway.hears("GUILD_CREATE")
    assert ready["d"]["guilds"] == [{"id": str(home.id), "unavailable": True}]
    assert (created["id"], created["unavailable"]) == (str(home.id), False)


async def test_without_the_guilds_intent_no_guild_comes(
    box: Sandbox, http: aiohttp.ClientSession, home: Server
) -> None:
    """A session without the guilds' intent gets no GUILD_CREATE (Discord's documentation, Gateway, "List of Intents")."""
    async with raw_gateway(box, http) as gateway:
        await gateway.identifies(intents=int(Intent.GUILD_MESSAGES))
        assert await gateway.names_until_ack() == []


async def test_members_come_with_their_guild_only_by_the_presences_intent(
    box: Sandbox, http: aiohttp.ClientSession, home: Server, alice: Person
) -> None:
    """GUILD_CREATE has all members with the presences' intent, and the bot alone without it.

    (Discord's documentation, "Guild Create", warning)
    """
    without = int(Intent.GUILDS | Intent.GUILD_MEMBERS)
    for intents, expected in ((without, 1), (without | int(Intent.GUILD_PRESENCES), len(home.guild.members))):
        async with raw_gateway(box, http) as gateway:
            await gateway.identifies(intents=intents)
            created = await gateway.hears("GUILD_CREATE")
        assert (len(created["members"]), created["member_count"]) == (expected, len(home.guild.members))


async def test_a_client_knows_guild_channels_and_itself(
    client: RecordingClient, home: Server, general: Channel
) -> None:
    """discord.py finds its guild, channels, roles and itself in the cache (Discord's documentation, "Guild Create")."""
    guild = client.get_guild(home.id)
    assert guild is not None
    assert guild.me.id == client.application_id
    assert guild.me.joined_at is not None
    channel = guild.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    assert channel.permissions_for(guild.me).send_messages
    assert [role.name for role in guild.me.roles] == ["@everyone", "Parley"]
    assert guild.self_role is not None


async def test_an_outage_is_no_removal_and_ends(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """An outage makes a guild unavailable and silent; its end brings the guild back as it is then.

    (Discord's documentation, Gateway Events, "Guild Delete")
    """
    box.discord.takes_down(home)
    assert (await client.sees("guild_unavailable", discord.Guild)).unavailable
    with pytest.raises(RefusedError):
        await alice.says(general, "anybody?")
    box.discord.renames(general, "renamed meanwhile")
    box.discord.brings_back(home)
    await client.happens("guild_available", 2)  # discord.py tells it at the start, too
    back = client.all("guild_available", discord.Guild)[-1]
    assert (back.id, back.unavailable) == (home.id, False)
    channel = back.get_channel(general.id)
    assert channel is not None
    assert channel.name == "renamed meanwhile"
    await alice.says(general, "hello again")
    await client.sees("message", discord.Message)
    assert not [name for name, _ in client.seen if name in {"guild_remove", "guild_join", "guild_channel_update"}]


async def test_rest_fails_in_an_outage(box: Sandbox, home: Server, general: Channel, rest: Rest) -> None:
    """REST answers with 500 for a guild in an outage (the sandbox's choice of 500; the documentation does not say)."""
    box.discord.takes_down(home)
    for method, path in (
        ("POST", f"/channels/{general.id}/messages"),
        ("GET", f"/channels/{general.id}"),
        ("GET", f"/guilds/{home.id}"),
    ):
        reply = await rest(method, path, {"content": "hello"} if method == "POST" else None)
        assert (reply.status, reply.body) == (500, {"message": "500: Internal Server Error", "code": 0})
    box.discord.brings_back(home)
    assert (await rest("GET", f"/channels/{general.id}")).status == 200


async def test_a_guild_in_an_outage_stays_away_at_the_start(
    box: Sandbox, http: aiohttp.ClientSession, home: Server
) -> None:
    """A session that starts in an outage gets GUILD_DELETE, and GUILD_CREATE at its end.

    (documentation, "Guild Create", case 1)
    """
    box.discord.takes_down(home)
    async with raw_gateway(box, http) as gateway:
        ready = await gateway.identifies()
        away = await gateway.receives()
        box.discord.brings_back(home)
        back = await gateway.receives()
    assert ready["d"]["guilds"] == [{"id": str(home.id), "unavailable": True}]
    assert (away["t"], away["d"]) == ("GUILD_DELETE", {"id": str(home.id), "unavailable": True})
    assert (back["t"], back["d"]["id"], back["d"]["unavailable"]) == ("GUILD_CREATE", str(home.id), False)


async def test_discord_py_gets_a_guild_that_comes_late(
    box: Sandbox, connects: Connects, home: Server, general: Channel, alice: Person
) -> None:
    """discord.py gets a guild whose outage ends after the start (discord.py 2.7, state.py)."""
    box.discord.takes_down(home)
    client = await connects(with_content())
    assert [guild.unavailable for guild in client.guilds] == [True]
    box.discord.brings_back(home)
    await client.sees("guild_available", discord.Guild, lambda one: one.get_channel(general.id) is not None)
    await alice.says(general, "hello")
    await client.sees("message", discord.Message)
