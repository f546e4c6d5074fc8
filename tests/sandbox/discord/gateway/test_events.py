"""Tests of the events that tell the bot of changes."""

import json

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Intent, Permission, Person, RefusedError, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.conftest import Connects, with_content
from tests.sandbox.discord.gateway.raw_gateway import EVERYTHING, raw_gateway


async def test_messages_carry_member_and_guild(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A message event carries the guild and the member (Discord's documentation, "Message Create Extra Fields")."""
    mods = home.role("mods")
    alice.joins(home, roles=[mods])
    await alice.says(general, "hello")
    heard = await client.sees("message", discord.Message)
    assert isinstance(heard.author, discord.Member)
    assert [role.id for role in heard.author.roles] == [home.id, mods.id]


async def test_a_hidden_channel_is_silent(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A channel that the bot cannot see sends it no event (Discord's documentation, Permissions, VIEW_CHANNEL)."""
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
    """The bot is told of a channel that is made, changed and deleted.

    (Discord's documentation, Gateway Events, "Channels")
    """
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
    """A deleted channel takes its threads along (discord.py 2.7, state.py, parse_channel_delete)."""
    thread = await alice.opens_thread(general, "topic")
    await client.sees("thread_create", discord.Thread)
    box.discord.deletes_channel(general)
    assert (await client.sees("thread_delete", discord.Thread)).id == thread.id
    assert thread.id not in box.discord.world.channels


async def test_a_thread_alone_can_be_deleted(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A deleted thread is announced by THREAD_DELETE (Discord's documentation, Gateway Events, "Thread Delete")."""
    thread = await alice.opens_thread(general, "topic")
    box.discord.deletes_channel(thread)
    assert (await client.sees("raw_thread_delete", discord.RawThreadDeleteEvent)).thread_id == thread.id


async def test_removal_from_a_guild_is_told(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """A removed bot gets GUILD_DELETE, and no event of that guild afterwards.

    (Discord's documentation, Gateway Events, "Guild Delete")
    """
    box.discord.removes_bot(home)
    assert (await client.sees("guild_remove", discord.Guild)).id == home.id
    await alice.says(general, "is it gone?")
    home.role("later")
    assert not client.all("message", discord.Message)


async def test_an_invitation_is_told(client: RecordingClient, box: Sandbox) -> None:
    """A bot that is invited gets GUILD_CREATE with the channels (Discord's documentation, "Guild Create", case 3)."""
    club = box.discord.guild("Club", with_bot=False)
    channel = club.channel("talk")
    box.discord.invites_bot(club)
    joined = await client.sees("guild_join", discord.Guild)
    assert joined.get_channel(channel.id) is not None


async def test_typing_is_told(client: RecordingClient, general: Channel, alice: Person) -> None:
    """Typing is announced in guilds and in direct messages (Discord's documentation, Gateway Events, "Typing Start")."""
    await alice.types(general)
    await alice.types(await alice.dm())
    await client.happens("raw_typing", 2)


async def test_roles_and_members_are_kept_current(connects: Connects, home: Server, box: Sandbox) -> None:
    """The bot is told of new roles, permissions and members.

    (Discord's documentation, Gateway Events, "Guild Member Update")
    """
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


async def test_many_deletions_are_one_event(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person, rest: Rest
) -> None:
    """A bulk deletion is announced by one event (documentation, "Message Delete Bulk")."""
    said = [await alice.says(general, f"spam {number}") for number in range(3)]
    box.discord.deletes_many(said)
    event = await client.sees("raw_bulk_message_delete", discord.RawBulkMessageDeleteEvent)
    assert (event.message_ids, event.channel_id) == ({one.id for one in said}, general.id)
    assert not client.all("raw_message_delete", discord.RawMessageDeleteEvent)
    assert all(one.deleted for one in said)
    assert (await rest("GET", f"/channels/{general.id}/messages")).body == []


async def test_a_bulk_takes_2_to_100_messages_of_one_channel(
    box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """A bulk deletion takes 2 to 100 messages of one channel, and nothing else.

    (Discord's documentation, Message, "Bulk Delete Messages")
    """
    said = [await alice.says(general, str(number)) for number in range(101)]
    elsewhere = await alice.says(home.channel("elsewhere"), "hello")
    for wrong in ([], said[:1], said, [said[0], elsewhere]):
        with pytest.raises(RefusedError):
            box.discord.deletes_many(wrong)
    box.discord.deletes_many(said[:100])
    assert box.discord.messages(general) == said[100:]


async def test_embeds_of_a_link_come_later_and_are_no_edit(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """The embeds of a link come by MESSAGE_UPDATE without an edit's time.

    (discord-api-docs 7017: a whole message; discord.py, issue 273)
    """
    said = await alice.says(general, "look: https://example.com")
    box.discord.unfurls(said, [{"type": "link", "url": "https://example.com", "title": "Example"}])
    update = await client.sees("raw_message_edit", discord.RawMessageUpdateEvent)
    assert update.message.content == "look: https://example.com"
    assert [embed.title for embed in update.message.embeds] == ["Example"]
    assert update.message.edited_at is None
    assert update.data["author"]["id"] == str(alice.id)
    assert update.data["tts"] is False


async def test_a_forward_holds_a_copy_that_stays(
    client: RecordingClient, home: Server, general: Channel, alice: Person, rest: Rest
) -> None:
    """A forward carries a copy of the message that no later edit changes.

    (documentation, Message, "Message Reference Types")
    """
    first = await alice.says(general, "as it was", attachments={"a.txt": b"text"})
    said = await alice.forwards(first, to=home.channel("elsewhere"))
    message = await client.sees("message", discord.Message, lambda one: one.id == said.id)
    assert (message.content, message.type) == ("", discord.MessageType.default)
    assert message.flags.forwarded
    assert message.reference is not None
    assert message.reference.type is discord.MessageReferenceType.forward
    assert (message.reference.message_id, message.reference.resolved) == (first.id, None)
    await alice.edits(first, "as it became")
    shape = (await rest("GET", f"/channels/{said.channel.id}/messages/{said.id}")).body
    assert "referenced_message" not in shape
    [snapshot] = shape["message_snapshots"]
    assert snapshot["message"]["content"] == message.message_snapshots[0].content == "as it was"
    assert [one["filename"] for one in snapshot["message"]["attachments"]] == ["a.txt"]
    assert "author" not in snapshot["message"]


async def test_nobody_forwards_what_they_do_not_see(home: Server, general: Channel, alice: Person) -> None:
    """A person cannot forward a message from a channel that they do not see (Discord's documentation, Permissions)."""
    hidden = home.channel("hidden")
    secret = await alice.says(hidden, "secret")
    home.permits(hidden, deny={home.everyone: Permission.VIEW_CHANNEL})
    with pytest.raises(RefusedError):
        await alice.forwards(secret, to=general)


async def test_an_ephemeral_message_comes_like_a_direct_one(
    client: RecordingClient, box: Sandbox, http: aiohttp.ClientSession, general: Channel, alice: Person
) -> None:
    """An ephemeral message is announced without a guild, by the intent of direct messages (documentation, "Messages")."""
    tree = discord.app_commands.CommandTree(client)

    @tree.command(description="whisper")
    async def whisper(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("for you alone", ephemeral=True)

    await tree.sync()
    async with raw_gateway(box, http) as gateway:
        await gateway.identifies(intents=int(Intent.DIRECT_MESSAGES))
        response = await alice.runs("whisper", general)
        assert await gateway.names_until_ack() == ["INTERACTION_CREATE", "MESSAGE_CREATE"]
    message = await client.sees("message", discord.Message)
    assert response.message is not None
    assert (message.id, message.guild, message.flags.ephemeral) == (response.message.id, None, True)
    assert message.author == client.user


SCENES: dict[str, Intent] = {
    "MESSAGE_CREATE": Intent.GUILD_MESSAGES,
    "MESSAGE_UPDATE": Intent.GUILD_MESSAGES,
    "MESSAGE_DELETE": Intent.GUILD_MESSAGES,
    "MESSAGE_DELETE_BULK": Intent.GUILD_MESSAGES,
    "MESSAGE_REACTION_ADD": Intent.GUILD_MESSAGE_REACTIONS,
    "MESSAGE_REACTION_REMOVE": Intent.GUILD_MESSAGE_REACTIONS,
    "TYPING_START": Intent.GUILD_MESSAGE_TYPING,
    "CHANNEL_CREATE": Intent.GUILDS,
    "CHANNEL_UPDATE": Intent.GUILDS,
    "CHANNEL_DELETE": Intent.GUILDS,
    "THREAD_CREATE": Intent.GUILDS,
    "THREAD_UPDATE": Intent.GUILDS,
    "THREAD_DELETE": Intent.GUILDS,
    "GUILD_CREATE": Intent.GUILDS,
    "GUILD_DELETE": Intent.GUILDS,
    "GUILD_ROLE_CREATE": Intent.GUILDS,
    "GUILD_ROLE_UPDATE": Intent.GUILDS,
    "GUILD_MEMBER_ADD": Intent.GUILD_MEMBERS,
}


async def everything_happens(box: Sandbox, home: Server, general: Channel, alice: Person) -> None:
    """Cause each event of the scenes at least once."""
    said = [await alice.says(general, str(number)) for number in range(4)]
    await alice.edits(said[0], "changed")
    await alice.reacts(said[0], "👍")
    await alice.unreacts(said[0], "👍")
    await alice.deletes(said[0])
    box.discord.deletes_many(said[1:3])
    await alice.types(general)
    thread = await alice.opens_thread(said[3], "thread")
    box.discord.archives(thread)
    box.discord.deletes_channel(thread)
    channel = home.channel("new")
    box.discord.renames(channel, "newer")
    box.discord.deletes_channel(channel)
    home.grants(home.role("mods"), Permission.MANAGE_MESSAGES)
    box.discord.user("Bob")
    box.discord.takes_down(home)
    box.discord.brings_back(home)


@pytest.mark.parametrize("intent", sorted(set(SCENES.values())), ids=lambda intent: intent.name)
async def test_every_event_comes_with_its_intent_and_not_without(
    box: Sandbox, http: aiohttp.ClientSession, home: Server, general: Channel, alice: Person, *, intent: Intent
) -> None:
    """Each event reaches the sessions with its intent, and no others.

    (Discord's documentation, Gateway, "List of Intents")
    """
    expected = {name for name, needed in SCENES.items() if needed is intent}
    async with raw_gateway(box, http) as only, raw_gateway(box, http) as all_but:
        for gateway, value in ((only, int(intent)), (all_but, EVERYTHING & ~int(intent))):
            await gateway.identifies(intents=value)
            await gateway.names_until_ack()
        await everything_happens(box, home, general, alice)
        assert set(await only.names_until_ack()) & set(SCENES) == expected
        assert set(await all_but.names_until_ack()) & set(SCENES) == set(SCENES) - expected


async def test_direct_messages_have_intents_of_their_own(
    box: Sandbox, http: aiohttp.ClientSession, alice: Person
) -> None:
    """The events of direct messages have intents of their own (documentation, Gateway, "List of Intents")."""
    expected = {
        Intent.DIRECT_MESSAGES: ["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"],
        Intent.DIRECT_MESSAGE_REACTIONS: ["MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"],
        Intent.DIRECT_MESSAGE_TYPING: ["TYPING_START"],
    }
    for intent, names in expected.items():
        async with raw_gateway(box, http) as gateway:
            await gateway.identifies(intents=int(intent))
            direct = await alice.dm()
            said = await alice.says(direct, "hello")
            await alice.edits(said, "hi")
            await alice.reacts(said, "👍")
            await alice.unreacts(said, "👍")
            await alice.types(direct)
            await alice.deletes(said)
            assert await gateway.names_until_ack() == names


async def test_the_bots_own_membership_needs_no_intent(box: Sandbox, http: aiohttp.ClientSession, home: Server) -> None:
    """A change of the bot's own membership reaches a session without intents.

    (Discord's documentation, Gateway, "Caveats")
    """
    async with raw_gateway(box, http) as gateway:
        await gateway.identifies(intents=0)
        home.admits(box.bot.user, [home.bot_role])
        assert await gateway.names_until_ack() == ["GUILD_MEMBER_UPDATE"]


async def test_members_of_a_thread_are_told_with_what_the_bot_may_know(
    box: Sandbox, http: aiohttp.ClientSession, general: Channel, alice: Person
) -> None:
    """A session without the members' intent is told only of the bot as a new member of a thread.

    (Discord's documentation, "Thread Members Update")
    """
    for intents, expected in ((Intent.GUILDS, [box.bot.id]), (Intent.GUILD_MEMBERS, [alice.id, box.bot.id])):
        async with raw_gateway(box, http) as gateway:
            await gateway.identifies(intents=int(intents))
            await gateway.names_until_ack()
            thread = await box.discord.user("Bob").opens_thread(general, "topic")
            await alice.says(thread, "me, too")
            await alice.adds_bot(thread)
            for user_id in expected:
                [added] = (await gateway.hears("THREAD_MEMBERS_UPDATE"))["added_members"]
                assert (added["user_id"], added["member"]["user"]["id"]) == (str(user_id), str(user_id))


def contents(client: RecordingClient, name: str) -> list[str]:
    """The contents of the messages in all events of a name, as they came over the wire."""
    frames = [json.loads(frame) for frame in client.all("socket_raw_receive", str)]
    return [frame["d"]["content"] for frame in frames if frame["t"] == name]


async def test_an_event_shows_what_was_when_it_happened(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """An event shows its message as it was at that moment, also to a client that hears of it after later changes.

    (Discord's documentation, Gateway, "Resuming": the events that were missed are replayed)
    """
    box.discord.freezes_gateway()
    said = await alice.says(general, "@Parley first")
    await alice.edits(said, "@Parley second")
    await alice.deletes(said)
    await box.discord.drops_gateway()
    await client.happens("raw_message_delete")
    assert contents(client, "MESSAGE_CREATE") == [f"{box.bot.mention} first"]
    assert contents(client, "MESSAGE_UPDATE") == [f"{box.bot.mention} second"]


async def test_an_event_can_come_twice(client: RecordingClient, box: Sandbox, general: Channel, alice: Person) -> None:
    """A repeated event is the same as before, whatever became of its message (the sandbox's own promise)."""
    said = await alice.says(general, "first")
    await alice.edits(said, "second")
    box.discord.repeats(said)
    await client.happens("message", times=2)
    assert contents(client, "MESSAGE_CREATE") == ["first", "first"]
    with pytest.raises(RefusedError, match="MESSAGE_DELETE"):
        box.discord.repeats(said, "MESSAGE_DELETE")


async def test_sessions_are_counted(client: RecordingClient, box: Sandbox) -> None:
    """A second session and a resumed one can be waited for."""
    await box.bot.began(1)
    await box.discord.drops_gateway()
    await box.bot.resumed(1)
    await box.discord.drops_gateway(4009)
    await box.bot.began(2)
    assert (box.discord.gateway.begun, box.discord.gateway.resumed) == (2, 1)
    del client
