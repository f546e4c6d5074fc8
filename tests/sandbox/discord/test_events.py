"""What the bot is told of changes, and what not."""

import discord

from bot.sandbox import Channel, Permission, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient
from tests.sandbox.conftest import Connects, with_content


async def test_messages_carry_member_and_guild(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """discord.py makes a Member of the author only with both; roles and permissions hang on it."""
    mods = home.role("mods")
    alice.joins(home, roles=[mods])
    await alice.says(general, "hello")
    heard = await client.sees("message", discord.Message)
    assert isinstance(heard.author, discord.Member)
    assert [role.id for role in heard.author.roles] == [home.id, mods.id]


async def test_a_hidden_channel_is_silent(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A bot must not hear what it may not see."""
    hidden = home.channel("hidden", deny={home.bot_role: Permission.VIEW_CHANNEL})
    said = await alice.says(hidden, "psst")
    await alice.edits(said, "psst!")
    await alice.deletes(said)
    await alice.types(hidden)
    await alice.says(general, "loud")
    await client.sees("message", discord.Message, lambda one: one.content == "loud")
    assert len(client.all("message", discord.Message)) == 1
    assert not client.all("raw_message_delete", discord.RawMessageDeleteEvent)


async def test_channels_come_change_and_go(client: RecordingClient, box: Sandbox, home: Server) -> None:
    """A bot's cache of channels would be that of its start."""
    channel = home.channel("new", category=home.category("Group"), topic="what for")
    made = await client.sees("guild_channel_create", discord.TextChannel)
    assert (made.name, made.topic, made.category_id) == ("new", "what for", channel.parent and channel.parent.id)
    box.discord.renames(channel, "newer")
    assert (await client.sees("guild_channel_update", discord.TextChannel)).name == "newer"
    box.discord.deletes_channel(channel)
    assert (await client.sees("guild_channel_delete", discord.TextChannel)).id == channel.id


async def test_threads_go_with_their_channel(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A bot would keep talking into a thread whose channel is gone."""
    thread = await alice.opens_thread(general, "topic")
    await client.sees("thread_create", discord.Thread)
    box.discord.deletes_channel(general)
    assert (await client.sees("thread_delete", discord.Thread)).id == thread.id
    assert thread.id not in box.discord.world.channels


async def test_a_thread_alone_can_be_deleted(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """THREAD_DELETE has a shape of its own, without the name."""
    thread = await alice.opens_thread(general, "topic")
    box.discord.deletes_channel(thread)
    assert (await client.sees("raw_thread_delete", discord.RawThreadDeleteEvent)).thread_id == thread.id


async def test_removal_from_a_guild_is_told(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """A bot would keep a guild that threw it out."""
    box.discord.removes_bot(home)
    assert (await client.sees("guild_remove", discord.Guild)).id == home.id
    await alice.says(general, "is it gone?")
    home.role("later")
    assert not client.all("message", discord.Message)


async def test_an_invitation_is_told(client: RecordingClient, box: Sandbox) -> None:
    """A bot would need a restart in every new guild."""
    club = box.discord.guild("Club", with_bot=False)
    channel = club.channel("talk")
    box.discord.invites_bot(club)
    joined = await client.sees("guild_join", discord.Guild)
    assert joined.get_channel(channel.id) is not None


async def test_typing_is_told(client: RecordingClient, general: Channel, alice: Person) -> None:
    """Both in guilds and in direct messages."""
    await alice.types(general)
    await alice.types(await alice.dm())
    await client.happens("raw_typing", 2)


async def test_roles_and_members_are_kept_current(connects: Connects, home: Server, box: Sandbox) -> None:
    """Who may what would be decided by old roles."""
    intents = with_content()
    intents.members = True
    client = await connects(intents)
    bob = box.discord.user("Bob")
    mods = home.role("mods")
    home.grants(mods, Permission.MANAGE_MESSAGES)
    bob.joins(home, roles=[mods])
    member = await client.sees("member_update", discord.Member)
    assert member.guild_permissions.manage_messages
    assert (await client.sees("member_join", discord.Member)).id == bob.id
