"""Tests of the content that a bot without the message content intent is shown.

Source of all: Discord's documentation, Gateway, "Message Content Intent".
"""

import discord
import pytest

from bot.sandbox import Channel, Intent, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.conftest import Connects


@pytest.fixture
async def client(connects: Connects, general: Channel) -> RecordingClient:
    """A client that did not ask for message content."""
    del general
    return await connects(discord.Intents.default())


async def heard(client: RecordingClient, message_id: int) -> discord.Message:
    """Return a message as discord.py got it."""
    return await client.sees("message", discord.Message, lambda one: one.id == message_id)


async def test_plain_messages_come_empty(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A message and its edit come without content and attachments."""
    said = await alice.says(general, "not for you", attachments={"a.txt": b"secret"})
    message = await heard(client, said.id)
    assert (message.content, message.attachments) == ("", [])
    await alice.edits(said, "still not for you")
    assert (await client.sees("raw_message_edit", discord.RawMessageUpdateEvent)).message.content == ""


async def test_a_mention_shows_the_content(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A message that mentions the bot comes with content and attachments."""
    said = await alice.says(general, "@Parley hello", attachments={"a.txt": b"text"})
    message = await heard(client, said.id)
    assert message.content.endswith("hello")
    assert len(message.attachments) == 1


async def test_a_mention_of_the_managed_role_does_not(
    box: Sandbox, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A mention of the bot's managed role alone does not show the content; the case is undocumented."""
    role = client.guilds[0].self_role
    assert role is not None
    said = await alice.says(general, f"{role.mention} hello")
    message = await heard(client, said.id)
    assert (message.content, message.role_mentions) == ("", [role])


async def test_a_switch_lets_a_mention_of_the_managed_role_show_the_content(
    box: Sandbox, client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """With `reads_role_mentions`, a mention of the managed role shows the content, one of another role does not.

    (the documentation only says "mentioned")
    """
    box.discord.application.reads_role_mentions = True
    said = await alice.says(general, f"{home.bot_role.mention} hello")
    assert (await heard(client, said.id)).content.endswith("hello")
    other = await alice.says(general, f"{home.role('mods', mentionable=True).mention} hello")
    assert (await heard(client, other.id)).content == ""


async def test_everyone_does_not(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A mention of everyone does not show the content."""
    said = await alice.says(general, "@everyone hello")
    message = await heard(client, said.id)
    assert message.mention_everyone
    assert message.content == ""


async def test_direct_messages_show_the_content(client: RecordingClient, alice: Person) -> None:
    """A direct message comes with its content."""
    said = await alice.says(await alice.dm(), "just us")
    assert (await heard(client, said.id)).content == "just us"


async def test_the_bots_own_messages_show_the_content(client: RecordingClient, general: Channel) -> None:
    """The bot's own message comes with its content."""
    sent = await client.get_partial_messageable(general.id).send("mine")
    assert (await heard(client, sent.id)).content == "mine"


@pytest.mark.parametrize(("ping", "content"), [(True, "and then?"), (False, "")])
async def test_a_reply_shows_the_content_only_with_its_ping(
    client: RecordingClient, general: Channel, alice: Person, box: Sandbox, *, ping: bool, content: str
) -> None:
    """A reply to the bot shows its content only if it pings."""
    sent = await client.get_partial_messageable(general.id).send("once upon a time")
    mine = next(one for one in box.discord.messages(general) if one.id == sent.id)
    said = await alice.says(general, "and then?", reply_to=mine, ping=ping)
    assert (await heard(client, said.id)).content == content


async def test_the_message_a_mention_refers_to_comes_empty(
    client: RecordingClient, general: Channel, alice: Person
) -> None:
    """The message that a mention replies to comes without content; the case is undocumented."""
    first = await alice.says(general, "the quoted")
    said = await alice.says(general, "@Parley explain this", reply_to=first)
    message = await heard(client, said.id)
    assert message.reference is not None
    assert isinstance(message.reference.resolved, discord.Message)
    assert message.reference.resolved.content == ""


async def test_rest_goes_by_the_portals_switch(box: Sandbox, rest: Rest, general: Channel, alice: Person) -> None:
    """REST withholds the content where the portal's switch is off."""
    said = await alice.says(general, "hidden")
    path = f"/channels/{general.id}/messages/{said.id}"
    assert (await rest("GET", path)).body["content"] == "hidden"
    box.discord.application.privileged = Intent.NONE
    assert (await rest("GET", path)).body["content"] == ""


async def test_a_reply_to_an_interactions_response_comes_empty(
    client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A reply to an interaction's response comes without content and without a mention (discord-api-docs, issue 5395)."""
    tree = discord.app_commands.CommandTree(client)

    @tree.command(description="say it")
    async def say(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("said")

    await tree.sync()
    response = await alice.runs("say", general)
    assert response.message is not None
    said = await alice.says(general, "and then?", reply_to=response.message)
    message = await heard(client, said.id)
    assert (message.content, message.mentions) == ("", [])


async def test_the_bots_own_message_is_shown_where_it_is_quoted(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person
) -> None:
    """A reply that is withheld still shows the bot's own message that it refers to."""
    sent = await client.get_partial_messageable(general.id).send("once upon a time")
    mine = next(one for one in box.discord.messages(general) if one.id == sent.id)
    said = await alice.says(general, "and then?", reply_to=mine, ping=False)
    message = await heard(client, said.id)
    assert message.reference is not None
    assert isinstance(message.reference.resolved, discord.Message)
    assert (message.content, message.reference.resolved.content) == ("", "once upon a time")


async def test_a_forward_comes_empty(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A forward comes without the content of its copy; the case is undocumented."""
    first = await alice.says(general, "the forwarded", attachments={"a.txt": b"text"})
    said = await alice.forwards(first, to=general)
    [snapshot] = (await heard(client, said.id)).message_snapshots
    assert (snapshot.content, snapshot.attachments) == ("", [])


async def test_a_forward_in_direct_messages_shows_its_content(
    client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A forward in a direct message comes with the content of its copy."""
    first = await alice.says(general, "the forwarded")
    said = await alice.forwards(first, to=await alice.dm())
    [snapshot] = (await heard(client, said.id)).message_snapshots
    assert snapshot.content == "the forwarded"


async def test_embeds_that_come_later_stay_out_even_of_a_mention(
    box: Sandbox, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """Embeds that are found later are withheld even from a message that mentions the bot (discord-api-docs, issue 5406)."""
    said = await alice.says(general, "@Parley look: https://example.com")
    box.discord.unfurls(said, [{"type": "link", "url": "https://example.com", "title": "Example"}])
    update = await client.sees("raw_message_edit", discord.RawMessageUpdateEvent)
    assert update.message.content.endswith("https://example.com")
    assert update.message.embeds == []
