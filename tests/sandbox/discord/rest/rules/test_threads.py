"""Tests of threads, by people and by the bot."""

import json
from datetime import datetime
from urllib.parse import quote

import discord
import pytest

from bot.sandbox import Channel, Kind, Permission, Person, RefusedError, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.conftest import Connects


async def test_a_thread_on_a_message_has_its_id(
    client: RecordingClient, general: Channel, alice: Person, rest: Rest
) -> None:
    """A thread on a message has the message's id and begins with a reference to it.

    (Discord's documentation, "Public & Private Threads")
    """
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
    """A message in the parent tells of a thread that was opened without a message.

    (Discord's documentation, "New Message Types")
    """
    await alice.opens_thread(general, "about it")
    told = await client.sees("message", discord.Message)
    assert (told.type, told.content) == (discord.MessageType.thread_created, "about it")


async def test_the_bot_opens_threads(client: RecordingClient, general: Channel, alice: Person) -> None:
    """The bot opens a thread on a message and becomes its owner.

    (Discord's documentation, Channel, "Start Thread from Message")
    """
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
    """A second thread on a message is refused with 160004 (Discord's documentation, "JSON Error Codes")."""
    said = await alice.says(general, "hello")
    await alice.opens_thread(said, "one")
    refused = await rest("POST", f"/channels/{general.id}/messages/{said.id}/threads", {"name": "two"})
    assert refused.body["code"] == 160004
    del client


async def test_a_thread_needs_a_name(rest: Rest, general: Channel) -> None:
    """A thread without a name is refused (OpenAPI document, create_thread)."""
    refused = await rest("POST", f"/channels/{general.id}/threads", {"name": " ", "type": 11})
    assert "name" in refused.body["errors"]


async def test_a_thread_of_a_wrong_kind_is_refused(rest: Rest, general: Channel) -> None:
    """A thread of another type than a thread's is refused (OpenAPI document, create_thread)."""
    refused = await rest("POST", f"/channels/{general.id}/threads", {"name": "x", "type": 0})
    assert "type" in refused.body["errors"]


async def test_threads_of_an_announcement_channel_are_of_their_own_kind(home: Server, alice: Person) -> None:
    """A thread of an announcement channel has a type of its own.

    (Discord's documentation, Threads, "Public & Private Threads")
    """
    news = home.channel("news", kind=Kind.ANNOUNCEMENT)
    assert (await alice.opens_thread(news, "why")).kind is Kind.ANNOUNCEMENT_THREAD


async def test_open_threads_come_with_the_guild(
    box: Sandbox, connects: Connects, home: Server, general: Channel, alice: Person
) -> None:
    """A guild comes with its open threads, and without archived ones.

    (Discord's documentation, Threads, "Gateway Events")
    """
    thread = await alice.opens_thread(general, "old")
    archived = await alice.opens_thread(general, "older")
    box.discord.archives(archived)
    client = await connects()
    guild = client.get_guild(home.id)
    assert guild is not None
    assert [one.id for one in guild.threads] == [thread.id]
    assert [one.id for one in await guild.active_threads()] == [thread.id]


async def test_the_bot_archives_its_own_thread(client: RecordingClient, general: Channel) -> None:
    """The bot renames and archives its own thread without a moderator's permission.

    (Discord's documentation, "Editing & Deleting Threads")
    """
    channel = client.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="mine", type=discord.ChannelType.public_thread)
    edited = await thread.edit(name="done", archived=True)
    assert (edited.name, edited.archived) == ("done", True)


