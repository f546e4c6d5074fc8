"""An intake that reads files, on a sandbox with its file server."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import discord

from bot.chat import tokens
from bot.chat.content import Media, Text
from bot.chat.image_tokens import Sight
from bot.chat.moments import moment
from bot.chat.ports.intake import Rendered, Sourced
from bot.chat.turns import Question
from bot.config import AccessSettings, ChatSettings, Current, FileSettings
from bot.intake.consent import Consent
from bot.intake.downloads import Downloads
from bot.intake.forwards import Forwards
from bot.intake.media import MediaReader
from bot.intake.message import asked
from bot.intake.rendering import DiscordIntake
from bot.intake.surroundings import Surroundings
from bot.sandbox import File, Message
from tests.files import samples
from tests.intake.conftest import Town, stored, untimed
from tests.listening import listening
from tests.truth.watch import Watch

PICTURE = samples.saved(samples.drawing(80, 40), "PNG")


@dataclass
class Ears:
    """A transcriber that hears what a test says, or fails as it says."""

    hears: str | Exception = "Hello, lamp."
    heard: list[tuple[bytes, str]] = field(default_factory=list[tuple[bytes, str]])

    async def transcribe(self, data: bytes, name: str, question: Question) -> str:
        """See `Transcriber.transcribe`."""
        self.heard.append((data, name))
        if isinstance(self.hears, Exception):
            raise self.hears
        return self.hears


@dataclass(kw_only=True)
class Reading(Town):
    """A town whose intake reads files. `settings` and `sight` may be changed by a test."""

    settings: Current[FileSettings]
    ears: Ears
    sight: Current[Sight]
    budget: int = 8_000

    async def reads(self, message: discord.Message, *, files: bool = True) -> Rendered:
        """A question as the model gets it, whose message is at hand, with its `files` or without; its moment is left out."""
        question = asked(message)
        self.intake.hold(message)
        rendered = await self.intake.render(
            Question(1, question.key, 1, question.place, question.author, question.text, question.asked_at),
            files=files,
        )
        text = untimed(text_of(rendered), moment(question.asked_at, None))
        return replace(rendered, contents=(Text(text), *rendered.contents[1:]))

    async def reads_held(self, said: Message) -> Rendered:
        """A question without its files, whose message the intake has kept."""
        return await self.intake.render(stored(said), files=False)

    async def asks(self, text: str = "look", *, reply_to: Message | None = None, **files: bytes) -> Rendered:
        """Return the contents for the model of a direct message of Alice's with files; `a_b` is the file `a.b`."""
        named = {name.replace("_", "."): data for name, data in files.items()}
        return await self.sends(named, text, reply_to=reply_to)

    async def sends(
        self, files: Mapping[str, bytes] | list[File], text: str = "look", *, reply_to: Message | None = None
    ) -> Rendered:
        """Return the contents for the model of a direct message with files of any names."""
        said = await self.alice.says(await self.alice.dm(), text, attachments=files, reply_to=reply_to)
        return await self.reads(await self.hears(said))


def reader(
    town: Town, settings: Current[FileSettings], ears: Ears | None, budget: int, sight: Current[Sight] | None = None
) -> MediaReader:
    """A reader of the town's files, for a model that sees unless a test says otherwise."""

    async def sight_of(question: Question) -> Sight:
        return Sight("gpt-5.5") if sight is None else sight.value

    return MediaReader(
        town.client,
        settings=settings,
        prompt_tokens=lambda: budget,
        downloads=Downloads(town.box.discord.api_base),
        count=tokens.count,
        sight=sight_of,
        transcriber=lambda: ears,
    )


@asynccontextmanager
async def reading(watch: Watch) -> AsyncGenerator[Reading]:
    """A town whose intake reads files; nobody has asked anything."""
    async with listening(watch) as here:
        settings, ears, sight = Current(FileSettings()), Ears(), Current(Sight("gpt-5.5"))
        town = Reading(
            box=here.box,
            home=here.home,
            general=here.general,
            alice=here.alice,
            client=here.client,
            heard=here.heard,
            intake=DiscordIntake(here.client, Current(ChatSettings())),
            settings=settings,
            ears=ears,
            sight=sight,
        )
        town.intake = DiscordIntake(
            here.client,
            Current(ChatSettings()),
            reader(town, settings, ears, town.budget, sight),
            around=Surroundings(
                here.client,
                town.store.questions,
                consent=Consent(Current(AccessSettings()), forwards=Forwards(here.client)),
            ),
        )
        yield town


def text_of(rendered: Rendered) -> str:
    """The question's text."""
    first = rendered.contents[0]
    assert isinstance(first, Text)
    return first.text


def media_of(rendered: Rendered) -> list[Media]:
    """The files among a question's contents."""
    found = [one.content if isinstance(one, Sourced) else one for one in rendered.contents[1:]]
    assert all(isinstance(one, Media) for one in found)
    return [one for one in found if isinstance(one, Media)]
