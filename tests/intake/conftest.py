"""A client that listens, and the intake that renders what it hears."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import discord
import pytest

from bot.chat.content import Text
from bot.chat.moments import moment
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.intake import Rendered, Sourced
from bot.chat.ports.store import Store
from bot.chat.turns import Author, Question
from bot.config import ChatSettings, Current
from bot.intake.message import asked
from bot.intake.rendering import DiscordIntake
from bot.intake.surroundings import Surroundings
from bot.sandbox import Message
from tests.contracts.stories import GENERAL, exchange
from tests.fakes.state import State
from tests.fakes.store import memory_store
from tests.listening import Listening, listening
from tests.truth.watch import Watch


@dataclass(kw_only=True)
class Town(Listening):
    """The client's surroundings with the intake."""

    intake: DiscordIntake
    store: Store = field(default_factory=lambda: memory_store(State()))

    async def knows(self, mine: Message, *, key: int = 1) -> None:
        """Let the history hold a message of the bot's as an answer of the conversation in which is asked."""
        position = await exchange(self.store, key, place=GENERAL)
        await self.store.displays.sent(position, 1, mine.id)

    def fetches(self) -> int:
        """How often a message was fetched."""
        return sum(call.method == "GET" and "/messages/" in call.path for call in self.box.discord.calls)

    async def read(self, message: discord.Message, zone: ZoneInfo | None = None) -> str:
        """The text for the model of a question whose message is at hand. `zone` is that of the intake."""
        return await self._text_of(self.held(message), zone)

    def held(self, message: discord.Message) -> Question:
        """A question whose message is at hand."""
        question = asked(message)
        self.intake.hold(message)
        return Question(1, question.key, 1, question.place, question.author, question.text, question.asked_at)

    async def rendered(self, said: Message, zone: ZoneInfo | None = None) -> str:
        """The text for the model of a question whose message the client hears next. `zone` is that of the intake."""
        message = await self.hears()
        assert message.id == said.id
        return await self.read(message, zone)

    async def fetched(self, said: Message) -> str:
        """The text for the model of a question whose message is fetched from Discord."""
        return await self._text_of(stored(said, author=Author(said.author.id, said.author.name)))

    async def _text_of(self, question: Question, zone: ZoneInfo | None = None) -> str:
        rendered = await self.intake.render(question)
        assert rendered == Rendered(rendered.contents)
        return untimed(joined(rendered), moment(question.asked_at, zone))


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """The town; nobody has asked anything."""
    async with listening(watch) as here:
        store = memory_store(State())
        yield Town(
            box=here.box,
            home=here.home,
            general=here.general,
            alice=here.alice,
            client=here.client,
            heard=here.heard,
            intake=DiscordIntake(
                here.client, Current(ChatSettings()), around=Surroundings(here.client, store.questions)
            ),
            store=store,
        )


def joined(rendered: Rendered) -> str:
    """All texts of a question, as a model reads them."""
    contents = (one.content if isinstance(one, Sourced) else one for one in rendered.contents)
    return "".join(one.text for one in contents if isinstance(one, Text))


def untimed(text: str, when: str) -> str:
    """The text of a question without its moment, which must stand in its tag, or alone in a direct message."""
    assert text.startswith(f"[{when}] ") or f", {when}): " in text
    return text.removeprefix(f"[{when}] ") if text.startswith("[") else text.replace(f", {when}): ", "): ", 1)


def stored(message: Message, *, text: str = "raw", author: Author | None = None) -> Question:
    """A question as the store has it."""
    guild = message.channel.guild
    kind = PlaceKind.CHANNEL if guild else PlaceKind.DM
    place = Place(message.channel.id, kind, "general", guild.id if guild else None)
    return Question(1, message.id, 1, place, author or Author(message.author.id, "Alice"), text, 0)
