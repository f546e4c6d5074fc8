"""Tests of the reactions of people."""

import discord

from bot.sandbox import Channel, Person
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.conftest import Connects, with_content


async def test_reactions_come_and_go(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A reaction is announced once when it is added and once when it is removed.

    (Discord's documentation, "Message Reaction Add")
    """
    said = await alice.says(general, "hello")
    await client.sees("message", discord.Message)
    await alice.reacts(said, "👍")
    await alice.reacts(said, "👍")
    await alice.unreacts(said, "👍")
    await alice.unreacts(said, "👍")
    removed = await client.sees("raw_reaction_remove", discord.RawReactionActionEvent)
    [added] = client.all("raw_reaction_add", discord.RawReactionActionEvent)
    assert (added.message_id, added.user_id, added.emoji.name) == (said.id, alice.id, "👍")
    assert added.member is not None
    assert (removed.message_id, removed.user_id, removed.member) == (said.id, alice.id, None)


async def test_rest_counts_them(general: Channel, alice: Person, rest: Rest) -> None:
    """REST counts the reactions of a message (OpenAPI document, MessageReactionResponse)."""
    said = await alice.says(general, "hello")
    await alice.reacts(said, "👍")
    path = f"/channels/{general.id}/messages/{said.id}"
    [reaction] = (await rest("GET", path)).body["reactions"]
    assert (reaction["emoji"]["name"], reaction["count"], reaction["me"]) == ("👍", 1, False)
    await alice.unreacts(said, "👍")
    assert "reactions" not in (await rest("GET", path)).body


async def test_each_place_has_its_own_intent(connects: Connects, general: Channel, alice: Person) -> None:
    """Reactions in guilds and in direct messages have intents of their own.

    (Discord's documentation, Gateway, "List of Intents")
    """
    intents = with_content()
    intents.guild_reactions = False
    client = await connects(intents)
    await alice.reacts(await alice.says(general, "hello"), "👍")
    direct = await alice.says(await alice.dm(), "hello")
    await alice.reacts(direct, "👍")
    heard = await client.sees("raw_reaction_add", discord.RawReactionActionEvent)
    assert heard.message_id == direct.id
