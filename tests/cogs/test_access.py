"""Access lists that are replaced while the bot runs, with a client of ours on the sandbox."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import discord
import pytest
from pydantic import SecretStr

from bot.chat.recently import Recently
from bot.cogs.help import Help
from bot.cogs.receive import Receiver
from bot.cogs.texts import HELP, NOT_HERE
from bot.cogs.unprompted import Unprompted
from bot.config import AccessSettings, ChatSettings, Current, DiscordSettings
from bot.gateway.clock import DiscordClock
from bot.gateway.command_sync import sync_commands
from bot.gateway.hindrances import KnownHindrances
from bot.gateway.login import logged_in
from bot.gateway.thread_opening import ThreadOpening
from bot.intake.rendering import DiscordIntake
from bot.sandbox import Channel, Person
from tests.chat.house import House
from tests.truth.watch import Watch


@dataclass
class Town:
    """A channel and a person, the access lists, and the house that receives what is said."""

    general: Channel
    alice: Person
    access: Current[AccessSettings]
    house: House
    received: asyncio.Queue[int] = field(default_factory=asyncio.Queue[int])

    async def asks(self) -> int:
        """Have Alice ask something, until it was received; returns the id of her message."""
        question = await self.alice.says(self.general, "@Parley hello")
        async with asyncio.timeout(60):
            assert await self.received.get() == question.id
        return question.id

    async def runs_help(self) -> str:
        """The response to `/help`."""
        response = await self.alice.runs("help", self.general)
        return response.content

    def claimed(self) -> list[int]:
        """The questions that were claimed."""
        return [question.key for question in self.house.state.questions.values()]


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """The town; everybody is served."""
    async with watch.sandbox() as box:
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        general, alice = box.discord.guild("Home").channel("general"), box.discord.user("Alice")
        town = Town(general, alice, Current(AccessSettings()), House())
        async with logged_in(settings) as client:
            clock = DiscordClock()
            receiver = Receiver(
                client,
                town.house.chat,
                DiscordIntake(client, Current(ChatSettings())),
                town.access,
                clock,
                hindrances=KnownHindrances(client, clock),
                unprompted=Unprompted(client, Current(DiscordSettings()), Recently(), town.house.choosing),
                opening=ThreadOpening(client),
            )

            async def on_message(message: discord.Message) -> None:
                await receiver.receive(message)
                town.received.put_nowait(message.id)

            client.event(on_message)
            await client.add_cog(Help(town.access))
            await sync_commands(client, town.house.store.facts)
            serving = asyncio.create_task(client.serve())
            await box.bot.connected()
            yield town
            await client.close()
            await serving


async def test_new_access_lists_hold_for_the_next_message(town: Town) -> None:
    """A person who is put on a deny list while the bot runs is not answered any more, until they are taken off it."""
    first = await town.asks()
    town.access.value = AccessSettings(deny_users=frozenset({town.alice.id}))
    await town.asks()
    town.access.value = AccessSettings()
    last = await town.asks()

    assert town.claimed() == [first, last]
    await town.house.settle()


async def test_new_access_lists_hold_for_the_next_command(town: Town) -> None:
    """A slash command is answered by the access lists that are in force when it is run."""
    said = [await town.runs_help()]
    town.access.value = AccessSettings(allow_users=frozenset({1}))
    said.append(await town.runs_help())
    town.access.value = AccessSettings()
    said.append(await town.runs_help())

    assert said == [HELP, NOT_HERE, HELP]
