"""A client of ours on a sandbox: the messages that it hears are discord.py's own, made from what came over the wire."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import discord
from pydantic import SecretStr

from bot.config import DiscordSettings
from bot.gateway.client import ParleyClient
from bot.gateway.login import logged_in
from bot.sandbox import Channel, Message, Person, Sandbox, Server
from bot.sandbox.discord.payloads.messages import message_event_payload
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.world import Event
from tests.heartbeats import heartbeats_ended
from tests.truth.watch import Watch


@dataclass
class Listening:
    """A sandbox with a server, a channel and a person, and the messages that the client has heard."""

    box: Sandbox
    home: Server
    general: Channel
    alice: Person
    client: ParleyClient
    heard: asyncio.Queue[discord.Message] = field(default_factory=asyncio.Queue[discord.Message])

    @property
    def bot(self) -> discord.ClientUser:
        """The client's user."""
        assert self.client.user is not None
        return self.client.user

    async def hears(self, said: Message | None = None) -> discord.Message:
        """The next message that the client heard; with `said`, that one, and none that came before it any more."""
        async with asyncio.timeout(30):
            while True:
                message = await self.heard.get()
                if said is None or message.id == said.id:
                    return message

    async def hears_changed(self, said: Message, **fields: object) -> discord.Message:
        """A message as the client hears it where Discord sends other fields than this sandbox would."""
        intents = Intent.GUILD_MESSAGES | Intent.DIRECT_MESSAGES
        payload = message_event_payload(self.box.discord.world, said, intents) | fields
        self.box.discord.world.announce(Event("MESSAGE_CREATE", intents, lambda _: payload, said.channel.guild))
        return await self.hears()


@asynccontextmanager
async def listening(watch: Watch, *, reads_content: bool = False) -> AsyncGenerator[Listening]:
    """A client that is connected and has read what there is; nobody has said anything."""
    async with watch.sandbox() as box:
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        home = box.discord.guild("Home")
        general, alice = home.channel("general"), box.discord.user("Alice")
        async with logged_in(settings, needs_content=reads_content) as client:
            here = Listening(box, home, general, alice, client)

            async def on_message(message: discord.Message) -> None:
                here.heard.put_nowait(message)

            client.event(on_message)
            serving = asyncio.create_task(client.serve())
            await box.bot.connected(30)
            await box.discord.asks_for_heartbeat(30)
            try:
                yield here
            finally:
                await client.close()
                await serving
                await heartbeats_ended()