async def test_a_thread_is_archived_after_its_time(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A thread is archived its time after the last message.

    (Discord's documentation, Threads, "Active & Archived Threads")
    """
    thread = await alice.opens_thread(general, "talk")
    assert thread.thread is not None
    box.clock.moves(seconds=23 * 3600)
    await alice.says(thread, "still here")
    box.clock.moves(seconds=23 * 3600)
    assert not thread.thread.archived
    box.clock.moves(seconds=3601)
    assert thread.thread.archived
    assert (await client.sees("thread_update", discord.Thread)).archived


async def test_a_message_opens_an_archived_thread(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A message opens an archived thread, and a second event tells the bot of its membership.

    (Discord's documentation, Threads, "Unarchiving a Thread")
    """
    thread = await alice.opens_thread(general, "talk")
    await alice.adds_bot(thread)
    box.discord.archives(thread)
    await client.sees("thread_update", discord.Thread, lambda seen: seen.archived)
    said = await alice.says(thread, "again")
    assert thread.thread is not None
    assert not thread.thread.archived
    await client.sees("message", discord.Message, lambda message: message.id == said.id)
    seen = client.get_channel(thread.id)
    assert isinstance(seen, discord.Thread)
    assert not seen.archived
    events = [json.loads(text)["t"] for text in client.all("socket_raw_receive", str)]
    opened = len(events) - events[::-1].index("THREAD_UPDATE")
    assert events[opened] == "THREAD_MEMBER_UPDATE"


async def test_a_thread_is_changed_by_its_maker(client: RecordingClient, general: Channel) -> None:
    """The maker of a thread changes its name and time; locking and slow mode are refused.

    (Discord's documentation, "Editing & Deleting Threads")
    """
    channel = client.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="mine", type=discord.ChannelType.public_thread, slowmode_delay=5)
    assert thread.slowmode_delay == 5
    edited = await thread.edit(name="ours", auto_archive_duration=60)
    assert (edited.name, edited.auto_archive_duration) == ("ours", 60)
    told = await client.sees("message", discord.Message, lambda message: message.channel.id == thread.id)
    assert (told.type, told.content) == (discord.MessageType.channel_name_change, "ours")
    await thread.edit(name="ours", auto_archive_duration=1440)
    assert [one.content async for one in thread.history()] == ["ours"]
    for change in (thread.edit(locked=True), thread.edit(slowmode_delay=10)):
        with pytest.raises(discord.Forbidden) as caught:
            await change
        assert caught.value.code == 50013


async def test_an_archived_thread_is_opened_before_it_is_changed(
    rest: Rest, general: Channel, client: RecordingClient
) -> None:
    """A change of an archived thread is refused with 50083 unless it opens the thread.

    (Discord's documentation, Channel, "JSON Params (Thread)")
    """
    del client
    made = (await rest("POST", f"/channels/{general.id}/threads", {"name": "mine", "type": 11})).body
    path = f"/channels/{made['id']}"
    assert (await rest("PATCH", path, {"archived": True})).body["thread_metadata"]["archived"]
    assert (await rest("PATCH", path, {"name": "x"})).body["code"] == 50083
    opened = (await rest("PATCH", path, {"archived": False, "name": "x"})).body
    assert (opened["name"], opened["thread_metadata"]["archived"]) == ("x", False)


async def test_a_locked_thread_is_the_moderators(
    rest: Rest, home: Server, general: Channel, alice: Person, box: Sandbox
) -> None:
    """A locked thread can be opened, and written in, only by moderators.

    (Discord's documentation, Threads, "Locked Threads")
    """
    thread = await alice.opens_thread(general, "talk")
    path = f"/channels/{thread.id}"
    box.discord.archives(thread, locked=True)
    assert (await rest("PATCH", path, {"archived": False})).body["code"] == 160005
    with pytest.raises(RefusedError, match="MANAGE_THREADS"):
        await alice.reopens(thread)
    with pytest.raises(RefusedError, match="MANAGE_THREADS"):
        await alice.says(thread, "hello?")
    home.grants(home.bot_role, Permission.MANAGE_THREADS)
    assert not (await rest("PATCH", path, {"archived": False})).body["thread_metadata"]["archived"]


async def test_people_archive_and_reopen_their_threads(
    box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """People archive their own threads and open any; only moderators archive others' threads and lock.

    (Discord's documentation, Threads, "Editing & Deleting Threads")
    """
    thread = await alice.opens_thread(general, "talk")
    said = await alice.says(thread, "hello")
    bob = box.discord.user("Bob")
    with pytest.raises(RefusedError, match="MANAGE_THREADS"):
        await bob.archives(thread)
    await alice.archives(thread)
    with pytest.raises(RefusedError, match="is archived"):
        await alice.adds_bot(thread)
    with pytest.raises(RefusedError, match="is archived"):
        await alice.edits(said, "changed")
    await bob.reopens(thread)
    assert thread.thread is not None
    assert not thread.thread.archived
    with pytest.raises(RefusedError, match="MANAGE_THREADS"):
        await alice.locks(thread)
    bob.joins(home, roles=[home.role("mods", Permission.MANAGE_THREADS)])
    await bob.locks(thread)
    assert thread.thread.locked


async def test_archived_threads_are_listed(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """Archived threads are listed newest first, public and private ones apart.

    (Discord's documentation, Channel, "List Public Archived Threads")
    """
    threads = [await alice.opens_thread(general, f"t{number}") for number in range(3)]
    secret = await alice.opens_thread(general, "secret", private=True)
    await alice.adds_bot(secret)
    for thread in (*threads, secret):
        box.clock.moves(seconds=1)
        box.discord.archives(thread)
    channel = client.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    assert [one.id async for one in channel.archived_threads(limit=None)] == [one.id for one in threads[::-1]]
    assert [one.id async for one in channel.archived_threads(limit=1)] == [threads[2].id]
    assert [one.id async for one in channel.archived_threads(private=True, joined=True)] == [secret.id]
    with pytest.raises(discord.Forbidden):
        _ = [one async for one in channel.archived_threads(private=True)]
    home.grants(home.bot_role, Permission.MANAGE_THREADS)
    await client.sees("guild_role_update", discord.Role)
    assert [one.id async for one in channel.archived_threads(private=True)] == [secret.id]


async def test_archived_threads_are_paged_by_time(rest: Rest, box: Sandbox, general: Channel, alice: Person) -> None:
    """A page of archived threads ends before a moment.

    (Discord's documentation, Channel, "List Public Archived Threads")
    """
    for number in range(2):
        box.discord.archives(await alice.opens_thread(general, f"t{number}"))
        box.clock.moves(seconds=1)
    path = f"/channels/{general.id}/threads/archived/public"
    page = (await rest("GET", f"{path}?limit=1")).body
    assert ([one["name"] for one in page["threads"]], page["has_more"]) == (["t1"], True)
    moment = quote(page["threads"][0]["thread_metadata"]["archive_timestamp"])
    rest_of = (await rest("GET", f"{path}?before={moment}")).body
    assert ([one["name"] for one in rest_of["threads"]], rest_of["has_more"]) == (["t0"], False)
    assert (await rest("GET", f"{path}?before=soon")).faults == {"before": "DATE_TIME_TYPE_PARSE"}


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"name": "x" * 101}, {"name": "BASE_TYPE_MAX_LENGTH"}),
        ({"name": "x", "auto_archive_duration": 30}, {"auto_archive_duration": "BASE_TYPE_CHOICES"}),
        ({"name": "x", "rate_limit_per_user": 21601}, {"rate_limit_per_user": "NUMBER_TYPE_MAX"}),
    ],
)
async def test_new_threads_are_checked(rest: Rest, general: Channel, body: object, faults: dict[str, str]) -> None:
    """A thread with a wrong name, time or slow mode is refused.

    (Discord's documentation, Channel, "Start Thread without Message")
    """
    assert (await rest("POST", f"/channels/{general.id}/threads", body)).faults == faults


