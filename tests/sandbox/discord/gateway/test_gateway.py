"""Tests of sessions, resuming, invalid sessions, reconnecting and shards, by discord.py and by raw frames."""

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Person, Sandbox, Server
from bot.sandbox.discord.gateway.sessions import LIFETIME, REPLAYABLE
from bot.sandbox.witness import Nobody
from tests.sandbox.clients import RecordingClient
from tests.sandbox.conftest import Connects
from tests.sandbox.discord.gateway.raw_gateway import raw_gateway

INVALID = {"op": 9, "d": False, "s": None, "t": None}


def times(client: RecordingClient, event: str) -> int:
    """Count an event of a client."""
    return sum(name == event for name, _ in client.seen)


async def test_a_dropped_client_resumes_and_misses_nothing(
    box: Sandbox, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A client whose connection broke resumes and gets the events meanwhile.

    (Discord's documentation, Gateway, "Resuming")
    """
    await box.discord.drops_gateway()
    await alice.says(general, "are you there?")
    await client.happens("resumed")
    await client.sees("message", discord.Message, lambda message: message.content == "are you there?")
    assert times(client, "ready") == 1


async def test_what_was_missed_comes_in_order_and_before_what_is_new(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel, alice: Person
) -> None:
    """A resume sends the missed events in order, then RESUMED, then new events.

    (Discord's documentation, Gateway, "Preparing to Resume")
    """
    async with raw_gateway(box, http) as gateway:
        session_id = (await gateway.identifies())["d"]["session_id"]
        await gateway.hears("GUILD_CREATE")
        await gateway.socket.close(code=4000)
    await box.bot.disconnected()
    for number in range(3):
        await alice.says(general, f"missed {number}")
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes(session_id, 2)
        await box.bot.connected()
        await alice.says(general, "new")
        frames = [await gateway.receives() for _ in range(5)]
    assert [frame["s"] for frame in frames] == [3, 4, 5, 6, 7]
    assert [frame["t"] for frame in frames] == [*["MESSAGE_CREATE"] * 3, "RESUMED", "MESSAGE_CREATE"]
    assert [frame["d"].get("content") for frame in frames] == ["missed 0", "missed 1", "missed 2", None, "new"]


async def test_only_what_came_after_the_number_is_sent_again(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel, alice: Person
) -> None:
    """A resume sends only the events after the client's number.

    (Discord's documentation, Gateway, "Preparing to Resume")
    """
    async with raw_gateway(box, http) as gateway:
        session_id = (await gateway.identifies())["d"]["session_id"]
        await alice.says(general, "seen")
        await alice.says(general, "not seen")
        await gateway.socket.close(code=4000)
    await box.bot.disconnected()
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes(session_id, 3)
        assert (await gateway.receives())["d"]["content"] == "not seen"
        assert (await gateway.receives())["t"] == "RESUMED"


async def test_a_resume_of_an_unknown_session_is_invalid(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A resume of an unknown session is answered by INVALID_SESSION, and the client may identify.

    (Discord's documentation, "Invalid Session")
    """
    async with raw_gateway(box, http) as gateway:
        for session_id in ("gone", None, 7, True):
            await gateway.resumes(session_id, 1)
            assert await gateway.receives() == INVALID
        assert (await gateway.identifies())["t"] == "READY"


async def test_a_resume_with_a_wrong_token_is_closed_with_4004(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A resume with a wrong token is closed with 4004 (Discord's documentation, close code 4004)."""
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes("x", 1, token="wrong")
        assert await gateway.closed() == 4004


@pytest.mark.parametrize("seq", [-1, 99])
async def test_a_resume_from_a_number_that_never_was_is_closed_with_4007(
    box: Sandbox, http: aiohttp.ClientSession, seq: int
) -> None:
    """A resume from a number that was never sent is closed with 4007 and ends the session.

    (Discord's documentation, close code 4007)
    """
    async with raw_gateway(box, http) as gateway:
        session_id = (await gateway.identifies())["d"]["session_id"]
        async with raw_gateway(box, http) as second:
            await second.resumes(session_id, seq)
            assert await second.closed() == 4007
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes(session_id, 1)
        assert await gateway.receives() == INVALID


@pytest.mark.parametrize("seq", [None, "1", 1.0, True, [1]])
async def test_a_resume_without_a_number_is_a_decode_error(
    box: Sandbox, http: aiohttp.ClientSession, seq: object
) -> None:
    """A resume whose number is no integer is closed with 4002.

    (Discord's documentation, Gateway Events, "Resume Structure")
    """
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes("x", seq)
        assert await gateway.closed() == 4002


async def test_a_resume_beyond_what_is_kept_is_invalid(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel, alice: Person
) -> None:
    """A resume from an event that is no longer kept is answered by INVALID_SESSION.

    (Discord's documentation, Gateway, "Resuming")
    """
    async with raw_gateway(box, http) as gateway:
        session_id = (await gateway.identifies())["d"]["session_id"]
    await box.bot.disconnected()
    for _ in range(REPLAYABLE + 2):
        await alice.types(general)
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes(session_id, 2)
        assert await gateway.receives() == INVALID


async def test_a_session_that_waited_too_long_is_gone(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel, alice: Person
) -> None:
    """A session without connection expires after its lifetime (documentation, "Initiating a Disconnect")."""
    async with raw_gateway(box, http) as gateway:
        session_id = (await gateway.identifies())["d"]["session_id"]
    await box.bot.disconnected()
    box.clock.moves(seconds=LIFETIME.total_seconds() - 30)
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes(session_id, 2)
        await gateway.hears("RESUMED")
    await box.bot.disconnected()
    box.clock.moves(seconds=LIFETIME.total_seconds() + 1)
    await alice.says(general, "nobody keeps this")
    assert not box.discord.gateway.sessions
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes(session_id, 2)
        assert await gateway.receives() == INVALID


@pytest.mark.parametrize("code", [1000, 1001])
async def test_a_client_that_says_goodbye_leaves_no_session(
    box: Sandbox, http: aiohttp.ClientSession, code: int
) -> None:
    """A client that closes with 1000 or 1001 ends its session (Discord's documentation, "Initiating a Disconnect")."""
    async with raw_gateway(box, http) as gateway:
        session_id = (await gateway.identifies())["d"]["session_id"]
        await gateway.socket.close(code=code)
    await box.bot.disconnected()
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes(session_id, 1)
        assert await gateway.receives() == INVALID


async def test_a_session_has_one_connection(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel, alice: Person
) -> None:
    """A resume takes the session away from its old connection (the sandbox's choice; documented nowhere)."""
    async with raw_gateway(box, http) as old, raw_gateway(box, http) as new:
        session_id = (await old.identifies())["d"]["session_id"]
        await old.hears("GUILD_CREATE")
        await new.resumes(session_id, 2)
        await new.hears("RESUMED")
        await alice.says(general, "once")
        assert (await new.receives())["d"]["content"] == "once"
        assert await old.names_until_ack() == []
        await old.sends(3, {})
        assert await old.closed() == 4003
        await box.bot.connected()


async def test_an_invalid_session_makes_a_client_identify_anew(
    box: Sandbox, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A client whose session was invalidated identifies again and misses the events between.

    (Discord's documentation, "Invalid Session")
    """
    await box.bot.connected()
    box.discord.invalidates_sessions(resumable=False)
    await alice.says(general, "into the gap")
    await client.happens("ready", 2)
    await alice.says(general, "after it")
    await client.sees("message", discord.Message, lambda one: one.content == "after it")
    assert times(client, "resumed") == 0
    assert not client.all("message", discord.Message, lambda one: one.content == "into the gap")
    assert len(box.discord.gateway.sessions) == 1


async def test_an_invalid_session_may_be_resumable(
    box: Sandbox, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A client whose session was invalidated as resumable resumes it (Discord's documentation, "Invalid Session")."""
    box.discord.invalidates_sessions(resumable=True)
    await alice.says(general, "meanwhile")
    await client.happens("resumed")
    await client.sees("message", discord.Message, lambda one: one.content == "meanwhile")
    assert times(client, "ready") == 1


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalidated_connection_is_not_connected(
    box: Sandbox, http: aiohttp.ClientSession, *, resumable: bool
) -> None:
    """A connection whose session was invalidated does not count as connected, and commands on it are closed with 4003.

    (documentation, close code 4003)
    """
    async with raw_gateway(box, http) as gateway:
        await gateway.identifies()
        await box.bot.connected()
        box.discord.invalidates_sessions(resumable=resumable)
        await box.bot.disconnected()
        await gateway.sends(3, {})
        assert await gateway.closed() == 4003


async def test_a_client_reconnects_when_asked_to(
    box: Sandbox, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A client that is asked to reconnect resumes its session (Discord's documentation, Gateway Events, "Reconnect")."""
    box.discord.asks_to_reconnect()
    await client.happens("resumed")
    await alice.says(general, "hello")
    await client.sees("message", discord.Message)
    assert times(client, "ready") == 1


@pytest.mark.parametrize("code", [4000, 4001, 4002, 4003, 4005, 4008])
async def test_closes_that_keep_the_session(box: Sandbox, client: RecordingClient, code: int) -> None:
    """A client resumes after each close code that keeps the session (documentation, "Close Event Codes")."""
    await box.discord.drops_gateway(code)
    await client.happens("resumed")
    assert times(client, "ready") == 1


@pytest.mark.parametrize("code", [4007, 4009])
async def test_closes_that_end_the_session(box: Sandbox, client: RecordingClient, code: int) -> None:
    """A client identifies again after each close code that ends the session.

    (documentation, "Close Event Codes": start a new session)
    """
    await box.discord.drops_gateway(code)
    await client.happens("ready", 2)
    assert times(client, "resumed") == 0


async def test_a_guilds_events_go_to_its_shard_and_direct_messages_to_the_first(
    box: Sandbox, http: aiohttp.ClientSession, home: Server, general: Channel, alice: Person
) -> None:
    """A guild's events go to its shard, direct messages to the first.

    (Discord's documentation, Gateway, "Sharding Formula")
    """
    box.clock.moves(seconds=0.002)
    club = box.discord.guild("Club")
    bar = club.channel("bar")
    one, other = home.id >> 22, club.id >> 22
    count = next(n for n in range(2, 1000) if one % n != other % n)
    heard: dict[int, list[str]] = {}
    for number in {one % count, other % count, 0}:
        async with raw_gateway(box, http) as gateway:
            ready = await gateway.identifies(shard=[number, count])
            assert ready["d"]["shard"] == [number, count]
            expected = [str(guild.id) for guild in (home, club) if (guild.id >> 22) % count == number]
            assert [guild["id"] for guild in ready["d"]["guilds"]] == expected
            await alice.says(general, "home")
            await alice.says(bar, "club")
            await alice.says(await alice.dm(), "direct")
            await gateway.sends(1)
            heard[number] = []
            while (frame := await gateway.receives())["op"] != 11:
                heard[number] += [frame["d"]["content"]] if frame["t"] == "MESSAGE_CREATE" else []
    for number, messages in heard.items():
        expected = (
            ["home"] * (one % count == number) + ["club"] * (other % count == number) + ["direct"] * (number == 0)
        )
        assert messages == expected


async def test_two_sessions_of_one_shard_both_hear(connects: Connects, general: Channel, alice: Person) -> None:
    """Two sessions of one shard both get every event (Discord's documentation, Gateway, "Sharding")."""
    first, second = await connects(), await connects()
    await alice.says(general, "hello")
    await first.sees("message", discord.Message)
    await second.sees("message", discord.Message)


class _Stumbling(Nobody):
    """A witness that fails at a chunk of members, to cause an error inside the gateway."""

    def told(self, name: str, body: object) -> None:
        """Fail at a chunk of members."""
        del body
        if name == "GUILD_MEMBERS_CHUNK":
            raise RuntimeError("as ordered")


async def test_a_fault_of_the_gateway_itself_is_an_unknown_error(http: aiohttp.ClientSession) -> None:
    """An error inside the gateway closes the connection with 4000 and is reported.

    (documentation, "Gateway Close Event Codes")
    """
    async with Sandbox(discord_witness=_Stumbling()) as box:
        home = box.discord.guild("Home")
        async with raw_gateway(box, http) as gateway:
            await gateway.identifies()
            await gateway.sends(8, {"guild_id": str(home.id), "query": "a", "limit": 0})
            assert await gateway.closed() == 4000
        assert [type(error) for error in box.discord.world.failures] == [RuntimeError]
        box.discord.world.failures.clear()
