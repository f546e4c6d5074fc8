"""Messages over REST, by discord.py."""

import discord
import pytest

from bot.sandbox import Channel, Person, Sandbox
from tests.sandbox.clients import RecordingClient, Rest


@pytest.fixture
async def ids(general: Channel, alice: Person) -> list[int]:
    """Ten messages, oldest first."""
    return [(await alice.says(general, f"number {number}")).id for number in range(10)]


async def listed(rest: Rest, channel: Channel, query: str) -> list[int]:
    """Return the ids of a page, in the order they came."""
    page = await rest("GET", f"/channels/{channel.id}/messages?{query}")
    return [int(message["id"]) for message in page.body]


async def test_history_is_paged_in_both_directions(client: RecordingClient, general: Channel, ids: list[int]) -> None:
    """Catch-up after a restart reads with `after`, exports with `before`."""
    channel = client.get_partial_messageable(general.id)
    newest = [message.id async for message in channel.history(limit=4)]
    assert newest == ids[:-5:-1]
    later = [message.id async for message in channel.history(after=discord.Object(ids[6]), oldest_first=True)]
    assert later == ids[7:]


async def test_pages_are_cut_as_discord_cuts_them(rest: Rest, general: Channel, ids: list[int]) -> None:
    """Every page is newest first; `after` takes the oldest of what is newer ("Get Channel Messages")."""
    assert await listed(rest, general, f"before={ids[5]}&limit=2") == [ids[4], ids[3]]
    assert await listed(rest, general, f"after={ids[5]}&limit=2") == [ids[7], ids[6]]
    assert await listed(rest, general, f"around={ids[5]}&limit=3") == [ids[6], ids[5], ids[4]]
    assert await listed(rest, general, f"around={ids[5]}&limit=1") == [ids[5]]


@pytest.mark.parametrize("limit", ["0", "101", "x"])
async def test_a_page_has_one_to_a_hundred_messages(rest: Rest, general: Channel, limit: str) -> None:
    """A client that asks for more gets 50035 and must not get a page here."""
    assert "limit" in (await rest("GET", f"/channels/{general.id}/messages?limit={limit}")).body["errors"]


async def test_one_message_is_fetched(client: RecordingClient, general: Channel, ids: list[int]) -> None:
    """Recovery looks single messages up."""
    channel = client.get_partial_messageable(general.id)
    assert (await channel.fetch_message(ids[3])).content == "number 3"
    with pytest.raises(discord.NotFound) as caught:
        await channel.fetch_message(1)
    assert caught.value.code == 10008


async def test_messages_of_others_cannot_be_edited(client: RecordingClient, general: Channel, ids: list[int]) -> None:
    """50005 tells a bot that it has taken the wrong id."""
    partial = client.get_partial_messageable(general.id).get_partial_message(ids[0])
    with pytest.raises(discord.Forbidden) as caught:
        await partial.edit(content="mine now")
    assert caught.value.code == 50005


async def test_the_bot_deletes_its_own(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """Surplus parts of an answer are deleted."""
    sent = await client.get_partial_messageable(general.id).send("too much")
    await sent.delete()
    assert box.discord.messages(general) == []


async def test_typing_is_announced(client: RecordingClient, general: Channel) -> None:
    """People see that the bot is at it."""
    async with client.get_partial_messageable(general.id).typing():
        await client.happens("raw_typing")


async def test_ephemeral_messages_are_no_messages_of_the_channel(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person, rest: Rest
) -> None:
    """What one person sees must not turn up in a history that everybody reads."""
    tree = discord.app_commands.CommandTree(client)

    @tree.command(description="whisper")
    async def whisper(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("for you alone", ephemeral=True)

    await tree.sync()
    response = await alice.runs("whisper", general)
    path = f"/channels/{general.id}/messages"
    assert (await rest("GET", path)).body == []
    assert (await rest("GET", f"{path}/{response.message.id}")).body["code"] == 10008
    assert box.discord.messages(general) == []
    assert box.discord.messages(general, seen_by=alice) == [response.message]
