"""Tests of the refusals of requests that the bot may not make. Codes: Discord's documentation, "JSON Error Codes"."""

from collections.abc import Awaitable

import discord
import pytest

from bot.sandbox import Channel, Kind, Permission, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


async def test_a_hidden_channel_is_missing_access(rest: Rest, home: Server) -> None:
    """A request for a channel that the bot cannot see is refused with 50001.

    (Discord's documentation, "Get Channel Messages": VIEW_CHANNEL)
    """
    hidden = home.channel("hidden", deny={home.everyone: Permission.VIEW_CHANNEL})
    for method, path in [("GET", ""), ("GET", "/messages"), ("POST", "/messages"), ("POST", "/typing")]:
        refused = await rest(method, f"/channels/{hidden.id}{path}")
        assert (refused.status, refused.body) == (403, {"message": "Missing Access", "code": 50001})


async def test_a_silent_channel_is_missing_permissions(client: RecordingClient, home: Server) -> None:
    """A message to a channel where the bot may not write is refused with 50013.

    (Discord's documentation, "Create Message", "Limitations")
    """
    silent = home.channel("silent", deny={home.everyone: Permission.SEND_MESSAGES})
    with pytest.raises(discord.Forbidden) as caught:
        await client.get_partial_messageable(silent.id).send("hello")
    assert caught.value.code == 50013


async def test_files_need_their_permission(client: RecordingClient, home: Server) -> None:
    """A file is refused where the bot may not attach files.

    (Discord's documentation, "Bitwise Permission Flags", ATTACH_FILES)
    """
    channel = home.channel("text only", deny={home.everyone: Permission.ATTACH_FILES})
    with pytest.raises(discord.Forbidden):
        await client.get_partial_messageable(channel.id).send(file=discord.File(__file__))


