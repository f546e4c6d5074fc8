"""A display of ours on the sandbox, and what it records."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import discord
import pytest
from pydantic import SecretStr

from bot.chat.appearance import AnswerMessage, Appearance, Messages, MessageState
from bot.chat.ports.display import Target
from bot.config import AnswerSettings, Current, DiscordSettings
from bot.gateway.client import ParleyClient
from bot.gateway.login import logged_in
from bot.reply.live import DiscordDisplay
from bot.reply.nonce import Nonces
from bot.reply.pace import Pace
from bot.sandbox import Channel, Person, Sandbox
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.driver.server import Server
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.heartbeats import heartbeats_ended
from tests.truth.watch import Watch

EDIT = ("PATCH", "/channels/{channel_id}/messages/{message_id}")
DELETE = ("DELETE", "/channels/{channel_id}/messages/{message_id}")


@dataclass
class Record:
    """A `Recorder` with a log, and with the messages as a store keeps them."""

    known: dict[int, AnswerMessage] = field(default_factory=dict[int, AnswerMessage])
    log: list[str] = field(default_factory=list[str])

    @property
    def messages(self) -> Messages:
        """All messages by number."""
        return Messages(tuple(sorted(self.known.values(), key=lambda one: one.number)))

    async def sent(self, number: int, message_id: int) -> None:
        """See the port."""
        self.known[message_id] = AnswerMessage(message_id, number)
        self.log.append(f"sent {number}")

    async def retiring(self, message_ids: Sequence[int]) -> None:
        """See the port."""
        self._lead(message_ids, MessageState.RETIRED)

    async def gone(self, message_ids: Sequence[int]) -> None:
        """See the port."""
        self._lead(message_ids, MessageState.GONE)

    def _lead(self, message_ids: Sequence[int], to: MessageState) -> None:
        for message_id in message_ids:
            self.known[message_id] = AnswerMessage(message_id, self.known[message_id].number, to)
            self.log.append(f"{to} {self.known[message_id].number}")


@dataclass
class Town:
    """A sandbox with a channel, a person, and a client of the bot."""

    box: Sandbox
    home: Server
    general: Channel
    alice: Person
    client: ParleyClient
    nonces: Nonces
    record: Record = field(default_factory=Record)
    answers: Current[AnswerSettings] = field(default_factory=lambda: Current(AnswerSettings(max_messages=4)))
    hours: int = 0
    pace: Pace = field(default_factory=Pace)

    @property
    def display(self) -> DiscordDisplay:
        """The display, some hours from now."""
        return DiscordDisplay(
            self.client,
            self.pace,
            self.nonces,
            self.answers,
            lambda: discord.utils.utcnow() + timedelta(hours=self.hours),
        )

    def target(self, question: Message, sibling: int = 1) -> Target:
        """An attempt at a question of Alice's."""
        return Target(self.general.id, question.id, self.alice.id, sibling)

    async def shows(self, question: Message, text: str, note: str = "", sibling: int = 1) -> None:
        """Show an answer as it ended."""
        async with self.display.open(self.target(question, sibling), self.record.messages, self.record) as live:
            await live.finish(Appearance(text, note))

    def said(self) -> list[str]:
        """The texts of the bot's messages."""
        return [one.content for one in self.box.discord.messages(self.general) if one.author is self.box.bot.user]

    def calls(self, method: str) -> int:
        """The number of calls that the bot made by a method."""
        return sum(call.method == method for call in self.box.discord.calls)


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """A town in which nobody has asked anything."""
    async with watch.sandbox() as box, logged_in(settings_of(box)) as client:
        home = box.discord.guild("Home")
        nonces = await Nonces.loaded(MemoryFacts(State()), "a file")
        yield Town(box, home, home.channel("general"), box.discord.user("Alice"), client, nonces)


def settings_of(box: Sandbox) -> DiscordSettings:
    """The settings of a bot on this sandbox."""
    return DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)


@asynccontextmanager
async def connected(town: Town) -> AsyncGenerator[None, None]:
    """The client connected to the gateway, so that it knows its permissions."""
    serving = asyncio.create_task(town.client.serve())
    await town.box.bot.connected()
    await town.box.discord.asks_for_heartbeat()  # answered behind what is told of the guilds
    yield
    await town.client.close()
    await serving
    await heartbeats_ended()
