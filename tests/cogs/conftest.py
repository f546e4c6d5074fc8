"""A client that listens, and a receiver that hands what it hears to a domain of stand-ins."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import discord
import pytest

from bot.chat.recently import Recently
from bot.chat.turns import Question
from bot.cogs.receive import Receiver
from bot.cogs.unprompted import Unprompted
from bot.config import AccessSettings, ChatSettings, Current, DiscordSettings
from bot.gateway.clock import DiscordClock
from bot.gateway.hindrances import KnownHindrances
from bot.gateway.thread_opening import ThreadOpening
from bot.intake.rendering import DiscordIntake
from bot.sandbox import Message
from tests.chat.house import House
from tests.listening import Listening, listening
from tests.truth.watch import Watch


@dataclass(kw_only=True)
class Town(Listening):
    """The client's surroundings with the domain."""

    house: House
    receivers: dict[str, Receiver] = field(default_factory=dict[str, Receiver])

    async def receives(self, message: discord.Message, **access: object) -> Question | None:
        """Receive a message with these access lists; returns the question that was claimed, be it to turn it down."""
        if (receiver := self.receivers.get(repr(access))) is None:
            settings = Current(AccessSettings.model_validate(access))
            clock, client = DiscordClock(), self.client
            receiver = Receiver(
                client,
                self.house.chat,
                DiscordIntake(client, Current(ChatSettings())),
                settings,
                clock,
                hindrances=KnownHindrances(client, clock),
                unprompted=Unprompted(client, Current(DiscordSettings()), Recently(), self.house.choosing),
                opening=ThreadOpening(client),
            )
            self.receivers[repr(access)] = receiver
        await receiver.receive(message)
        await self.house.settle()
        return next((one for one in self.house.state.questions.values() if one.key == message.id), None)

    async def fetches(self, said: Message) -> discord.Message:
        """A message as Discord has it for whoever asks."""
        channel = self.client.get_channel(said.channel.id)
        assert isinstance(channel, discord.TextChannel)
        return await channel.fetch_message(said.id)

    def notices(self) -> list[str]:
        """The notices that were shown."""
        return [text for _, text in self.house.display.notices]


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """The town; nobody has said anything."""
    async with listening(watch) as here:
        yield Town(
            box=here.box,
            home=here.home,
            general=here.general,
            alice=here.alice,
            client=here.client,
            heard=here.heard,
            house=House(),
        )