async def test_a_reply_needs_the_history(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A reply is refused where the bot may not read the history; a plain message is taken (160002)."""
    await alice.says(general, "@Parley hi")
    heard = await client.sees("message", discord.Message)
    home.permits(general, deny={home.everyone: Permission.READ_MESSAGE_HISTORY})
    with pytest.raises(discord.HTTPException) as caught:
        await heard.reply("hello")
    assert caught.value.code == 160002
    await heard.channel.send("hello")


async def test_without_the_history_there_are_no_messages_to_read(rest: Rest, home: Server, alice: Person) -> None:
    """A channel whose history the bot may not read returns an empty list, and 50013 for a single message.

    (Discord's documentation, "Get Channel Messages" and "Get Channel Message")
    """
    channel = home.channel("past", deny={home.everyone: Permission.READ_MESSAGE_HISTORY})
    said = await alice.says(channel, "hello")
    assert (await rest("GET", f"/channels/{channel.id}/messages")).body == []
    assert (await rest("GET", f"/channels/{channel.id}/messages/{said.id}")).body["code"] == 50013


async def code_of(request: Awaitable[object]) -> int:
    """Return the code that a request is refused with."""
    with pytest.raises(discord.HTTPException) as caught:
        await request
    return caught.value.code


@pytest.fixture
async def thread(general: Channel, alice: Person) -> Channel:
    """A thread of Alice's."""
    return await alice.opens_thread(general, "topic")


async def test_an_archived_thread_takes_posts_but_no_edits(
    client: RecordingClient, box: Sandbox, thread: Channel
) -> None:
    """An edit in an archived thread is refused with 50083; a new message opens the thread ("Active & Archived Threads")."""
    channel = client.get_partial_messageable(thread.id)
    sent = await channel.send("draft")
    box.discord.archives(thread)
    assert await code_of(sent.edit(content="final")) == 50083
    await channel.send("more")
    await sent.edit(content="final")


async def test_a_locked_and_archived_thread_takes_nothing(
    client: RecordingClient, box: Sandbox, home: Server, thread: Channel
) -> None:
    """A locked and archived thread refuses posts, edits and deletions of all but moderators.

    (Discord's documentation, "Locked Threads")
    """
    channel = client.get_partial_messageable(thread.id)
    sent = await channel.send("draft")
    box.discord.archives(thread, locked=True)
    assert await code_of(sent.edit(content="final")) == 50083
    assert await code_of(channel.send("more")) == 50083
    assert await code_of(sent.delete()) == 50083
    home.grants(home.bot_role, Permission.MANAGE_THREADS)
    await sent.delete()
    await channel.send("opened by a moderator")


async def test_a_locked_thread_takes_deletions_alone(
    client: RecordingClient, box: Sandbox, home: Server, thread: Channel
) -> None:
    """A locked thread refuses posts and edits with 160005, and takes deletions.

    (Discord's documentation, "Locked Threads")
    """
    channel = client.get_partial_messageable(thread.id)
    sent = await channel.send("draft")
    box.discord.locks(thread)
    assert await code_of(sent.edit(content="final")) == 160005
    assert await code_of(channel.send("more")) == 160005
    await sent.delete()
    home.grants(home.bot_role, Permission.MANAGE_THREADS)
    await channel.send("a moderator's")


async def test_a_thread_needs_its_own_permission(client: RecordingClient, home: Server, thread: Channel) -> None:
    """SEND_MESSAGES_IN_THREADS, and not SEND_MESSAGES, decides about posting in a thread.

    (Discord's documentation, Threads, "Permissions")
    """
    channel = client.get_partial_messageable(thread.id)
    assert thread.parent is not None
    home.permits(thread.parent, deny={home.everyone: Permission.SEND_MESSAGES})
    await channel.send("hello")
    home.permits(thread.parent, deny={home.everyone: Permission.SEND_MESSAGES_IN_THREADS})
    assert await code_of(channel.send("hello")) == 50013


async def test_a_voice_channels_messages_need_connect(rest: Rest, home: Server) -> None:
    """The messages of a voice channel are refused without CONNECT ("Get Channel Messages": CONNECT in voice channels)."""
    voice = home.channel("voice", kind=Kind.VOICE, deny={home.everyone: Permission.CONNECT})
    assert (await rest("GET", f"/channels/{voice.id}")).status == 200
    assert (await rest("GET", f"/channels/{voice.id}/messages")).body["code"] == 50001
    assert (await rest("POST", f"/channels/{voice.id}/messages", {"content": "x"})).body["code"] == 50001


async def test_embeds_are_dropped_without_their_permission(client: RecordingClient, home: Server) -> None:
    """Embeds are dropped where the bot may not embed links, and a message of embeds alone is refused.

    (discord-api-docs #2601)
    """
    channel = home.channel("no embeds", deny={home.everyone: Permission.EMBED_LINKS})
    messageable = client.get_partial_messageable(channel.id)
    sent = await messageable.send("text", embed=discord.Embed(title="lost"))
    assert (sent.content, sent.embeds) == ("text", [])
    assert await code_of(messageable.send(embed=discord.Embed(title="alone"))) == 50013
    assert (await sent.edit(embed=discord.Embed(title="lost"))).embeds == []
    assert await code_of(sent.edit(content=None, embed=discord.Embed(title="alone"))) == 50006


async def test_reading_aloud_needs_its_permission(rest: Rest, home: Server) -> None:
    """A message to be read aloud is refused without its permission ("Create Message", "Limitations")."""
    channel = home.channel("quiet", deny={home.everyone: Permission.SEND_TTS_MESSAGES})
    refused = await rest("POST", f"/channels/{channel.id}/messages", {"content": "x", "tts": True})
    assert refused.body["code"] == 50013


async def test_embeds_of_others_are_hidden_with_the_right(
    rest: Rest, home: Server, general: Channel, alice: Person
) -> None:
    """A bot that manages messages may hide the embeds of others, and change nothing else.

    ("Edit Message": others can only edit `flags`)
    """
    said = await alice.says(general, "https://example.com")
    path = f"/channels/{general.id}/messages/{said.id}"
    assert (await rest("PATCH", path, {"flags": 4})).body["code"] == 50013
    home.grants(home.bot_role, Permission.MANAGE_MESSAGES)
    assert (await rest("PATCH", path, {"flags": 4})).body["flags"] == 4
    assert (await rest("PATCH", path, {"flags": 4, "content": "mine"})).body["code"] == 50005


async def test_hiding_the_embeds_of_others_takes_what_clients_send_along(
    client: RecordingClient, rest: Rest, home: Server, general: Channel, alice: Person
) -> None:
    """A request to hide the embeds of others may carry nulls and `tts`.

    (discord.py 2.7, http.py: `edit(suppress=True)` sends `tts` as well)
    """
    home.grants(home.bot_role, Permission.MANAGE_MESSAGES)
    said = await alice.says(general, "https://example.com")
    heard = await client.sees("message", discord.Message)
    assert (await heard.edit(suppress=True)).flags.value == 4
    path = f"/channels/{general.id}/messages/{said.id}"
    assert (await rest("PATCH", path, {"flags": 0, "content": None, "embeds": None})).body["flags"] == 0
    assert (await rest("PATCH", path, {"tts": False})).body["code"] == 50005


async def test_a_person_without_a_common_guild_gets_no_messages(
    client: RecordingClient, home: Server, alice: Person
) -> None:
    """A direct message to a person without a common guild is refused ("JSON Error Codes", 50278)."""
    user = await client.fetch_user(alice.id)
    await user.send("still here")
    del home.guild.members[alice.id]
    with pytest.raises(discord.Forbidden, match="due to having no mutual guilds") as caught:
        await user.send("gone")
    assert caught.value.code == 50278


async def test_a_person_may_close_their_messages(client: RecordingClient, alice: Person) -> None:
    """A direct message to a person who takes none is refused ("JSON Error Codes", 50007)."""
    user = await client.fetch_user(alice.id)
    alice.opens_dms(to_strangers=False)
    with pytest.raises(discord.Forbidden, match="Cannot send messages to this user") as caught:
        await user.send("psst")
    assert caught.value.code == 50007
    alice.opens_dms()
    await user.send("psst")


async def test_messages_of_others_go_only_with_the_right(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A bot deletes the messages of others only if it may manage messages (Discord's documentation, "Delete Message")."""
    said = await alice.says(general, "hello")
    partial = client.get_partial_messageable(general.id).get_partial_message(said.id)
    with pytest.raises(discord.Forbidden):
        await partial.delete()
    home.grants(home.bot_role, Permission.MANAGE_MESSAGES)
    await partial.delete()
    assert said.deleted


async def test_messages_of_others_in_dms_stay(rest: Rest, alice: Person) -> None:
    """A bot cannot delete the other's message in a direct message (50003)."""
    dm = await alice.dm()
    said = await alice.says(dm, "hello")
    assert (await rest("DELETE", f"/channels/{dm.id}/messages/{said.id}")).body["code"] == 50003
