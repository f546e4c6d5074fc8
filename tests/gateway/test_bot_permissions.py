"""The permissions that the bot needs."""

from datetime import timedelta

import discord
import pytest

from bot.gateway.bot_permissions import Obstacle, obstacle, readable_only
from bot.sandbox import Channel, Kind, Permission
from tests.gateway.conftest import Town


async def test_channels_that_can_be_read_only_are_named_at_the_start(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names the channels that the bot sees but may not write in, and none that it does not see."""
    everyone = town.home.everyone
    town.home.channel("news", deny={everyone: Permission.SEND_MESSAGES})
    town.home.channel("secret", deny={everyone: Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES})
    caplog.set_level("INFO")
    async with town.online():
        await town.box.bot.connected()
        await town.hears("hello")
        (guild,) = town.client.guilds
        assert readable_only(guild) == ["#news"]
        await town.client.on_ready()
    assert f"in Home ({guild.id}) I can read but not write: #news" in caplog.text


LATER = timedelta(hours=1)


async def in_the_way(town: Town, channel: Channel, after: timedelta = timedelta()) -> Obstacle | None:
    """The obstacle to writing in a channel, as the client knows it; None where the bot may write."""
    await town.box.discord.asks_for_heartbeat()
    found = town.client.guilds[0].get_channel_or_thread(channel.id)
    return obstacle(found, discord.utils.utcnow() + after)


async def test_what_keeps_the_bot_from_writing_is_named(town: Town) -> None:
    """A missing permission is named as in Discord's settings; a locked thread is one unless the bot moderates threads."""
    role, bob = town.home.bot_role, town.box.discord.user("Bob")
    async with town.online():
        await town.box.bot.connected()
        hidden = town.home.channel("hidden", deny={role: Permission.VIEW_CHANNEL})
        news = town.home.channel("news", deny={role: Permission.SEND_MESSAGES})
        lounge = town.home.channel("Lounge", kind=Kind.VOICE, deny={role: Permission.CONNECT})
        stage = town.home.channel("Stage", kind=Kind.STAGE, deny={role: Permission.CONNECT})
        thread = await bob.opens_thread(town.general, "Topic")
        assert await in_the_way(town, town.general) is await in_the_way(town, thread) is None
        assert await in_the_way(town, hidden) == Obstacle("View Channel")
        assert await in_the_way(town, news) == Obstacle("Send Messages")
        assert await in_the_way(town, lounge) == await in_the_way(town, stage) == Obstacle("Connect")
        town.box.discord.locks(thread)
        assert await in_the_way(town, thread) == Obstacle(locked=True)
        town.home.grants(role, Permission.MANAGE_THREADS)
        assert await in_the_way(town, thread) is None
        town.home.permits(town.general, deny={role: Permission.SEND_MESSAGES_IN_THREADS})
        assert await in_the_way(town, thread) == Obstacle("Send Messages in Threads")
        assert str(await in_the_way(town, thread)) == "I lack the permission Send Messages in Threads"


async def test_a_time_out_ends_by_itself(town: Town) -> None:
    """A time-out of the bot is in the way until its end, by the time that it is asked for."""
    async with town.online():
        await town.box.bot.connected()
        town.home.times_out(town.box.bot.user, 600)
        found = await in_the_way(town, town.general, -LATER)
        assert found is not None
        assert found.timed_out_until is not None
        assert "timed out until" in str(found)
        assert await in_the_way(town, town.general, LATER) is None


def test_other_places_are_not_judged() -> None:
    """Direct messages, and places that are not known, have nothing in the way."""
    assert obstacle(None, discord.utils.utcnow()) is None
    assert obstacle(discord.Object(1), discord.utils.utcnow()) is None