async def test_threads_grow_where_they_may(rest: Rest, home: Server, general: Channel, alice: Person) -> None:
    """A thread in a thread, in a channel without threads, or on a system message is refused.

    (Discord's documentation, Channel; 50024, 50068)
    """
    thread = await alice.opens_thread(general, "talk")
    said = await alice.says(thread, "hello")
    news, voice = home.channel("news", kind=Kind.ANNOUNCEMENT), home.channel("voice", kind=Kind.VOICE)
    body = {"name": "x", "type": 12}
    home.grants(home.everyone, home.everyone.permissions | Permission.CREATE_PRIVATE_THREADS)
    assert (await rest("POST", f"/channels/{thread.id}/messages/{said.id}/threads", body)).body["code"] == 50024
    assert (await rest("POST", f"/channels/{news.id}/threads", body)).body["code"] == 50024
    assert (await rest("POST", f"/channels/{voice.id}/threads", body)).body["code"] == 50024
    told = (await rest("GET", f"/channels/{general.id}/messages")).body[0]
    assert (await rest("POST", f"/channels/{general.id}/messages/{told['id']}/threads", body)).body["code"] == 50068


async def test_deleted_messages_are_sent_but_not_kept(rest: Rest, general: Channel, alice: Person) -> None:
    """A deleted message lowers `message_count`, but not `total_message_sent`.

    (Discord's documentation, Threads, "Thread Fields")
    """
    thread = await alice.opens_thread(general, "talk")
    await alice.deletes(await alice.says(thread, "one"))
    await alice.says(thread, "two")
    shown = (await rest("GET", f"/channels/{thread.id}")).body
    assert (shown["message_count"], shown["total_message_sent"]) == (1, 2)


async def test_a_moment_without_a_zone_is_in_utc(
    box: Sandbox, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A moment without a zone is taken as UTC (discord.py 2.7, channel.py: it sends it as it is)."""
    box.discord.archives(await alice.opens_thread(general, "older"))
    channel = await client.fetch_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    year = box.clock.now().year
    found = [one.name async for one in channel.archived_threads(before=datetime(year + 1, 1, 1))]  # noqa: DTZ001 - the case
    assert found == ["older"]
    assert [one async for one in channel.archived_threads(before=datetime(year - 1, 1, 1))] == []  # noqa: DTZ001 - the case
