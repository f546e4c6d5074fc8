"""Tests of the members of a guild that a client asks for."""

from typing import Any

import aiohttp
import pytest

from bot.sandbox import Intent, Person, Sandbox, Server
from bot.sandbox.discord.gateway import member_chunks
from tests.sandbox.conftest import Connects, with_content
from tests.sandbox.discord.gateway.raw_gateway import raw_gateway


async def test_members_come_on_request(connects: Connects, home: Server, alice: Person) -> None:
    """discord.py gets all members at the start, and others by prefix or id (discord.py 2.7, state.py)."""
    intents = with_content()
    intents.members = True
    client = await connects(intents)
    guild = client.get_guild(home.id)
    assert guild is not None
    assert guild.get_member(alice.id) is not None
    assert [member.id for member in await guild.query_members("Ali")] == [alice.id]
    assert [member.id for member in await guild.query_members(user_ids=[alice.id])] == [alice.id]


async def chunks(
    box: Sandbox, http: aiohttp.ClientSession, body: dict[str, Any], intents: Intent | None = None
) -> list[dict[str, Any]]:
    """Ask as a client would, and return the chunks."""
    async with raw_gateway(box, http) as gateway:
        await gateway.identifies(**({} if intents is None else {"intents": int(intents)}))
        await gateway.sends(8, body)
        await gateway.sends(1)
        found: list[dict[str, Any]] = []
        while (frame := await gateway.receives())["op"] != 11:
            found += [frame["d"]] if frame["t"] == "GUILD_MEMBERS_CHUNK" else []
        return found


async def test_all_members_need_the_intent(box: Sandbox, http: aiohttp.ClientSession, home: Server) -> None:
    """A session without the members' intent gets no answer when it asks for all, but one for a prefix.

    (Discord's documentation, "Request Guild Members")
    """
    everyone = {"guild_id": str(home.id), "query": "", "limit": 0}
    assert len(await chunks(box, http, everyone)) == 1
    assert await chunks(box, http, everyone, Intent.GUILDS) == []
    assert len(await chunks(box, http, everyone | {"query": "ali", "limit": 5}, Intent.GUILDS)) == 1


async def test_ids_that_are_no_members_are_named(
    box: Sandbox, http: aiohttp.ClientSession, home: Server, alice: Person
) -> None:
    """Ids that belong to no member are listed under `not_found` (Discord's documentation, "Guild Members Chunk")."""
    [chunk] = await chunks(box, http, {"guild_id": str(home.id), "user_ids": [str(alice.id), "7"], "nonce": "n"})
    assert [member["user"]["id"] for member in chunk["members"]] == [str(alice.id)]
    assert (chunk["not_found"], chunk["nonce"]) == (["7"], "n")


async def test_a_nonce_too_long_is_ignored(box: Sandbox, http: aiohttp.ClientSession, home: Server) -> None:
    """A nonce of more than 32 bytes does not come back (documentation, "Request Guild Members", nonce)."""
    [chunk] = await chunks(box, http, {"guild_id": str(home.id), "query": "a", "limit": 1, "nonce": "n" * 33})
    assert "nonce" not in chunk


async def test_many_members_come_in_several_chunks(box: Sandbox, http: aiohttp.ClientSession, home: Server) -> None:
    """More members than a chunk holds come in several chunks (Discord's documentation, "Guild Members Chunk")."""
    for number in range(member_chunks.CHUNK):
        box.discord.user(f"person {number}")
    first, second = await chunks(box, http, {"guild_id": str(home.id), "query": "", "limit": 0})
    assert [(one["chunk_index"], one["chunk_count"]) for one in (first, second)] == [(0, 2), (1, 2)]
    assert len(first["members"]) == member_chunks.CHUNK
    assert len(first["members"]) + len(second["members"]) == len(home.guild.members)


async def test_a_prefix_finds_at_most_a_hundred(box: Sandbox, http: aiohttp.ClientSession, home: Server) -> None:
    """A prefix finds at most a hundred members (Discord's documentation, "Request Guild Members")."""
    for number in range(member_chunks.MAX_FOUND + 1):
        box.discord.user(f"person {number}")
    [chunk] = await chunks(box, http, {"guild_id": str(home.id), "query": "person", "limit": 0})
    assert len(chunk["members"]) == member_chunks.MAX_FOUND


@pytest.mark.parametrize("guild_id", ["1", None, "x", [], 1.5])
async def test_members_of_an_unknown_guild_are_not_sent(
    box: Sandbox, http: aiohttp.ClientSession, guild_id: object
) -> None:
    """A request for an unknown guild gets no answer (the sandbox's own promise; undocumented)."""
    assert await chunks(box, http, {"guild_id": guild_id, "query": "", "limit": 0}) == []


async def test_a_nonce_of_half_a_character_is_a_nonce(box: Sandbox, http: aiohttp.ClientSession, home: Server) -> None:
    """A nonce with a lone surrogate comes back (the sandbox's own promise; RFC 8259, 8.2)."""
    [chunk] = await chunks(box, http, {"guild_id": str(home.id), "query": "a", "limit": 0, "nonce": "\ud800"})
    assert chunk["nonce"] == "\ud800"
