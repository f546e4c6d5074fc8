"""Threads, by people and by the bot."""

import discord

from bot.sandbox import Channel, Kind, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.conftest import Connects


async def test_a_thread_on_a_message_has_its_id(
    client: RecordingClient, general: Channel, alice: Person, rest: Rest
) -> None:
    """Bots find the message that a thread began with by the thread's id."""
    said = await alice.says(general, "a topic")
    thread = await alice.opens_thread(said, "about it")
    seen = await client.sees("thread_create", discord.Thread)
    assert (seen.id, seen.name, seen.parent_id, seen.owner_id) == (said.id, "about it", general.id, alice.id)
    starter = (await rest("GET", f"/channels/{general.id}/messages/{said.id}")).body
    assert starter["thread"]["id"] == str(thread.id)
    first = (await rest("GET", f"/channels/{thread.id}/messages")).body[0]
    assert (first["type"], first["content"], first["referenced_message"]["content"]) == (21, "", "a topic")


async def test_a_thread_without_a_message_is_told_of_in_its_parent(
    client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A bot that answers to every message type would answer to "Alice started a thread"."""
    await alice.opens_thread(general, "about it")
    told = await client.sees("message", discord.Message)
    assert (told.type, told.content) == (discord.MessageType.thread_created, "about it")


async def test_the_bot_opens_threads(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A bot that moves conversations into threads."""
    await alice.says(general, "hello")
    heard = await client.sees("message", discord.Message)
    thread = await heard.create_thread(name="talk")
    sent = await thread.send("here we are")
    assert (sent.channel.id, thread.owner_id) == (thread.id, client.application_id)
    members = await thread.fetch_members()
    assert [member.id for member in members] == [client.application_id]


async def test_a_second_thread_on_a_message_is_refused(
    client: RecordingClient, general: Channel, alice: Person, rest: Rest
) -> None:
    """A message has one thread (160004)."""
    said = await alice.says(general, "hello")
    await alice.opens_thread(said, "one")
    refused = await rest("POST", f"/channels/{general.id}/messages/{said.id}/threads", {"name": "two"})
    assert refused.body["code"] == 160004
    del client


async def test_a_thread_needs_a_name(rest: Rest, general: Channel) -> None:
    """Discord refuses a nameless thread with 50035."""
    refused = await rest("POST", f"/channels/{general.id}/threads", {"name": " ", "type": 11})
    assert "name" in refused.body["errors"]


async def test_a_thread_of_a_wrong_kind_is_refused(rest: Rest, general: Channel) -> None:
    """A text channel cannot be made as a thread."""
    refused = await rest("POST", f"/channels/{general.id}/threads", {"name": "x", "type": 0})
    assert "type" in refused.body["errors"]


async def test_threads_of_an_announcement_channel_are_of_their_own_kind(home: Server, alice: Person) -> None:
    """A bot that knows type 11 alone would ignore them."""
    news = home.channel("news", kind=Kind.ANNOUNCEMENT)
    assert (await alice.opens_thread(news, "why")).kind is Kind.ANNOUNCEMENT_THREAD


async def test_open_threads_come_with_the_guild(
    box: Sandbox, connects: Connects, home: Server, general: Channel, alice: Person
) -> None:
    """After a restart a bot would not know the threads it talked in."""
    thread = await alice.opens_thread(general, "old")
    archived = await alice.opens_thread(general, "older")
    box.discord.archives(archived)
    client = await connects()
    guild = client.get_guild(home.id)
    assert guild is not None
    assert [one.id for one in guild.threads] == [thread.id]
    assert [one.id for one in await guild.active_threads()] == [thread.id]


async def test_a_private_thread_appears_when_the_bot_is_added(
    client: RecordingClient, general: Channel, alice: Person
) -> None:
    """THREAD_CREATE is how a bot learns of a private thread (Gateway, "Thread Create")."""
    thread = await alice.opens_thread(general, "secret", private=True)
    await alice.says(thread, "psst")
    await alice.adds_bot(thread)
    joined = await client.sees("thread_join", discord.Thread)
    assert joined.id == thread.id
    assert joined.me is not None
    assert not [one for one in client.all("message", discord.Message) if one.content == "psst"]


async def test_the_bot_joins_leaves_and_adds(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """Membership decides about notifications, and about private threads."""
    thread = await alice.opens_thread(general, "open")
    seen = await client.sees("thread_create", discord.Thread)
    await seen.join()
    assert [member.id for member in await seen.fetch_members()] == [alice.id, client.application_id]
    await seen.leave()
    await seen.add_user(discord.Object(box.discord.user("Bob").id))
    assert [member.id for member in await seen.fetch_members()] == [alice.id, box.discord.user("Bob").id]
    assert thread.thread is not None
    assert client.application_id not in thread.thread.joined


async def test_only_threads_have_thread_members(rest: Rest, general: Channel) -> None:
    """A text channel has none."""
    assert (await rest("GET", f"/channels/{general.id}/thread-members")).status == 404


async def test_the_bot_archives_its_own_thread(client: RecordingClient, general: Channel) -> None:
    """A bot that tidies up needs no moderator's right for what is its own."""
    channel = client.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="mine", type=discord.ChannelType.public_thread)
    edited = await thread.edit(name="done", archived=True)
    assert (edited.name, edited.archived) == ("done", True)
