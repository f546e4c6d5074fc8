"""A sandbox with a server, a channel and two people, and the bot on it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.driver.person import Person
from bot.sandbox.driver.server import Server
from tests.e2e.task import Bot, running
from tests.truth.watch import Watch


@dataclass
class Town:
    """A sandbox that somebody lives in."""

    box: Sandbox
    folder: Path
    home: Server
    general: Channel
    alice: Person
    bob: Person


@pytest.fixture
async def town(tmp_path: Path, watch: Watch) -> AsyncGenerator[Town, None]:
    """A server named Home with the channel general, and Alice and Bob in it; no bot is running yet."""
    async with watch.sandbox() as box:
        home = box.discord.guild("Home")
        general = home.channel("general")
        yield Town(box, tmp_path, home, general, box.discord.user("Alice"), box.discord.user("Bob"))


@pytest.fixture
async def bot(town: Town) -> AsyncGenerator[Bot, None]:
    """The bot, connected, with the default settings."""
    async with running(town.box, town.folder) as connected:
        yield connected
