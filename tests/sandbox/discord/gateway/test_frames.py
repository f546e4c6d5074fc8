"""Tests of frames that clients may not send, and of other clients, which stay connected."""

import contextlib

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Person, Sandbox
from tests.sandbox.clients import RecordingClient
from tests.sandbox.discord.gateway.raw_gateway import raw_gateway

BAD_PAYLOADS = [
    "no json",
    "",
    "[1]",
    "null",
    "{}",
    '{"d": {}}',
    '{"op": null, "d": {}}',
    '{"op": true, "d": {}}',
    '{"op": 1.0, "d": null}',
    '{"op": "1", "d": null}',
    '{"op": {}, "d": null}',
    '{"op": 1, "d": "7"}',
    '{"op": 1, "d": true}',
    '{"op": 2, "d": 1}',
    '{"op": 2}',
    '{"op": 6, "d": []}',
    "[" * 4000,
    '{"op": 1, "d": ' + "9" * 3000 + "e}",
    b"\x83\x00\xff garbage",
    b"",
]


@pytest.mark.parametrize("payload", BAD_PAYLOADS)
async def test_what_is_no_payload_is_a_decode_error(
    box: Sandbox, http: aiohttp.ClientSession, payload: str | bytes
) -> None:
    """A frame that is no payload closes the connection with 4002 (documentation, "Close Event Codes")."""
    async with raw_gateway(box, http) as gateway:
        if isinstance(payload, str):
            await gateway.socket.send_str(payload)
        else:
            await gateway.socket.send_bytes(payload)
        assert await gateway.closed() == 4002


@pytest.mark.parametrize("size", [4097, 70_000])
async def test_a_payload_above_4096_bytes_is_a_decode_error(
    box: Sandbox, http: aiohttp.ClientSession, size: int
) -> None:
    """A payload above 4096 bytes closes the connection with 4002 (Discord's documentation, Gateway, "Sending Events")."""
    async with raw_gateway(box, http) as gateway:
        frame = '{"op": 1, "d": null, "x": "'
        await gateway.socket.send_str(frame + "x" * (size - len(frame) - 2) + '"}')
        assert await gateway.closed() == 4002


async def test_a_huge_payload_is_not_even_received(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A huge payload ends the connection while it is still being sent, so the client may miss the code.

    (RFC 6455, 7.1.7)
    """
    async with raw_gateway(box, http) as gateway:
        with contextlib.suppress(ConnectionError):
            await gateway.socket.send_bytes(b"x" * 20_000_000)
        assert await gateway.closed() in {4002, 1006}


async def test_a_payload_of_4096_bytes_is_taken(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A payload of 4096 bytes is taken (Discord's documentation, Gateway, "Sending Events")."""
    async with raw_gateway(box, http) as gateway:
        frame = '{"op": 1, "d": null, "x": "'
        await gateway.socket.send_str(frame + "x" * (4096 - len(frame) - 2) + '"}')
        assert (await gateway.receives())["op"] == 11


async def test_text_that_is_no_utf8_is_a_decode_error(box: Sandbox, http: aiohttp.ClientSession) -> None:
    """A text frame that is no UTF-8 closes the connection with 4002 (documentation, "Close Event Codes")."""
    async with raw_gateway(box, http) as gateway:
        await gateway.socket.send_frame(b'{"op": 1, "d": "\xff"}', aiohttp.WSMsgType.TEXT)
        assert await gateway.closed() == 4002


@pytest.mark.parametrize("op", [99, -1, 0, 5, 7, 9, 10, 11, 12, 1 << 80])
async def test_an_opcode_that_clients_do_not_send_is_unknown(
    box: Sandbox, http: aiohttp.ClientSession, op: int
) -> None:
    """An opcode that clients may not send closes the connection with 4001.

    (Discord's documentation, "Gateway Opcodes": client action)
    """
    async with raw_gateway(box, http) as gateway:
        await gateway.sends(op, {})
        assert await gateway.closed() == 4001


@pytest.mark.parametrize("op", [3, 4, 8, 31, 43])
async def test_nothing_is_taken_before_identifying(box: Sandbox, http: aiohttp.ClientSession, op: int) -> None:
    """A command before IDENTIFY closes the connection with 4003 (Discord's documentation, close code 4003)."""
    async with raw_gateway(box, http) as gateway:
        await gateway.sends(op, {})
        assert await gateway.closed() == 4003


async def test_a_bad_client_is_no_trouble_for_another(
    box: Sandbox, http: aiohttp.ClientSession, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """Bad frames of one client leave the others connected (the sandbox's own promise)."""
    for payload in ("no json", "[" * 4000, "x" * 100_000, '{"op": 99, "d": {}}', '{"op": 2, "d": {}}'):
        async with raw_gateway(box, http) as gateway:
            await gateway.socket.send_str(payload)
            assert await gateway.closed() in {4001, 4002}
    await alice.says(general, "still there?")
    await client.sees("message", discord.Message, lambda one: one.content == "still there?")
    assert sum(name == "disconnect" for name, _ in client.seen) == 0
