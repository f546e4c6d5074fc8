"""The permissions that the bot needs."""

import pytest

from bot.gateway.bot_permissions import readable_only
from bot.sandbox import Permission
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
