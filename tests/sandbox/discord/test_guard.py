"""What the bot may do over REST, and how it is refused. Codes: Discord's documentation, "JSON Error Codes"."""

import discord
import pytest

from bot.sandbox import Channel, Permission, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


async def test_a_hidden_channel_is_missing_access(rest: Rest, home: Server) -> None:
    """50001 is how a bot learns that it was locked out; anything else looks like a bug of its own."""
    hidden = home.channel("hidden", deny={home.everyone: Permission.VIEW_CHANNEL})
    for method, path in [("GET", ""), ("GET", "/messages"), ("POST", "/messages"), ("POST", "/typing")]:
        refused = await rest(method, f"/channels/{hidden.id}{path}")
        assert (refused.status, refused.body) == (403, {"message": "Missing Access", "code": 50001})


async def test_a_silent_channel_is_missing_permissions(client: RecordingClient, home: Server) -> None:
    """50013 on a send is what the bot must turn into a hint for the people."""
    silent = home.channel("silent", deny={home.everyone: Permission.SEND_MESSAGES})
    with pytest.raises(discord.Forbidden) as caught:
        await client.get_partial_messageable(silent.id).send("hello")
    assert caught.value.code == 50013


async def test_files_need_their_permission(client: RecordingClient, home: Server) -> None:
    """An export into a channel without files fails on Discord."""
    channel = home.channel("text only", deny={home.everyone: Permission.ATTACH_FILES})
    with pytest.raises(discord.Forbidden):
        await client.get_partial_messageable(channel.id).send(file=discord.File(__file__))


async def test_a_reply_needs_the_history(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A bot that always replies would be mute where it may not read the history (160002)."""
    await alice.says(general, "@Parley hi")
    heard = await client.sees("message", discord.Message)
    home.permits(general, deny={home.everyone: Permission.READ_MESSAGE_HISTORY})
    with pytest.raises(discord.HTTPException) as caught:
        await heard.reply("hello")
    assert caught.value.code == 160002
    await heard.channel.send("hello")


async def test_without_the_history_there_are_no_messages_to_read(rest: Rest, home: Server, alice: Person) -> None:
    """Discord answers with an empty list, and 50013 for a single message."""
    channel = home.channel("past", deny={home.everyone: Permission.READ_MESSAGE_HISTORY})
    said = await alice.says(channel, "hello")
    assert (await rest("GET", f"/channels/{channel.id}/messages")).body == []
    assert (await rest("GET", f"/channels/{channel.id}/messages/{said.id}")).body["code"] == 50013


async def test_a_locked_thread_takes_no_posts_and_edits(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """An answer may come after a moderator has closed the thread (50083)."""
    thread = await alice.opens_thread(general, "topic")
    sent = await client.get_partial_messageable(thread.id).send("draft")
    box.discord.archives(thread, locked=True)
    for refused in (sent.edit(content="final"), client.get_partial_messageable(thread.id).send("more")):
        with pytest.raises(discord.HTTPException) as caught:
            await refused
        assert caught.value.code == 50083


async def test_messages_of_others_go_only_with_the_right(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A bot that cleans up would be trusted to without having been."""
    said = await alice.says(general, "hello")
    partial = client.get_partial_messageable(general.id).get_partial_message(said.id)
    with pytest.raises(discord.Forbidden):
        await partial.delete()
    home.grants(home.bot_role, Permission.MANAGE_MESSAGES)
    await partial.delete()
    assert said.deleted


async def test_messages_of_others_in_dms_stay(rest: Rest, alice: Person) -> None:
    """No right helps in a direct message (50003)."""
    dm = await alice.dm()
    said = await alice.says(dm, "hello")
    assert (await rest("DELETE", f"/channels/{dm.id}/messages/{said.id}")).body["code"] == 50003
