"""Tests of the heartbeats and limits of one connection."""

import asyncio

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Person, Sandbox, TookTooLongError
from bot.sandbox.discord.gateway.connections import ACK_SECONDS
from tests.sandbox.clients import RecordingClient
from tests.sandbox.conftest import Connects
from tests.sandbox.discord.gateway.raw_gateway import raw_gateway


@pytest.mark.parametrize("last", [None, 7])
async def test_a_heartbeat_is_acknowledged(box: Sandbox, http: aiohttp.ClientSession, last: int | None) -> None:
    """The gateway acknowledges a heartbeat (Discord's documentation, "Heartbeat Interval")."""
    async with raw_gateway(box, http) as gateway:
        await gateway.sends(1, last)
        assert await gateway.receives() == {"op": 11, "d": None, "s": None, "t": None}


async def test_an_acknowledgement_takes_its_time(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """The gateway acknowledges a heartbeat no sooner than after `ACK_SECONDS`.

    (discord.py, which a sooner one would overtake, would warn that it is a whole interval behind)
    """
    loop = asyncio.get_running_loop()
    async with raw_gateway(box, http) as gateway:
        began = loop.time()
        await gateway.sends(1, None)
        await gateway.receives()
        assert loop.time() - began >= ACK_SECONDS


async def test_a_client_that_stops_to_beat_is_closed_and_may_resume(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel, alice: Person
) -> None:
    """A client that sends no heartbeat is closed with 4000 and may resume.

    (Discord's documentation, "Heartbeat Interval")
    """
    box.discord.gateway.heartbeat_ms = 50
    async with raw_gateway(box, http) as gateway:
        session_id = (await gateway.identifies())["d"]["session_id"]
        assert await gateway.closed() == 4000
    await box.bot.disconnected()
    await alice.says(general, "hello?")
    box.discord.gateway.heartbeat_ms = 5000
    async with raw_gateway(box, http) as gateway:
        await gateway.resumes(session_id, 2)
        assert (await gateway.hears("MESSAGE_CREATE"))["content"] == "hello?"


async def test_a_client_that_never_identifies_nor_beats_is_closed(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A client that neither identifies nor beats is closed with 4000 (Discord's documentation, "Heartbeat Interval")."""
    box.discord.gateway.heartbeat_ms = 50
    async with raw_gateway(box, http) as gateway:
        assert await gateway.closed() == 4000


async def test_discord_py_beats_in_time(box: Sandbox, connects: Connects, general: Channel) -> None:
    """discord.py beats often enough to stay connected (discord.py 2.7, gateway.py: one heartbeat each interval).

    The tolerance is that of a busy machine.
    """
    box.discord.gateway.heartbeat_ms = 500
    box.discord.gateway.heartbeat_tolerance = 60
    client = await connects()
    before = box.discord.gateway.heartbeats
    await box.until(lambda: box.discord.gateway.heartbeats >= before + 3)
    assert not [name for name, _ in client.seen if name == "disconnect"]


async def test_the_gateway_may_ask_for_a_heartbeat(box: Sandbox, client: RecordingClient) -> None:
    """A client answers a request for a heartbeat at once (Discord's documentation, Gateway, "Heartbeat Requests")."""
    await box.discord.asks_for_heartbeat()


async def test_a_client_that_does_not_answer_is_told_of(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A request for a heartbeat that a client ignores raises TookTooLongError (documentation, "Heartbeat Requests")."""
    async with raw_gateway(box, http) as gateway:
        with pytest.raises(TookTooLongError):
            await box.discord.asks_for_heartbeat(timeout=0.05)
        assert await gateway.receives() == {"op": 1, "d": None, "s": None, "t": None}


async def test_a_client_notices_a_dead_connection_and_misses_nothing(
    box: Sandbox, connects: Connects, general: Channel, alice: Person
) -> None:
    """A client on a frozen connection reconnects, resumes and gets the events meanwhile.

    (Discord's documentation, Gateway: "zombied" connection)
    """
    box.discord.gateway.heartbeat_ms = 500
    client = await connects(heartbeat_timeout=1.0)
    await box.bot.connected()
    box.discord.freezes_gateway()
    await box.bot.disconnected()
    said = await alice.says(general, "are you there?")
    await client.happens("resumed")
    await client.sees("message", discord.Message, lambda one: one.id == said.id)
    await box.bot.connected()


async def test_a_frozen_connection_says_nothing_and_is_not_connected(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel, alice: Person
) -> None:
    """A frozen connection sends nothing and does not count as connected (the sandbox's own promise)."""
    async with raw_gateway(box, http) as gateway:
        await gateway.identifies()
        await gateway.names_until_ack()
        box.discord.freezes_gateway()
        assert not box.discord.gateway.connected
        await alice.says(general, "anybody?")
        beats = box.discord.gateway.heartbeats
        await gateway.sends(1)
        await box.until(lambda: box.discord.gateway.heartbeats > beats)
        await box.discord.drops_gateway()
        assert (await gateway.socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_120_frames_a_minute_are_taken_and_no_more(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A client may send 120 frames a minute; one more closes the connection with 4008 (documentation, "Rate Limiting")."""
    async with raw_gateway(box, http) as gateway:
        for pause in (60, 0):
            for _ in range(120):
                await gateway.sends(1)
            assert [(await gateway.receives())["op"] for _ in range(120)] == [11] * 120
            box.clock.moves(seconds=pause)
        await gateway.sends(1)
        assert await gateway.closed() == 4008


async def test_presence_voice_and_soundboard_requests_are_taken(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """Commands for presence, voice, soundboard and channel info are taken without an answer.

    (Discord's documentation, Gateway Events, "Send Events")
    """
    async with raw_gateway(box, http) as gateway:
        await gateway.identifies()
        for op in (3, 4, 31, 43):
            await gateway.sends(op, {})
        assert await gateway.names_until_ack() == []
