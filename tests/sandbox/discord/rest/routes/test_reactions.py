"""Tests of the bot's own reactions over REST, by discord.py. Source: Discord's documentation, "Create Reaction"."""

from collections.abc import Awaitable

import discord
import pytest

from bot.sandbox import Channel, Message, Permission, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient


@pytest.fixture
async def said(general: Channel, alice: Person) -> Message:
    """A message of Alice's."""
    return await alice.says(general, "hello")


@pytest.fixture
def partial(client: RecordingClient, said: Message) -> discord.PartialMessage:
    """The same message, as the bot reaches it."""
    return client.get_partial_messageable(said.channel.id).get_partial_message(said.id)


async def code_of(request: Awaitable[object]) -> int:
    """Return the code that a request is refused with."""
    with pytest.raises(discord.HTTPException) as caught:
        await request
    return caught.value.code


async def test_the_bot_reacts_and_takes_it_back(
    client: RecordingClient, box: Sandbox, said: Message, partial: discord.PartialMessage
) -> None:
    """The bot adds a reaction and removes it ("Create Reaction", "Delete Own Reaction")."""
    await partial.add_reaction("👀")
    assert said.reactions == {"👀": [box.bot.user]}
    await client.sees("raw_reaction_add", discord.RawReactionActionEvent)
    assert client.user is not None
    await partial.remove_reaction("👀", client.user)
    assert said.reactions == {}


async def test_the_first_of_its_kind_needs_the_right(
    home: Server, alice: Person, said: Message, partial: discord.PartialMessage
) -> None:
    """A first reaction needs ADD_REACTIONS; joining one of others does not.

    ("Create Reaction": ADD_REACTIONS if nobody else has)
    """
    home.permits(said.channel, deny={home.bot_role: Permission.ADD_REACTIONS})
    assert await code_of(partial.add_reaction("👍")) == 50013
    await alice.reacts(said, "👍")
    await partial.add_reaction("👍")
    assert len(said.reactions["👍"]) == 2


async def test_reactions_need_the_history(home: Server, said: Message, partial: discord.PartialMessage) -> None:
    """A reaction is refused where the bot may not read the history ("Create Reaction": READ_MESSAGE_HISTORY)."""
    home.permits(said.channel, deny={home.everyone: Permission.READ_MESSAGE_HISTORY})
    assert await code_of(partial.add_reaction("👍")) == 50013


@pytest.mark.parametrize("emoji", ["ok", "parley:123", ":+1:", "привет", "日本", "x\u20e3", "👍👍"])
async def test_what_is_no_emoji_is_unknown(partial: discord.PartialMessage, emoji: str) -> None:
    """A text that is no single emoji is refused ("Create Reaction", 10014)."""
    assert await code_of(partial.add_reaction(emoji)) == 10014


async def test_a_message_has_at_most_twenty(said: Message, partial: discord.PartialMessage, box: Sandbox) -> None:
    """The twenty-first emoji under a message is refused (Discord's documentation, "JSON Error Codes", 30010)."""
    said.reactions.update({chr(0x1F600 + number): [box.discord.application.owner] for number in range(20)})
    assert await code_of(partial.add_reaction("👍")) == 30010


async def test_an_archived_thread_takes_no_reactions(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A reaction in an archived thread is refused ("Active & Archived Threads", 50083)."""
    thread = await alice.opens_thread(general, "old")
    said = await alice.says(thread, "hello")
    box.discord.archives(thread)
    partial = client.get_partial_messageable(thread.id).get_partial_message(said.id)
    assert await code_of(partial.add_reaction("👍")) == 50083


@pytest.mark.parametrize("emoji", ["👍🏽", "❤️", "👩‍👩‍👧", "🇩🇪", "1️⃣", "↩️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
async def test_an_emoji_may_be_a_sequence(said: Message, partial: discord.PartialMessage, emoji: str) -> None:
    """An emoji of several code points is taken (Unicode UTS 51, "Emoji Sequences")."""
    await partial.add_reaction(emoji)
    assert emoji in said.reactions
