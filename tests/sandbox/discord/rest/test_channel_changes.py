"""Tests of changes to channels, by the bot and by those who run the guild."""

import discord
import pytest

from bot.sandbox import Channel, Kind, Permission, Person, RefusedError, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Rest


@pytest.fixture
def manages(home: Server) -> None:
    """Let the bot manage channels."""
    home.grants(home.bot_role, Permission.MANAGE_CHANNELS)


@pytest.mark.usefixtures("manages")
async def test_the_bot_changes_a_channel(client: RecordingClient, home: Server, general: Channel) -> None:
    """A bot that may manage channels changes topic, age restriction, slow mode and category.

    (Discord's documentation, Channel, "Modify Channel")
    """
    staff = home.category("Staff")
    channel = client.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    category = await client.sees("guild_channel_create", discord.CategoryChannel)
    await channel.edit(topic="talk", nsfw=True, slowmode_delay=5, category=category)
    updated = await client.sees("guild_channel_update", discord.TextChannel)
    assert (updated.topic, updated.nsfw, updated.slowmode_delay, updated.category_id) == ("talk", True, 5, staff.id)
    await channel.edit(topic="", category=None)
    assert (general.topic, general.parent) == ("", None)


@pytest.mark.usefixtures("manages")
@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"name": ""}, {"name": "BASE_TYPE_BAD_LENGTH"}),
        ({"topic": "x" * 1025}, {"topic": "BASE_TYPE_MAX_LENGTH"}),
        ({"rate_limit_per_user": -1}, {"rate_limit_per_user": "NUMBER_TYPE_MIN"}),
    ],
)
async def test_changes_are_checked(rest: Rest, general: Channel, body: object, faults: dict[str, str]) -> None:
    """A field out of its bounds is refused under its name.

    (Discord's documentation, Channel, "JSON Params (Guild channel)")
    """
    assert (await rest("PATCH", f"/channels/{general.id}", body)).faults == faults


@pytest.mark.usefixtures("manages")
async def test_only_a_category_holds_channels(rest: Rest, home: Server, general: Channel) -> None:
    """A channel that is no category is refused as a parent.

    (Discord's documentation, Channel, "Modify Channel", `parent_id`)
    """
    other = home.channel("other")
    assert (await rest("PATCH", f"/channels/{general.id}", {"parent_id": str(other.id)})).body["code"] == 10003


async def test_the_bot_hears_of_changes(client: RecordingClient, home: Server, general: Channel) -> None:
    """The bot is told of changed topics, slow modes and categories.

    (Discord's documentation, Gateway Events, "Channel Update")
    """
    staff = home.category("Staff")
    home.changes(general, topic="talk", nsfw=True, slowmode=5)
    home.moves(general, staff)
    moved = await client.sees("guild_channel_update", discord.TextChannel, lambda seen: seen.category_id == staff.id)
    assert (moved.topic, moved.nsfw, moved.slowmode_delay) == ("talk", True, 5)


async def test_a_category_takes_synced_channels_along(home: Server) -> None:
    """A category's overwrites reach the channels that are synced with it, and no others.

    (Discord's documentation, Permissions, "Permission Syncing")
    """
    staff = home.category("Staff")
    synced = home.channel("synced", category=staff)
    own = home.channel("own", category=staff, deny={home.bot_role: Permission.SEND_MESSAGES})
    home.permits(staff, deny={home.everyone: Permission.VIEW_CHANNEL})
    assert home.everyone.id in synced.overwrites
    assert home.everyone.id not in own.overwrites


async def test_slow_mode_holds_people_back(
    box: Sandbox, home: Server, general: Channel, alice: Person, rest: Rest
) -> None:
    """Slow mode makes people wait, but not bots and those who may bypass it.

    (Discord's documentation, Channel, "Channel Structure", `rate_limit_per_user`)
    """
    home.changes(general, slowmode=10)
    await alice.says(general, "one")
    with pytest.raises(RefusedError, match="slow mode of 10 s"):
        await alice.says(general, "two")
    box.clock.moves(seconds=10)
    await alice.says(general, "two")
    for _ in range(2):
        assert (await rest("POST", f"/channels/{general.id}/messages", {"content": "x"})).status == 200
    alice.joins(home, roles=[home.role("fast", Permission.BYPASS_SLOWMODE)])
    await alice.says(general, "three")


@pytest.mark.parametrize("kind", [Kind.VOICE, Kind.STAGE])
async def test_the_text_of_a_voice_channel_is_for_those_who_may_enter(home: Server, alice: Person, kind: Kind) -> None:
    """A person without CONNECT cannot write in a voice channel (reported and confirmed in discord-api-docs #5111)."""
    voice = home.channel("voice", kind=kind)
    assert (await alice.says(voice, "hello")).content == "hello"
    home.permits(voice, deny={home.everyone: Permission.CONNECT})
    with pytest.raises(RefusedError, match="CONNECT"):
        await alice.says(voice, "hello")
