"""Tests of the routes of messages, by discord.py."""

import discord
import pytest

from bot.sandbox import Channel, Permission, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


@pytest.fixture
async def ids(general: Channel, alice: Person) -> list[int]:
    """Ten messages, oldest first."""
    return [(await alice.says(general, f"number {number}")).id for number in range(10)]


async def listed(rest: Rest, channel: Channel, query: str) -> list[int]:
    """Return the ids of a page, in the order in which they came."""
    page = await rest("GET", f"/channels/{channel.id}/messages?{query}")
    return [int(message["id"]) for message in page.body]


async def test_history_is_paged_in_both_directions(client: RecordingClient, general: Channel, ids: list[int]) -> None:
    """discord.py reads the history in both directions (Discord's documentation, "Get Channel Messages")."""
    channel = client.get_partial_messageable(general.id)
    newest = [message.id async for message in channel.history(limit=4)]
    assert newest == ids[:-5:-1]
    later = [message.id async for message in channel.history(after=discord.Object(ids[6]), oldest_first=True)]
    assert later == ids[7:]


async def test_pages_are_cut_as_discord_cuts_them(rest: Rest, general: Channel, ids: list[int]) -> None:
    """Every page is newest first; `after` takes the oldest of the newer messages ("Get Channel Messages")."""
    assert await listed(rest, general, f"before={ids[5]}&limit=2") == [ids[4], ids[3]]
    assert await listed(rest, general, f"after={ids[5]}&limit=2") == [ids[7], ids[6]]
    assert await listed(rest, general, f"around={ids[5]}&limit=3") == [ids[6], ids[5], ids[4]]
    assert await listed(rest, general, f"around={ids[5]}&limit=1") == [ids[5]]
    assert await listed(rest, general, f"around={ids[5]}&limit=4") == [ids[6], ids[5], ids[4], ids[3]]
    assert await listed(rest, general, f"before={ids[0]}") == []
    assert await listed(rest, general, f"after={ids[9]}") == []
    assert await listed(rest, general, "limit=3") == ids[:-4:-1]
    assert await listed(rest, general, "after=0&limit=3") == ids[2::-1]


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1", "1.5"])
async def test_a_page_has_one_to_a_hundred_messages(rest: Rest, general: Channel, limit: str) -> None:
    """A page of fewer than 1 or more than 100 messages is refused.

    (Discord's documentation, "Get Channel Messages", `limit`)
    """
    assert "limit" in (await rest("GET", f"/channels/{general.id}/messages?limit={limit}")).body["errors"]


@pytest.mark.parametrize("name", ["before", "after", "around"])
async def test_a_page_begins_at_an_id(rest: Rest, general: Channel, name: str) -> None:
    """A page that begins at something else than an id is refused ("Get Channel Messages")."""
    refused = await rest("GET", f"/channels/{general.id}/messages?{name}=yesterday")
    assert (refused.status, list(refused.body["errors"])) == (400, [name])


async def test_one_message_is_fetched(client: RecordingClient, general: Channel, ids: list[int]) -> None:
    """A message is fetched by id; an unknown one is 10008 (Discord's documentation, "Get Channel Message")."""
    channel = client.get_partial_messageable(general.id)
    assert (await channel.fetch_message(ids[3])).content == "number 3"
    with pytest.raises(discord.NotFound) as caught:
        await channel.fetch_message(1)
    assert caught.value.code == 10008


async def test_messages_of_others_cannot_be_edited(client: RecordingClient, general: Channel, ids: list[int]) -> None:
    """An edit of another user's message is refused with 50005 (Discord's documentation, "JSON Error Codes")."""
    partial = client.get_partial_messageable(general.id).get_partial_message(ids[0])
    with pytest.raises(discord.Forbidden) as caught:
        await partial.edit(content="mine now")
    assert caught.value.code == 50005


