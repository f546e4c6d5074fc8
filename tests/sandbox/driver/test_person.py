"""People's actions, and those that their client refuses."""

import discord
import pytest

from bot.sandbox import Channel, Permission, Person, RefusedError, Sandbox, Server
from tests.sandbox.clients import RecordingClient
from tests.sandbox.handlers import answer, one_button


async def test_people_are_bound_by_permissions(home: Server, alice: Person) -> None:
    """A person cannot write where they lack the permission to send messages."""
    silent = home.channel("silent", deny={home.everyone: Permission.SEND_MESSAGES})
    with pytest.raises(RefusedError, match="Alice lacks SEND_MESSAGES in silent"):
        await alice.says(silent, "hello")


async def test_people_write_four_thousand_characters(general: Channel, alice: Person) -> None:
    """People write 4000 characters at most, as Nitro allows."""
    assert len((await alice.says(general, "x" * 4000)).content) == 4000
    with pytest.raises(RefusedError, match="4000"):
        await alice.says(general, "x" * 4001)


async def test_people_edit_only_what_is_theirs(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """People edit their own messages, and nobody else's."""
    said = await alice.says(general, "draft")
    await alice.edits(said, "@Parley final")
    assert (said.content, said.mentions.users) == (f"{box.bot.mention} final", (box.bot.user,))
    assert (await client.sees("message_edit", discord.Message)).content.endswith("final")
    with pytest.raises(RefusedError):
        await box.discord.user("Bob").edits(said, "mine")


async def test_moderators_delete_what_is_not_theirs(
    box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """Moderators delete the messages of others, and other members cannot."""
    bob = box.discord.user("Bob")
    said = await alice.says(general, "hello")
    with pytest.raises(RefusedError):
        await bob.deletes(said)
    bob.joins(home, roles=[home.role("mods", Permission.MANAGE_MESSAGES)])
    await bob.deletes(said)
    assert said.deleted


async def test_other_bots_look_like_bots(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A message of another bot has a bot for its author."""
    other = box.discord.other_bot("Chatty")
    await other.says(general, "@Parley hello")
    assert (await client.sees("message", discord.Message)).author.bot


async def test_people_are_the_same_by_name(box: Sandbox, alice: Person) -> None:
    """A second `user("Alice")` is the same person."""
    assert box.discord.user("Alice") is alice
    assert (alice.name, alice.mention) == ("Alice", f"<@{alice.id}>")


async def test_a_button_must_be_there_seen_and_enabled(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A button can be pressed only where it exists, is enabled, and its message is seen by the person."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button[discord.ui.View](label="Off", custom_id="off", disabled=True))
    sent = await client.get_partial_messageable(general.id).send("buttons", view=view)
    message = box.discord.world.message(general, sent.id)
    with pytest.raises(RefusedError, match="disabled"):
        await alice.presses(message, "Off")
    with pytest.raises(RefusedError, match="there are \\['Off'\\]"):
        await alice.presses(message, "On")
    message.seen_by = box.discord.user("Bob").user
    with pytest.raises(RefusedError, match="does not see"):
        await alice.presses(message, "Off")


@pytest.mark.parametrize(("text", "why"), [("", "empty message"), ("x" * 4001, "at most 4000")])
async def test_an_edit_is_held_to_what_a_message_is(general: Channel, alice: Person, text: str, why: str) -> None:
    """An edit to an empty or a too long text is refused (Discord's documentation, "Edit Message": as for a new one)."""
    said = await alice.says(general, "draft")
    with pytest.raises(RefusedError, match=why):
        await alice.edits(said, text)
    assert said.content == "draft"


async def test_who_does_not_see_a_channel_does_nothing_there(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """People who do not see a channel can neither edit, delete, press, type nor take reactions back there.

    (Discord's documentation, Permissions, VIEW_CHANNEL)
    """
    view = one_button(answer)
    sent = await client.get_partial_messageable(general.id).send("press", view=view)
    button = box.discord.world.message(general, sent.id)
    said = await alice.says(general, "mine")
    await alice.reacts(said, "🔥")
    home.permits(general, deny={alice.user: Permission.VIEW_CHANNEL})
    for tried in (
        alice.edits(said, "still mine"),
        alice.deletes(said),
        alice.unreacts(said, "🔥"),
        alice.presses(button, "Press"),
    ):
        with pytest.raises(RefusedError, match="does not see"):
            await tried
    with pytest.raises(RefusedError, match="lacks SEND_MESSAGES"):
        await alice.types(general)
    assert (said.content, said.deleted) == ("mine", False)


async def test_a_message_goes_only_once(client: RecordingClient, box: Sandbox, general: Channel, alice: Person) -> None:
    """A message that is gone can neither be deleted again nor edited (Discord's documentation, "Message Delete")."""
    said, other = await alice.says(general, "hello"), await alice.says(general, "bye")
    box.discord.deletes(said)
    with pytest.raises(RefusedError, match="gone already"):
        box.discord.deletes(said)
    with pytest.raises(RefusedError, match="gone already"):
        box.discord.deletes_many([said, other])
    with pytest.raises(RefusedError, match="does not see"):
        await alice.deletes(said)
    with pytest.raises(RefusedError, match="does not see"):
        await alice.edits(said, "back")
    box.discord.deletes(other)
    await client.happens("raw_message_delete", times=2)
    assert sum(name == "raw_message_delete" for name, _ in client.seen) == 2


async def test_the_bot_is_added_by_who_sees_the_thread(home: Server, general: Channel, alice: Person) -> None:
    """A person adds the bot only to a thread that they see (Discord's documentation, Threads, "Thread Permissions")."""
    thread = await alice.opens_thread(general, "topic", private=True)
    home.permits(general, deny={alice.user: Permission.VIEW_CHANNEL})
    with pytest.raises(RefusedError, match="lacks VIEW_CHANNEL"):
        await alice.adds_bot(thread)
