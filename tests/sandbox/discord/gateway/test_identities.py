"""Tests of IDENTIFY, by raw frames and by discord.py."""

from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Intent, Sandbox, Server
from tests.sandbox.conftest import Connects, with_content
from tests.sandbox.discord.gateway.raw_gateway import PROPERTIES, raw_gateway


async def refused(box: Sandbox, http: aiohttp.ClientSession, **changes: object) -> int | None:
    """Identify with these changes and return the code of the close that follows."""
    async with raw_gateway(box, http) as gateway:
        body = {"token": box.discord.token, "intents": 1, "properties": PROPERTIES} | changes
        await gateway.sends(2, {key: value for key, value in body.items() if value is not ...})
        return await gateway.closed()


async def test_a_wrong_token_is_closed_with_4004(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A wrong or missing token is closed with 4004 (Discord's documentation, close code 4004)."""
    assert await refused(box, http, token="wrong") == 4004
    assert await refused(box, http, token=...) == 4004
    assert await refused(box, http, token=None) == 4004


@pytest.mark.parametrize("properties", [..., None, [], {}, {"os": "linux"}, PROPERTIES | {"device": 1}])
async def test_connection_properties_are_required(
    box: Sandbox, http: aiohttp.ClientSession, properties: object
) -> None:
    """Missing or wrong connection properties are closed with 4002 (documentation, Gateway Events, "Identify Structure")."""
    assert await refused(box, http, properties=properties) == 4002


async def test_the_old_names_of_the_properties_still_work(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """Connection properties are taken under their old names, too.

    (Discord's documentation, "Identify Connection Properties", warning)
    """
    async with raw_gateway(box, http) as gateway:
        ready = await gateway.identifies(properties={f"${key}": value for key, value in PROPERTIES.items()})
        assert ready["t"] == "READY"


@pytest.mark.parametrize("intents", [-1, 1 << 40, 1 << 17, 1 << 18, 1 << 22, "all", True, 1.0, None, ...])
async def test_invalid_intents_are_closed_with_4013(box: Sandbox, http: aiohttp.ClientSession, intents: object) -> None:
    """Intents that Discord does not know are closed with 4013 (Discord's documentation, "List of Intents")."""
    assert await refused(box, http, intents=intents) == 4013


@pytest.mark.parametrize("intent", [Intent.GUILD_MEMBERS, Intent.GUILD_PRESENCES, Intent.MESSAGE_CONTENT])
async def test_an_intent_that_is_off_in_the_portal_is_closed_with_4014(
    box: Sandbox, http: aiohttp.ClientSession, intent: Intent
) -> None:
    """A privileged intent that is off in the portal is closed with 4014.

    (Discord's documentation, Gateway, "Privileged Intents")
    """
    box.discord.application.privileged = sum(Intent) & ~intent  # pyright: ignore[reportAttributeAccessIssue] -- a sum of flags is an int to the checker
    assert await refused(box, http, intents=int(intent)) == 4014


async def test_an_intent_that_is_off_in_the_portal_stops_the_client(box: Sandbox, connects: Connects) -> None:
    """discord.py raises PrivilegedIntentsRequired for 4014 (discord.py 2.7, client.py)."""
    box.discord.application.privileged = Intent.NONE
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await connects(with_content())


BAD_SHARDS: list[Any] = [None, [], [0], [0, 0], [1, 1], [2, 2], [-1, 2], [0, 1, 2], ["0", "1"], [False, True], [0.0, 1]]


@pytest.mark.parametrize("shard", [*BAD_SHARDS, {"0": 1}, 0])
async def test_an_invalid_shard_is_closed_with_4010(box: Sandbox, http: aiohttp.ClientSession, shard: object) -> None:
    """A shard that does not exist is closed with 4010 (Discord's documentation, Gateway, "Sharding")."""
    assert await refused(box, http, shard=shard) == 4010


async def test_an_invalid_shard_stops_discord_py(connects: Connects) -> None:
    """discord.py does not reconnect after 4010.

    (Discord's documentation, "Gateway Close Event Codes"; discord.py 2.7, gateway.py)
    """
    with pytest.raises(discord.ConnectionClosed) as caught:
        await connects(shard_id=3, shard_count=2)
    assert caught.value.code == 4010


async def test_too_many_guilds_need_shards(
    box: Sandbox, http: aiohttp.ClientSession, home: Server, connects: Connects
) -> None:
    """A shard with too many guilds is closed with 4011, and one of several is taken.

    (documentation, Gateway, "Sharding": 2500 guilds a shard; close code 4011)
    """
    box.clock.moves(seconds=0.002)
    club = box.discord.guild("Club")
    box.discord.gateway.max_guilds = 1
    assert await refused(box, http) == 4011
    one, other = home.id >> 22, club.id >> 22
    count = next(n for n in range(2, 1000) if one % n != other % n)
    client = await connects(shard_id=one % count, shard_count=count)
    assert [guild.id for guild in client.guilds] == [home.id]


@pytest.mark.parametrize("version", ["9", "6", "11", "x", ""])
async def test_another_version_is_closed_with_4012(box: Sandbox, http: aiohttp.ClientSession, version: str) -> None:
    """Another version of the gateway is closed with 4012 (Discord's documentation, close code 4012)."""
    async with http.ws_connect(box.discord.gateway_url, params={"v": version}) as socket:
        message = await socket.receive()
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4012)


async def test_identifying_twice_is_closed_with_4005(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A second IDENTIFY, or a RESUME after one, is closed with 4005 (documentation, close code 4005)."""
    async with raw_gateway(box, http) as gateway:
        ready = await gateway.identifies()
        await gateway.sends(2, {"token": box.discord.token, "intents": 1, "properties": PROPERTIES})
        assert await gateway.closed() == 4005
    async with raw_gateway(box, http) as gateway:
        await gateway.identifies()
        await gateway.resumes(ready["d"]["session_id"], 1)
        assert await gateway.closed() == 4005


async def test_identifying_too_soon_gives_an_invalid_session(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel
) -> None:
    """A shard that identifies too soon after another of its bucket gets INVALID_SESSION.

    (Discord's documentation, Gateway, "Max Concurrency")
    """
    box.discord.gateway.max_concurrency = 2
    async with raw_gateway(box, http) as one, raw_gateway(box, http) as two, raw_gateway(box, http) as three:
        assert (await one.identifies(shard=[0, 4]))["t"] == "READY"
        assert (await two.identifies(shard=[1, 4]))["t"] == "READY"
        assert await three.identifies(shard=[2, 4]) == {"op": 9, "d": False, "s": None, "t": None}
        box.clock.moves(seconds=5)
        assert (await three.identifies(shard=[2, 4]))["t"] == "READY"


async def test_one_session_too_many_resets_the_token(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """One IDENTIFY beyond the session start limit ends all sessions and resets the token.

    (Discord's documentation, Gateway, "Session Start Limit")
    """
    token, box.discord.gateway.starts.total = box.discord.token, 1
    async with raw_gateway(box, http) as first:
        await first.identifies()
        assert await refused(box, http) == 4004
    assert box.discord.token != token
    assert not box.discord.gateway.sessions
