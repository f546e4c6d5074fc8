"""Channels over REST, by discord.py."""

import discord
import pytest

from bot.sandbox import Channel, Permission, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


async def test_a_channel_is_fetched(client: RecordingClient, general: Channel) -> None:
    """A bot asks for a channel that its cache does not have."""
    fetched = await client.fetch_channel(general.id)
    assert isinstance(fetched, discord.TextChannel)
    assert fetched.name == "general"


async def test_a_deleted_channel_is_unknown(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """10003 is how a bot learns that an answer has no place any more."""
    box.discord.deletes_channel(general)
    with pytest.raises(discord.NotFound) as caught:
        await client.get_partial_messageable(general.id).send("hello?")
    assert caught.value.code == 10003


async def test_all_channels_of_a_guild_are_listed(client: RecordingClient, home: Server, general: Channel) -> None:
    """Categories and voice channels among them."""
    guild = client.get_guild(home.id)
    assert guild is not None
    assert [channel.id for channel in await guild.fetch_channels()] == [general.id]


async def test_the_bot_writes_first(client: RecordingClient, box: Sandbox, alice: Person) -> None:
    """A reminder goes to somebody who never wrote to the bot."""
    user = await client.fetch_user(alice.id)
    sent = await user.send("psst")
    assert [message.id for message in box.discord.messages(await alice.dm())] == [sent.id]
    assert isinstance(sent.channel, discord.DMChannel)
    assert sent.channel.recipient is not None
    assert sent.channel.recipient.id == alice.id


async def test_the_bot_does_not_write_to_itself(rest: Rest, box: Sandbox) -> None:
    """50007, as to anybody who takes no messages."""
    refused = await rest("POST", "/users/@me/channels", {"recipient_id": str(box.bot.id)})
    assert refused.body["code"] == 50007


async def test_renaming_a_channel_needs_the_right(client: RecordingClient, home: Server, general: Channel) -> None:
    """Titles of channels are not the bot's business unless somebody made them so."""
    channel = client.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    with pytest.raises(discord.Forbidden):
        await channel.edit(name="mine")
    home.grants(home.bot_role, Permission.MANAGE_CHANNELS)
    edited = await channel.edit(name="ours")
    assert edited is not None
    assert edited.name == "ours"
