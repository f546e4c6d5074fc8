"""Tests of the routes of channels and direct messages, by discord.py."""

import discord
import pytest

from bot.sandbox import Channel, Permission, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


async def test_a_channel_is_fetched(client: RecordingClient, general: Channel) -> None:
    """A channel is fetched by id."""
    fetched = await client.fetch_channel(general.id)
    assert isinstance(fetched, discord.TextChannel)
    assert fetched.name == "general"


async def test_a_deleted_channel_is_unknown(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A deleted channel is unknown: 10003."""
    box.discord.deletes_channel(general)
    with pytest.raises(discord.NotFound) as caught:
        await client.get_partial_messageable(general.id).send("hello?")
    assert caught.value.code == 10003


async def test_all_channels_of_a_guild_are_listed(client: RecordingClient, home: Server, general: Channel) -> None:
    """The channels of a guild are listed."""
    guild = client.get_guild(home.id)
    assert guild is not None
    assert [channel.id for channel in await guild.fetch_channels()] == [general.id]


async def test_the_bot_writes_first(client: RecordingClient, box: Sandbox, alice: Person) -> None:
    """The bot opens a direct message with a person who never wrote to it."""
    user = await client.fetch_user(alice.id)
    sent = await user.send("psst")
    assert [message.id for message in box.discord.messages(await alice.dm())] == [sent.id]
    assert isinstance(sent.channel, discord.DMChannel)
    assert sent.channel.recipient is not None
    assert sent.channel.recipient.id == alice.id


async def test_the_bot_does_not_write_to_itself(rest: Rest, box: Sandbox) -> None:
    """The bot cannot open a direct message with itself: 50007."""
    refused = await rest("POST", "/users/@me/channels", {"recipient_id": str(box.bot.id)})
    assert refused.body["code"] == 50007


async def test_renaming_a_channel_needs_the_right(client: RecordingClient, home: Server, general: Channel) -> None:
    """The bot renames a channel only if it may manage channels."""
    channel = client.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    with pytest.raises(discord.Forbidden):
        await channel.edit(name="mine")
    home.grants(home.bot_role, Permission.MANAGE_CHANNELS)
    edited = await channel.edit(name="ours")
    assert edited is not None
    assert edited.name == "ours"