async def test_the_bot_deletes_its_own(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """The bot deletes its own message (Discord's documentation, "Delete Message")."""
    sent = await client.get_partial_messageable(general.id).send("too much")
    await sent.delete()
    assert box.discord.messages(general) == []


async def test_many_are_deleted_at_once(
    client: RecordingClient, home: Server, general: Channel, ids: list[int], box: Sandbox
) -> None:
    """A bulk deletion removes the messages that exist and announces them in one event ("Bulk Delete Messages")."""
    home.grants(home.bot_role, Permission.MANAGE_MESSAGES)
    channel = client.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.delete_messages([discord.Object(one) for one in [*ids[:3], 1 << 62]])
    assert [message.id for message in box.discord.messages(general)] == ids[3:]
    told = await client.sees("raw_bulk_message_delete", discord.RawBulkMessageDeleteEvent)
    assert told.message_ids == set(ids[:3])


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        (["1"], 50016),
        ([str(number) for number in range(101)], 50016),
        (["x", "2"], 50035),
        (["5", "5"], 50035),
        ([], 50016),
    ],
)
async def test_bulk_deletions_have_bounds(
    rest: Rest, home: Server, general: Channel, ids: list[str], code: int
) -> None:
    """A bulk deletion of fewer than 2 or more than 100 different ids is refused ("Bulk Delete Messages")."""
    home.grants(home.bot_role, Permission.MANAGE_MESSAGES)
    refused = await rest("POST", f"/channels/{general.id}/messages/bulk-delete", {"messages": ids})
    assert (refused.status, refused.body["code"]) == (400, code)


async def test_old_messages_go_one_by_one(
    rest: Rest, home: Server, general: Channel, ids: list[int], box: Sandbox
) -> None:
    """A bulk deletion of messages older than two weeks is refused ("Bulk Delete Messages": two weeks; 50034)."""
    home.grants(home.bot_role, Permission.MANAGE_MESSAGES)
    path = f"/channels/{general.id}/messages/bulk-delete"
    box.clock.moves(seconds=14 * 24 * 3600 + 1)
    refused = await rest("POST", path, {"messages": [str(one) for one in ids[:2]]})
    assert (refused.status, refused.body["code"]) == (400, 50034)
    assert len(box.discord.messages(general)) == len(ids)


async def test_one_old_message_spoils_a_bulk_deletion(
    rest: Rest, home: Server, general: Channel, ids: list[int], box: Sandbox
) -> None:
    """A bulk deletion with one old message is refused as a whole ("Bulk Delete Messages": any message; 50034)."""
    home.grants(home.bot_role, Permission.MANAGE_MESSAGES)
    box.clock.moves(seconds=14 * 24 * 3600 + 1)
    path = f"/channels/{general.id}/messages"
    young = (await rest("POST", path, {"content": "young"})).body["id"]
    refused = await rest("POST", f"{path}/bulk-delete", {"messages": [young, str(ids[0])]})
    assert (refused.status, refused.body["code"]) == (400, 50034)
    assert len(box.discord.messages(general)) == len(ids) + 1


async def test_bulk_deletions_need_the_right_and_a_guild(
    rest: Rest, general: Channel, ids: list[int], alice: Person
) -> None:
    """A bulk deletion is refused without MANAGE_MESSAGES, and in a direct message ("Bulk Delete Messages")."""
    body = {"messages": [str(one) for one in ids]}
    assert (await rest("POST", f"/channels/{general.id}/messages/bulk-delete", body)).body["code"] == 50013
    dm = await alice.dm()
    assert (await rest("POST", f"/channels/{dm.id}/messages/bulk-delete", body)).body["code"] == 50003


async def test_typing_is_announced(client: RecordingClient, general: Channel) -> None:
    """Typing by the bot is announced (Discord's documentation, "Trigger Typing Indicator")."""
    async with client.get_partial_messageable(general.id).typing():
        await client.happens("raw_typing")


async def test_ephemeral_messages_are_no_messages_of_the_channel(
    client: RecordingClient, box: Sandbox, general: Channel, alice: Person, rest: Rest
) -> None:
    """An ephemeral message is in no history but that of the person who sees it.

    (Discord's documentation, "Message Flags", EPHEMERAL)
    """
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
