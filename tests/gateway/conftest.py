"""A client of the bot that a sandbox has accepted, and what it dispatches."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import discord
import pytest
from pydantic import SecretStr

from bot.config import DiscordSettings
from bot.gateway.client import ParleyClient
from bot.gateway.login import logged_in
from bot.gateway.reconnect import Backoff
from bot.sandbox import Sandbox
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.driver.person import Person
from bot.sandbox.driver.server import Server
from tests.truth.watch import Watch

SECONDS = 60


@dataclass
class Town:
    """A sandbox with a channel, a person, a client that is logged in, and the events that tell of its connection."""

    box: Sandbox
    home: Server
    general: Channel
    alice: Person
    client: ParleyClient
    events: list[str] = field(default_factory=list[str])
    heard: list[str] = field(default_factory=list[str])

    def listen(self) -> None:
        """Record the events of the connection, and what is said."""

        async def on_connect() -> None:
            self.events.append("connect")

        async def on_disconnect() -> None:
            self.events.append("disconnect")

        async def on_resumed() -> None:
            self.events.append("resumed")

        async def on_message(message: discord.Message) -> None:
            self.heard.append(message.content)

        for listener in (on_connect, on_disconnect, on_resumed, on_message):
            self.client.add_listener(listener)

    @property
    def sessions(self) -> list[str]:
        """The ids of the gateway sessions that Discord knows."""
        return list(self.box.discord.gateway.sessions)

    async def hears(self, text: str) -> None:
        """Say something and wait until the client was told of it."""
        said = f"{self.box.bot.mention} {text}"
        await self.alice.says(self.general, said)
        async with asyncio.timeout(SECONDS):
            while said not in self.heard:  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def online(self, pauses_seconds: Sequence[float] | None = None) -> AsyncGenerator[None]:
        """Serve, by other pauses where they are given, and leave at the end in order."""
        if pauses_seconds is not None:
            self.client.backoff = Backoff(pauses_seconds)
        task = asyncio.create_task(self.client.serve())
        try:
            yield
        finally:
            await self.client.close()
            await asyncio.wait([task], timeout=SECONDS)
        await task


def settings_of(box: Sandbox) -> DiscordSettings:
    """The settings of a bot that lives on `box`."""
    return DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)


@asynccontextmanager
async def living(box: Sandbox) -> AsyncGenerator[Town]:
    """A town on `box`; its client is logged in and not connected yet."""
    async with logged_in(settings_of(box)) as client:
        home = box.discord.guild("Home")
        town = Town(box, home, home.channel("general"), box.discord.user("Alice"), client)
        town.listen()
        yield town


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """The town; its client is logged in and not connected yet."""
    async with watch.sandbox() as box, living(box) as town:
        yield town
