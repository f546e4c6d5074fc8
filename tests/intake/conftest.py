"""A client that listens, and the intake that renders what it hears."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import discord
import pytest

from bot.chat.content import Text
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.intake import Rendered
from bot.chat.turns import Author, Question
from bot.intake.message import asked
from bot.intake.rendering import DiscordIntake
from bot.sandbox import Message
from tests.listening import Listening, listening
from tests.truth.watch import Watch


@dataclass(kw_only=True)
class Town(Listening):
    """The client's surroundings with the intake."""

    intake: DiscordIntake

    def fetches(self) -> int:
        """How often a message was fetched."""
        return sum(call.method == "GET" and "/messages/" in call.path for call in self.box.discord.calls)

    async def read(self, message: discord.Message) -> str:
        """The text for the model of a question whose message is at hand."""
        question = asked(message)
        self.intake.hold(message)
        return await self._text_of(
            Question(1, question.key, 1, question.place, question.author, question.text, question.asked_at)
        )

    async def rendered(self, said: Message) -> str:
        """The text for the model of a question whose message the client hears next."""
        message = await self.hears()
        assert message.id == said.id
        return await self.read(message)

    async def fetched(self, said: Message) -> str:
        """The text for the model of a question whose message is fetched from Discord."""
        return await self._text_of(stored(said, author=Author(said.author.id, said.author.name)))

    async def _text_of(self, question: Question) -> str:
        rendered = await self.intake.render(question)
        (content,) = rendered.contents
        assert isinstance(content, Text)
        assert rendered == Rendered((content,))
        return content.text


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """The town; nobody has asked anything."""
    async with listening(watch) as here:
        yield Town(
            box=here.box,
            home=here.home,
            general=here.general,
            alice=here.alice,
            client=here.client,
            heard=here.heard,
            intake=DiscordIntake(here.client),
        )


def stored(message: Message, *, text: str = "raw", author: Author | None = None) -> Question:
    """A question as the store has it."""
    guild = message.channel.guild
    kind = PlaceKind.CHANNEL if guild else PlaceKind.DM
    place = Place(message.channel.id, kind, "general", guild.id if guild else None)
    return Question(1, message.id, 1, place, author or Author(message.author.id, "Alice"), text, 0)
