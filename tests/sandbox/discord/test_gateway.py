"""The gateway, by discord.py and by raw frames."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Intent, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient
from tests.sandbox.conftest import Connects, with_content


@asynccontextmanager
async def raw_gateway(box: Sandbox, http: aiohttp.ClientSession) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    """Connect and take HELLO."""
    async with http.ws_connect(box.discord.gateway_url) as socket:
        hello = await socket.receive_json()
        assert hello["op"] == 10
        assert hello["d"]["heartbeat_interval"] > 0
        yield socket


async def identify(box: Sandbox, socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """Identify and return READY."""
    intents = int(Intent.GUILDS | Intent.GUILD_MESSAGES)
    await socket.send_json({"op": 2, "d": {"token": box.discord.token, "intents": intents}})
    return await socket.receive_json()


async def close_code(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    """Wait for the end and return its code."""
    async with asyncio.timeout(5):
        while not socket.closed:
            await socket.receive()
    return socket.close_code


async def test_ready_tells_where_to_resume(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """discord.py reads `resume_gateway_url` without a default and would die at READY."""
    async with raw_gateway(box, http) as socket:
        ready = await identify(box, socket)
    assert ready["t"] == "READY"
    assert ready["d"]["resume_gateway_url"] == box.discord.gateway_url
    assert ready["d"]["application"] == {
        "id": str(box.discord.application.id),
        "flags": box.discord.application.flags,
    }


async def test_a_client_knows_guild_channels_and_itself(
    client: RecordingClient, home: Server, general: Channel
) -> None:
    """A bot looks its channels up in the cache that GUILD_CREATE fills."""
    guild = client.get_guild(home.id)
    assert guild is not None
    assert guild.me.id == client.application_id
    assert guild.me.joined_at is not None
    channel = guild.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    assert channel.permissions_for(guild.me).send_messages
    assert [role.name for role in guild.me.roles] == ["@everyone", "Parley"]
    assert guild.self_role is not None


async def test_a_wrong_token_is_closed_with_4004(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A bot with a bad token would wait for ever instead of saying so."""
    async with raw_gateway(box, http) as socket:
        await socket.send_json({"op": 2, "d": {"token": "wrong", "intents": 1}})
        assert await close_code(socket) == 4004


async def test_an_intent_that_is_off_in_the_portal_stops_the_client(box: Sandbox, connects: Connects) -> None:
    """The person who forgot the switch must be told: discord.py turns 4014 into PrivilegedIntentsRequired."""
    box.discord.application.privileged = Intent.NONE
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await connects(with_content())


@pytest.mark.parametrize("intents", [-1, 1 << 40, "all"])
async def test_invalid_intents_are_closed_with_4013(box: Sandbox, http: aiohttp.ClientSession, intents: object) -> None:
    """A client that computes nonsense would be served events nobody sends on Discord."""
    async with raw_gateway(box, http) as socket:
        await socket.send_json({"op": 2, "d": {"token": box.discord.token, "intents": intents}})
        assert await close_code(socket) == 4013


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("no json", 4002),
        ("[1]", 4002),
        ('{"op": 2, "d": 1}', 4002),
        ('{"op": 99, "d": {}}', 4001),
        ('{"op": 8, "d": {}}', 4003),
    ],
)
async def test_bad_frames_are_closed_with_their_code(
    box: Sandbox, http: aiohttp.ClientSession, frame: str, code: int
) -> None:
    """A client's bug would pass here and close the connection on Discord (documentation, "Gateway Close Codes")."""
    async with raw_gateway(box, http) as socket:
        await socket.send_str(frame)
        assert await close_code(socket) == code


async def test_identifying_twice_is_closed_with_4005(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A client that forgets that it is logged in would get a second set of events."""
    async with raw_gateway(box, http) as socket:
        ready = await identify(box, socket)
        await socket.send_json({"op": 2, "d": {"token": box.discord.token, "intents": 1}})
        assert ready["t"] == "READY"
        assert await close_code(socket) == 4005


async def test_a_heartbeat_is_acknowledged(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """Without the acknowledgement clients take the connection for dead and reconnect."""
    async with raw_gateway(box, http) as socket:
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11


async def test_presence_and_voice_updates_are_taken(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A bot that sets its status would be thrown out."""
    async with raw_gateway(box, http) as socket:
        await identify(box, socket)
        await socket.send_json({"op": 3, "d": {"status": "online"}})
        await socket.send_json({"op": 4, "d": {"guild_id": "1"}})
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11


async def test_a_dropped_client_resumes_and_misses_nothing(
    box: Sandbox, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A bot would lose the questions asked while its connection was down."""
    await box.discord.drops_gateway()
    await alice.says(general, "are you there?")
    await client.happens("resumed")
    await client.sees("message", discord.Message, lambda message: message.content == "are you there?")
    assert sum(name == "ready" for name, _ in client.seen) == 1


async def test_a_resume_of_an_unknown_session_is_invalid(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A client that restarts with an old session would believe that it is connected."""
    async with raw_gateway(box, http) as socket:
        await socket.send_json({"op": 6, "d": {"token": box.discord.token, "session_id": "gone", "seq": 1}})
        assert await socket.receive_json() == {"op": 9, "d": False, "s": None, "t": None}


async def test_a_resume_with_a_wrong_token_is_closed_with_4004(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """Whoever learnt a session's id could take it over."""
    async with raw_gateway(box, http) as socket:
        await socket.send_json({"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}})
        assert await close_code(socket) == 4004


async def test_a_client_that_says_goodbye_leaves_no_session(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """Every restart of a bot would leave a session that goes on collecting events (close codes 1000 and 1001)."""
    async with raw_gateway(box, http) as socket:
        session_id = (await identify(box, socket))["d"]["session_id"]
        await socket.close(code=1000)
    await box.bot.disconnected()
    async with raw_gateway(box, http) as socket:
        await socket.send_json({"op": 6, "d": {"token": box.discord.token, "session_id": session_id, "seq": 1}})
        assert (await socket.receive_json())["op"] == 9


async def test_events_need_their_intent(box: Sandbox, connects: Connects, general: Channel, alice: Person) -> None:
    """A bot that forgot an intent would work here and be deaf on Discord."""
    client = await connects(discord.Intents(guilds=True))
    await alice.says(general, "hello")
    thread = await alice.opens_thread(general, "later")
    await client.sees("thread_create", discord.Thread, lambda one: one.id == thread.id)
    assert not client.all("message", discord.Message)


async def test_members_come_on_request(box: Sandbox, connects: Connects, home: Server, alice: Person) -> None:
    """A client with the members' intent asks for all of them at the start and waits for the answer."""
    intents = with_content()
    intents.members = True
    client = await connects(intents)
    guild = client.get_guild(home.id)
    assert guild is not None
    assert guild.get_member(alice.id) is not None
    assert [member.id for member in await guild.query_members("Ali")] == [alice.id]


async def test_members_of_an_unknown_guild_are_not_sent(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A stale guild id would crash the connection of the asker."""
    async with raw_gateway(box, http) as socket:
        await identify(box, socket)
        await socket.send_json({"op": 8, "d": {"guild_id": "1", "query": "", "limit": 0}})
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11
