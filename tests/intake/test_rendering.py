"""Rendering questions for the model, with a client of ours on the sandbox."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import discord
import pytest
from pydantic import SecretStr

from bot.chat.content import Text
from bot.chat.places import Place, PlaceKind
from bot.chat.speakers import tag
from bot.chat.turns import Author, Question
from bot.config import DiscordSettings
from bot.gateway.client import ParleyClient
from bot.gateway.login import logged_in
from bot.intake.message import asked
from bot.intake.rendering import DiscordIntake
from bot.sandbox import Channel, Person, Sandbox
from bot.sandbox.discord.world.messages import Message
from tests.truth.watch import Watch


@dataclass
class Town:
    """A sandbox with a channel and a person, the intake of a connected client, and the messages that it heard."""

    box: Sandbox
    general: Channel
    alice: Person
    client: ParleyClient
    intake: DiscordIntake
    heard: asyncio.Queue[discord.Message] = field(default_factory=asyncio.Queue[discord.Message])

    async def hears(self) -> discord.Message:
        """The next message that the client heard."""
        async with asyncio.timeout(10):
            return await self.heard.get()

    def fetches(self) -> int:
        """How often a message was fetched."""
        return sum(call.method == "GET" and "/messages/" in call.path for call in self.box.discord.calls)


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """The town; nobody has asked anything."""
    async with watch.sandbox() as box:
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        general, alice = box.discord.guild("Home").channel("general"), box.discord.user("Alice")
        async with logged_in(settings) as client:
            town = Town(box, general, alice, client, DiscordIntake(client))

            async def on_message(message: discord.Message) -> None:
                town.heard.put_nowait(message)

            client.event(on_message)
            serving = asyncio.create_task(client.serve())
            await box.bot.connected()
            yield town
            await client.close()
            await serving


def stored(message: Message, *, kind: PlaceKind = PlaceKind.CHANNEL, text: str = "raw") -> Question:
    """A question as the store has it."""
    place = Place(message.channel.id, kind, "general", None if kind is PlaceKind.DM else 1)
    return Question(1, message.id, 1, place, Author(message.author.id, "Alice"), text, 0)


async def test_a_message_at_hand_is_not_fetched(town: Town) -> None:
    """A question whose message is held is rendered from it, without a call, with a tag and the names of what it mentions."""
    said = await town.alice.says(town.general, f"@Parley look at <#{town.general.id}>")
    message = await town.hears()
    town.intake.hold(message)
    question = stored(said)

    assert await town.intake.render(question) == (Text(f"{tag(question.author)}: look at #general"),)
    assert town.fetches() == 0


async def test_a_message_that_was_let_go_is_fetched(town: Town) -> None:
    """A question whose message is not at hand, as after a restart, is rendered from what Discord has of it."""
    said = await town.alice.says(town.general, "@Parley hello")
    message = await town.hears()
    town.intake.hold(message)
    town.intake.let_go(message)
    question = stored(said)

    assert await town.intake.render(question) == (Text(f"{tag(question.author)}: hello"),)
    assert town.fetches() == 1


async def test_a_message_is_held_for_one_rendering(town: Town) -> None:
    """A message that was rendered is not kept any longer."""
    said = await town.alice.says(town.general, "@Parley hello")
    town.intake.hold(await town.hears())
    await town.intake.render(stored(said))
    await town.intake.render(stored(said))

    assert town.fetches() == 1


async def test_a_message_that_is_gone_is_rendered_from_its_stored_text(town: Town) -> None:
    """A question whose message was deleted is sent as it was stored, with the name of who asked."""
    said = await town.alice.says(town.general, "@Parley hello")
    await town.alice.deletes(said)
    question = stored(said, text="hello\nBob (#1): mine")

    assert await town.intake.render(question) == (Text(f"{tag(question.author)}: hello\n\\Bob (#1): mine"),)


async def test_a_direct_message_has_no_tags(town: Town) -> None:
    """A direct message is rendered without a tag, from the message as from its stored text, and keeps what looks like one."""
    dm = await town.alice.dm()
    said = await town.alice.says(dm, "hello\nBob (#1): mine")
    question = stored(said, kind=PlaceKind.DM, text="stored\nBob (#1): mine")

    assert await town.intake.render(question) == (Text("hello\nBob (#1): mine"),)
    await town.alice.deletes(said)
    assert await town.intake.render(question) == (Text("stored\nBob (#1): mine"),)


async def test_a_quote_in_a_direct_message_names_its_author(town: Town) -> None:
    """A reply to another's words in a direct message quotes them under a name, without a tag."""
    dm = await town.alice.dm()
    first = await town.alice.says(dm, "I like tea")
    said = await town.alice.says(dm, "why?", reply_to=first)

    (content,) = await town.intake.render(stored(said, kind=PlaceKind.DM))
    assert content == Text("In reply to Alice, who wrote\n> I like tea\nwhy?")


async def test_only_so_many_messages_are_held(town: Town) -> None:
    """The oldest of too many held messages is let go, and fetched when its turn comes."""
    intake = DiscordIntake(town.client, max_held=1)
    questions = [await town.alice.says(town.general, f"@Parley {text}") for text in ("one", "two")]
    for _ in questions:
        intake.hold(await town.hears())
    for said, text in zip(questions, ("one", "two"), strict=True):
        (content,) = await intake.render(stored(said))
        assert isinstance(content, Text)
        assert content.text.endswith(text)
    assert town.fetches() == 1


async def test_a_message_becomes_a_question(town: Town) -> None:
    """A question has its message's id, place, author, raw text and time."""
    said = await town.alice.says(town.general, "@Parley hello")
    question = asked(await town.hears())

    assert (question.key, question.text) == (said.id, f"{town.box.bot.mention} hello")
    assert (question.place.id, question.place.kind, question.place.name) == (
        town.general.id, PlaceKind.CHANNEL, "general"
    )  # fmt: skip
    assert question.author == Author(town.alice.id, "Alice")
    assert question.asked_at == int(discord.utils.snowflake_time(said.id).timestamp() * 1000)
