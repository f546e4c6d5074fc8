"""Tests of messages that are created, changed and deleted."""

import io

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


async def test_a_nonce_makes_one_message(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A second message with an enforced nonce returns the first ("Create Message", `enforce_nonce`)."""
    channel = client.get_partial_messageable(general.id)
    first = await channel.send("once", nonce="n1")
    second = await channel.send("twice", nonce="n1")
    assert (second.id, second.content) == (first.id, "once")
    assert len(box.discord.messages(general)) == 1


async def test_a_nonce_is_forgotten_after_some_minutes(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A nonce is forgotten after some minutes.

    (Discord's documentation, "Create Message", `enforce_nonce`: "in the past few minutes")
    """
    channel = client.get_partial_messageable(general.id)
    first = await channel.send("once", nonce="n1")
    box.clock.moves(seconds=600)
    assert (await channel.send("again", nonce="n1")).id != first.id


async def test_a_nonce_without_enforcement_makes_two_messages(rest: Rest, general: Channel) -> None:
    """Two messages with one nonce are posted if it is not enforced.

    (Discord's documentation, "Create Message", `enforce_nonce`)
    """
    path = f"/channels/{general.id}/messages"
    first = await rest("POST", path, {"content": "a", "nonce": "n"})
    assert (await rest("POST", path, {"content": "a", "nonce": "n"})).body["id"] != first.body["id"]


async def test_a_nonce_of_a_deleted_message_is_spent(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A message with the nonce of a deleted one is refused with 10008 (discord-api-docs #6647)."""
    channel = client.get_partial_messageable(general.id)
    first = await channel.send("once", nonce="n1")
    await first.delete()
    with pytest.raises(discord.NotFound) as caught:
        await channel.send("again", nonce="n1")
    assert caught.value.code == 10008
    box.clock.moves(seconds=600)
    assert (await channel.send("later", nonce="n1")).content == "later"


async def test_a_nonce_is_its_authors(client: RecordingClient, box: Sandbox, general: Channel, alice: Person) -> None:
    """A nonce counts for one author ("Create Message", `enforce_nonce`: same author)."""
    said = await alice.says(general, "hello")
    sent = await client.get_partial_messageable(general.id).send("mine", nonce=str(said.nonce))
    assert sent.id != said.id


async def test_a_nonce_holds_across_channels(rest: Rest, home: Server, general: Channel) -> None:
    """A nonce counts across channels ("Create Message", `enforce_nonce`)."""
    body = {"content": "a", "nonce": 5, "enforce_nonce": True}
    first = await rest("POST", f"/channels/{general.id}/messages", body)
    again = await rest("POST", f"/channels/{home.channel('other').id}/messages", body)
    assert (again.status, again.body["id"], again.body["nonce"]) == (200, first.body["id"], 5)


async def test_the_nonce_comes_with_the_event(client: RecordingClient, general: Channel) -> None:
    """The event of a message carries its nonce ("Create Message", `nonce`)."""
    await client.get_partial_messageable(general.id).send("hello", nonce="n1")
    assert (await client.sees("message", discord.Message)).nonce == "n1"


async def test_white_space_around_content_is_trimmed(client: RecordingClient, general: Channel) -> None:
    """White space around the content is trimmed (measured)."""
    sent = await client.get_partial_messageable(general.id).send("  \n text \n ")
    assert sent.content == "text"


async def test_a_reply_to_a_deleted_message_is_refused(
    client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A reply to a deleted message is refused with 50035 (Discord's documentation, "Create Message", "Limitations")."""
    said = await alice.says(general, "@Parley quick")
    heard = await client.sees("message", discord.Message)
    await alice.deletes(said)
    with pytest.raises(discord.HTTPException, match="Unknown message") as caught:
        await heard.reply("too late")
    assert (caught.value.status, caught.value.code) == (400, 50035)


async def test_a_reply_that_may_fail_becomes_a_plain_message(client: RecordingClient, general: Channel) -> None:
    """A reply to a missing message is posted as a plain one with `fail_if_not_exists: false`.

    (Discord's documentation, "Message Reference Structure")
    """
    gone = discord.MessageReference(message_id=1, channel_id=general.id, fail_if_not_exists=False)
    sent = await client.get_partial_messageable(general.id).send("still", reference=gone)
    assert sent.type is discord.MessageType.default


async def test_a_system_message_cannot_be_replied_to(rest: Rest, box: Sandbox, general: Channel, alice: Person) -> None:
    """A reply to a system message is refused (Discord's documentation, "Create Message", "Limitations")."""
    await alice.opens_thread(general, "topic")
    system = box.discord.messages(general)[0]
    reference = {"message_reference": {"message_id": str(system.id)}}
    refused = await rest("POST", f"/channels/{general.id}/messages", {"content": "hi"} | reference)
    assert refused.body["errors"]["message_reference"]["_errors"][0]["code"] == "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE"


async def test_an_edit_is_stamped_and_announced(client: RecordingClient, general: Channel) -> None:
    """An edit gets a time and is announced (Discord's documentation, "Edit Message")."""
    sent = await client.get_partial_messageable(general.id).send("draft")
    edited = await sent.edit(content="final")
    assert edited.edited_at is not None
    seen = await client.sees("message_edit", discord.Message)
    assert seen.content == "final"


async def test_an_edit_keeps_what_it_does_not_name(client: RecordingClient, general: Channel) -> None:
    """An edit keeps the fields that it does not name.

    (Discord's documentation, "Edit Message": all parameters are optional)
    """
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button[discord.ui.View](label="More", custom_id="more"))
    channel = client.get_partial_messageable(general.id)
    sent = await channel.send("draft", view=view, file=discord.File(__file__, "a.txt"))
    edited = await sent.edit(content="final")
    assert (len(edited.components), len(edited.attachments)) == (1, 1)
    emptied = await edited.edit(view=None, attachments=[])
    assert (emptied.components, emptied.attachments) == ([], [])


async def test_an_edit_to_nothing_is_refused(client: RecordingClient, general: Channel) -> None:
    """An edit that leaves nothing is refused with 50006 (Discord's documentation, "JSON Error Codes")."""
    sent = await client.get_partial_messageable(general.id).send("something")
    with pytest.raises(discord.HTTPException) as caught:
        await sent.edit(content="")
    assert caught.value.code == 50006


async def test_an_edit_hides_and_shows_embeds_and_nothing_else(rest: Rest, general: Channel) -> None:
    """An edit may set SUPPRESS_EMBEDS; other flags stay as they were ("Edit Message", `flags`)."""
    path = f"/channels/{general.id}/messages"
    sent = await rest("POST", path, {"content": "x", "flags": 1 << 12})
    one = f"{path}/{sent.body['id']}"
    silent, hidden, ephemeral = 1 << 12, 1 << 2, 1 << 6
    assert (await rest("PATCH", one, {"flags": hidden | ephemeral})).body["flags"] == silent | hidden
    assert (await rest("PATCH", one, {"content": "y"})).body["flags"] == silent | hidden
    assert (await rest("PATCH", one, {"flags": 0})).body["flags"] == silent


async def test_silent_messages_say_so(client: RecordingClient, general: Channel) -> None:
    """A silent message keeps its flag ("Message Flags", SUPPRESS_NOTIFICATIONS)."""
    sent = await client.get_partial_messageable(general.id).send("psst", silent=True)
    assert sent.flags.suppress_notifications


async def test_system_messages_cannot_be_edited(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """An edit of a system message is refused (Discord's documentation, "JSON Error Codes", 50021)."""
    channel = client.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.create_thread(name="topic", type=discord.ChannelType.public_thread)
    system = box.discord.messages(general)[0]
    with pytest.raises(discord.Forbidden) as caught:
        await channel.get_partial_message(system.id).edit(content="mine")
    assert caught.value.code == 50021


async def test_a_message_has_ten_files_at_most(client: RecordingClient, rest: Rest, general: Channel) -> None:
    """An edit that adds an eleventh file is refused (Discord's documentation, "JSON Error Codes", 30015)."""
    files = [discord.File(io.BytesIO(b"x"), f"{number}.txt") for number in range(10)]
    sent = await client.get_partial_messageable(general.id).send(files=files)
    more = aiohttp.FormData({"content": "more"}, quote_fields=False)
    more.add_field("files[0]", b"x", filename="more.txt")
    refused = await rest("PATCH", f"/channels/{general.id}/messages/{sent.id}", form=more)
    assert (refused.status, refused.body["code"]) == (400, 30015)
    kept = sent.attachments[1:]
    assert len((await sent.edit(attachments=[*kept, discord.File(io.BytesIO(b"x"), "more.txt")])).attachments) == 10


async def test_attachments_come_back_byte_for_byte(client: RecordingClient, general: Channel) -> None:
    """A file is read back byte for byte (Discord's documentation, Reference, "Uploading Files")."""
    content = bytes(range(256)) * 10
    file = discord.File(io.BytesIO(content), "böse datei.bin", description="all bytes")
    sent = await client.get_partial_messageable(general.id).send(file=file)
    assert sent.attachments[0].description == "all bytes"
    assert sent.attachments[0].size == len(content)
    assert await sent.attachments[0].read() == content


async def test_a_persons_text_file_tells_its_type(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A text file comes with its content type (OpenAPI document, MessageAttachmentResponse)."""
    await alice.says(general, "read this", attachments={"notes.txt": b"hello"})
    heard = await client.sees("message", discord.Message)
    assert heard.attachments[0].content_type == "text/plain; charset=utf-8"
    assert await heard.attachments[0].read() == b"hello"


async def test_a_file_above_the_limit_is_refused(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A file above the limit is refused (413, 40005)."""
    box.discord.world.upload_limit = 10
    channel = client.get_partial_messageable(general.id)
    with pytest.raises(discord.HTTPException) as caught:
        await channel.send(file=discord.File(__file__))
    assert (caught.value.status, caught.value.code) == (413, 40005)


async def test_a_post_opens_an_archived_thread(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A message opens an archived thread (Discord's documentation, Threads, "Active & Archived Threads")."""
    thread = await alice.opens_thread(general, "old")
    box.discord.archives(thread)
    await client.get_partial_messageable(thread.id).send("hello again")
    assert thread.thread is not None
    assert not thread.thread.archived


async def test_a_mention_in_a_thread_adds_the_bot(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A mention in a thread makes the bot a member (no source: as the client does it)."""
    thread = await alice.opens_thread(general, "topic")
    await alice.says(thread, "@Parley join us")
    assert thread.thread is not None
    assert client.application_id in thread.thread.joined


async def test_deletions_are_announced(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A deletion is announced (Discord's documentation, "Delete Message")."""
    said = await alice.says(general, "oops")
    await alice.deletes(said)
    gone = await client.sees("raw_message_delete", discord.RawMessageDeleteEvent)
    assert gone.message_id == said.id


async def test_nonces_do_not_pile_up(rest: Rest, box: Sandbox, general: Channel) -> None:
    """Nonces are forgotten once their lifetime is over (the sandbox's own promise)."""
    path = f"/channels/{general.id}/messages"
    for nonce in ("old", "young"):
        await rest("POST", path, {"content": "x", "nonce": nonce})
    box.clock.moves(seconds=290)
    await rest("POST", path, {"content": "x", "nonce": "old"})
    box.clock.moves(seconds=20)
    await rest("POST", path, {"content": "x", "nonce": "new"})
    assert [nonce for _, nonce in box.discord.world.nonces] == ["old", "new"]
