"""How messages come, change and go."""

import io

import discord
import pytest

from bot.sandbox import Channel, Person, Sandbox
from tests.sandbox.clients import RecordingClient, Rest


async def test_a_nonce_makes_one_message(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A bot that repeats a send after a lost response would answer twice ("Create Message", `enforce_nonce`)."""
    channel = client.get_partial_messageable(general.id)
    first = await channel.send("once", nonce="n1")
    second = await channel.send("twice", nonce="n1")
    assert (second.id, second.content) == (first.id, "once")
    assert len(box.discord.messages(general)) == 1


async def test_a_nonce_is_forgotten_after_some_minutes(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A bot that counts on it for longer would get a second message on Discord and not here."""
    channel = client.get_partial_messageable(general.id)
    first = await channel.send("once", nonce="n1")
    box.clock.moves(seconds=600)
    assert (await channel.send("again", nonce="n1")).id != first.id


async def test_a_nonce_without_enforcement_makes_two_messages(rest: Rest, general: Channel) -> None:
    """A client that only echoes nonces would be told that its second message exists already."""
    path = f"/channels/{general.id}/messages"
    first = await rest("POST", path, {"content": "a", "nonce": "n"})
    assert (await rest("POST", path, {"content": "a", "nonce": "n"})).body["id"] != first.body["id"]


async def test_a_nonce_of_a_deleted_message_makes_a_new_one(
    client: RecordingClient, box: Sandbox, general: Channel
) -> None:
    """A bot would adopt the id of a message that nobody sees."""
    channel = client.get_partial_messageable(general.id)
    first = await channel.send("once", nonce="n1")
    await first.delete()
    assert (await channel.send("again", nonce="n1")).id != first.id


async def test_white_space_around_content_is_trimmed(client: RecordingClient, general: Channel) -> None:
    """A bot that splits texts at spaces would find them on Discord without."""
    sent = await client.get_partial_messageable(general.id).send("  \n text \n ")
    assert sent.content == "text"


async def test_a_reply_to_a_deleted_message_is_refused(
    client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A question may be gone before its answer comes: 50035 with REPLIES_UNKNOWN_MESSAGE."""
    said = await alice.says(general, "@Parley quick")
    heard = await client.sees("message", discord.Message)
    await alice.deletes(said)
    with pytest.raises(discord.HTTPException, match="Unknown message") as caught:
        await heard.reply("too late")
    assert (caught.value.status, caught.value.code) == (400, 50035)


async def test_a_reply_that_may_fail_becomes_a_plain_message(client: RecordingClient, general: Channel) -> None:
    """`fail_if_not_exists: false` is how a bot answers all the same."""
    gone = discord.MessageReference(message_id=1, channel_id=general.id, fail_if_not_exists=False)
    sent = await client.get_partial_messageable(general.id).send("still", reference=gone)
    assert sent.type is discord.MessageType.default


async def test_a_system_message_cannot_be_replied_to(rest: Rest, box: Sandbox, general: Channel, alice: Person) -> None:
    """A bot that takes "started a thread" for a question could not answer it on Discord."""
    await alice.opens_thread(general, "topic")
    system = box.discord.messages(general)[0]
    reference = {"message_reference": {"message_id": str(system.id)}}
    refused = await rest("POST", f"/channels/{general.id}/messages", {"content": "hi"} | reference)
    assert refused.body["errors"]["message_reference"]["_errors"][0]["code"] == "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE"


async def test_an_edit_is_stamped_and_announced(client: RecordingClient, general: Channel) -> None:
    """Whoever mirrors messages would show the old text."""
    sent = await client.get_partial_messageable(general.id).send("draft")
    edited = await sent.edit(content="final")
    assert edited.edited_at is not None
    seen = await client.sees("message_edit", discord.Message)
    assert seen.content == "final"


async def test_an_edit_keeps_what_it_does_not_name(client: RecordingClient, general: Channel) -> None:
    """A text edit would drop the buttons."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button[discord.ui.View](label="More", custom_id="more"))
    channel = client.get_partial_messageable(general.id)
    sent = await channel.send("draft", view=view, file=discord.File(__file__, "a.txt"))
    edited = await sent.edit(content="final")
    assert (len(edited.components), len(edited.attachments)) == (1, 1)
    emptied = await edited.edit(view=None, attachments=[])
    assert (emptied.components, emptied.attachments) == ([], [])


async def test_an_edit_to_nothing_is_refused(client: RecordingClient, general: Channel) -> None:
    """A bot would show a blank message that Discord refuses with 50006."""
    sent = await client.get_partial_messageable(general.id).send("something")
    with pytest.raises(discord.HTTPException) as caught:
        await sent.edit(content="")
    assert caught.value.code == 50006


async def test_attachments_come_back_byte_for_byte(client: RecordingClient, general: Channel) -> None:
    """An export would arrive damaged."""
    content = bytes(range(256)) * 10
    file = discord.File(io.BytesIO(content), "böse datei.bin", description="all bytes")
    sent = await client.get_partial_messageable(general.id).send(file=file)
    assert sent.attachments[0].description == "all bytes"
    assert sent.attachments[0].size == len(content)
    assert await sent.attachments[0].read() == content


async def test_a_persons_text_file_tells_its_type(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A bot decides by `content_type` whether it reads a file."""
    await alice.says(general, "read this", attachments={"notes.txt": b"hello"})
    heard = await client.sees("message", discord.Message)
    assert heard.attachments[0].content_type == "text/plain; charset=utf-8"
    assert await heard.attachments[0].read() == b"hello"


async def test_a_file_above_the_limit_is_refused(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A bot that does not split its exports would fail only on Discord (413, 40005)."""
    box.discord.world.upload_limit = 10
    channel = client.get_partial_messageable(general.id)
    with pytest.raises(discord.HTTPException) as caught:
        await channel.send(file=discord.File(__file__))
    assert (caught.value.status, caught.value.code) == (413, 40005)


async def test_a_post_opens_an_archived_thread(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A bot would think that it has to open old threads itself."""
    thread = await alice.opens_thread(general, "old")
    box.discord.archives(thread)
    await client.get_partial_messageable(thread.id).send("hello again")
    assert thread.thread is not None
    assert not thread.thread.archived


async def test_a_mention_in_a_thread_adds_the_bot(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A bot that follows the threads it is a member of would miss those that it was called into."""
    thread = await alice.opens_thread(general, "topic")
    await alice.says(thread, "@Parley join us")
    assert thread.thread is not None
    assert client.application_id in thread.thread.joined


async def test_deletions_are_announced(client: RecordingClient, general: Channel, alice: Person) -> None:
    """Whoever must forget what was deleted would not learn of it."""
    said = await alice.says(general, "oops")
    await alice.deletes(said)
    gone = await client.sees("raw_message_delete", discord.RawMessageDeleteEvent)
    assert gone.message_id == said.id
