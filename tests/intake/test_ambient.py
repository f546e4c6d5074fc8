"""Messages said to others before a question: which of them it brings along, for whom, and how many."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.chat import tokens
from bot.chat.content import Text
from bot.chat.ports.intake import Sourced
from bot.chat.ports.questions import Questions
from bot.chat.speakers import short_id
from bot.config import ChatSettings, Current, Settings
from bot.errors import StoreError
from bot.intake.ambient import Ambient
from bot.intake.consent import Consent
from bot.intake.quotes import BEFORE
from bot.intake.rendering import DiscordIntake
from bot.intake.surroundings import Surroundings
from bot.sandbox import Channel, Permission, Person
from bot.sandbox.discord.rest.faults import Garbling
from tests.contracts.stories import asked, position_of
from tests.fakes.questions import MemoryQuestions
from tests.fakes.state import State
from tests.intake.conftest import Town, joined
from tests.listening import listening
from tests.truth.watch import Watch


@asynccontextmanager
async def hearing(watch: Watch, settings: Settings, *, reads_content: bool = True) -> AsyncGenerator[Town]:
    """A town whose intake reads what was said before."""
    async with listening(watch, reads_content=reads_content) as here:
        town = Town(
            box=here.box,
            home=here.home,
            general=here.general,
            alice=here.alice,
            client=here.client,
            heard=here.heard,
            intake=DiscordIntake(here.client, Current(ChatSettings())),
        )
        town.intake = around(town, settings)
        yield town


def around(
    town: Town, settings: Settings, *, budget: int = 8_000, questions: Questions | None = None, seconds: float = 30
) -> DiscordIntake:
    """An intake that reads what was said before."""
    questions = questions or town.store.questions
    ambient = Ambient(
        town.client,
        questions,
        Current(settings),
        tokens.count,
        lambda: budget,
        consent=Consent(Current(settings.access)),
    )
    surroundings = Surroundings(town.client, questions, ambient=ambient, seconds=Current(seconds))
    return DiscordIntake(town.client, Current(ChatSettings()), around=surroundings)


def ambient(number: int, **sections: object) -> Settings:
    """Settings with this number of messages for all places."""
    return Settings.model_validate({"history": {"ambient": number}, **sections})


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """The town; a question brings up to five messages along."""
    async with hearing(watch, ambient(5)) as here:
        yield here


@pytest.fixture
def bob(town: Town) -> Person:
    """Somebody else who talks."""
    return town.box.discord.user("Bob")


async def brought(town: Town, by: Person | None = None, at: Channel | None = None, text: str = "and now?") -> list[str]:
    """The words that a question brings along, oldest first."""
    said = await (by or town.alice).says(at or town.general, f"@Parley {text}")
    read = await town.read(await town.hears(said))
    _, _, before = read.partition(f"\n{BEFORE}")
    return [line.removeprefix("> ") for line in before.splitlines() if line.startswith("> ")]


async def test_what_was_said_before_comes_with_its_authors_and_messages(town: Town, bob: Person) -> None:
    """Messages before a question are contents of their own behind a mark, oldest first, and nothing of them is in its text."""
    first = await bob.says(town.general, "tea is hot")
    second = await town.alice.says(town.general, f"{bob.mention} is right")
    question = town.held(await town.hears(await town.alice.says(town.general, "@Parley is it?")))
    rendered = await town.intake.render(question)

    ids = short_id(bob.id), short_id(town.alice.id)
    assert rendered.contents[1:] == (
        Text(f"\n{BEFORE}"),
        Sourced(Text(f"\nBob (#{ids[0]}), aside:\n> tea is hot"), bob.id, first.id),
        Sourced(Text(f"\nAlice (#{ids[1]}), aside:\n> @Bob is right"), town.alice.id, second.id),
    )
    assert joined(rendered).count("tea is hot") == 1


async def test_only_the_newest_since_the_bot_spoke_come_along(town: Town, bob: Person) -> None:
    """Up to the number that is set, the newest ones after the bot's last message and after the last question are brought."""
    await bob.says(town.general, "long ago")
    await town.client.get_partial_messageable(town.general.id).send("mine")
    for number in range(7):
        await bob.says(town.general, f"word {number}")
    assert await brought(town) == [f"word {number}" for number in range(2, 7)]
    last = town.box.discord.messages(town.general)[-1]
    await position_of(town.store, asked(last.id))
    await bob.says(town.general, "more")
    assert await brought(town) == ["more"]


async def test_some_messages_are_left_out(town: Town, bob: Person) -> None:
    """Webhooks, system messages, words for the bot or behind the prefix, and the message that is replied to, are left out."""
    await town.home.webhook(town.general).says("from a hook")
    bob.joins(town.home, [town.home.role("Mods", Permission.PIN_MESSAGES)])
    await bob.pins(await bob.says(town.general, "kept"))
    await bob.says(town.general, "@Parley for you")
    await bob.says(town.general, "// between us")
    quoted = await bob.says(town.general, "quoted")
    said = await town.alice.says(town.general, "@Parley why?", reply_to=quoted)
    read = await town.read(await town.hears(said))
    assert read.count("> ") == 2
    assert "> kept" in read
    assert read.count("> quoted") == 1


async def test_people_on_the_deny_list_are_left_out(town: Town, bob: Person) -> None:
    """Words of a person whom the access lists deny are not brought along."""
    town.intake = around(town, ambient(5, access={"deny_users": [bob.id]}))
    await bob.says(town.general, "psst")
    await town.alice.says(town.general, "hello")
    assert await brought(town) == ["hello"]


async def test_the_asker_gets_what_the_asker_may_read(town: Town, bob: Person) -> None:
    """Nothing is brought for an asker, or by a bot, without the right to read the place's history."""
    await bob.says(town.general, "tea is hot")
    town.home.permits(town.general, deny={town.alice.user: Permission.READ_MESSAGE_HISTORY})
    assert await brought(town) == []
    assert await brought(town, by=bob) == ["tea is hot"]
    town.home.permits(town.general, deny={town.home.bot_role: Permission.READ_MESSAGE_HISTORY})
    assert await brought(town, by=bob) == []


async def test_a_question_that_was_fetched_looks_up_its_asker(town: Town, bob: Person) -> None:
    """For a question from the history, whose asker's roles are not known, these are looked up; one who has left gets nothing."""
    await bob.says(town.general, "tea is hot")
    said = await town.alice.says(town.general, "@Parley and now?")
    assert "> tea is hot" in await town.fetched(said)
    town.home.guild.members.pop(town.alice.id)
    assert "> tea is hot" not in await town.fetched(said)


async def test_numbers_hold_for_single_places(watch: Watch) -> None:
    """A number for a channel holds for its threads too, unless a thread has one of its own; direct messages have none."""
    async with hearing(watch, ambient(0)) as town:
        bob, quiet = town.box.discord.user("Bob"), town.home.channel("quiet")
        thread, other = [await bob.opens_thread(town.general, name) for name in ("one", "two")]
        places = {town.general.id: 2, other.id: 1}
        town.intake = around(town, Settings.model_validate({"history": {"ambient_places": places}}))
        for place in (town.general, quiet, thread, other):
            for number in range(3):
                await bob.says(place, f"word {number}")
        found = [await brought(town, at=place) for place in (town.general, quiet, thread, other)]
        assert found == [["word 1", "word 2"], [], ["word 1", "word 2"], ["word 2"]]
        assert await brought(town, at=await town.alice.dm()) == []
        calls = [call for call in town.box.discord.calls if call.method == "GET" and call.path.endswith("/messages")]
        assert len(calls) == 3


async def test_without_the_intent_nothing_is_fetched(watch: Watch) -> None:
    """Where Discord does not show the text of messages, the history is not asked for."""
    async with hearing(watch, ambient(5), reads_content=False) as town:
        await town.box.discord.user("Bob").says(town.general, "tea is hot")
        assert await brought(town) == []
        assert not any(call.path.endswith("/messages") for call in town.box.discord.calls if call.method == "GET")


async def test_a_share_of_the_budget_bounds_them(town: Town, bob: Person) -> None:
    """The newest messages are kept up to a quarter of the budget, and a long one is shortened."""
    town.intake = around(town, ambient(5), budget=1_000)
    for number in range(5):
        await bob.says(town.general, f"{number} " + "lamp " * 90)
    found = await brought(town)
    assert [one[0] for one in found] == ["3", "4"]
    await town.client.get_partial_messageable(town.general.id).send("mine")
    await bob.says(town.general, "x" * 1_000)
    assert await brought(town) == ["x" * 500 + "…"]


async def test_messages_without_words_are_left_out(town: Town, bob: Person) -> None:
    """A message of which nothing can be read is left out; a file stands by its name."""
    empty = await bob.says(town.general, "x")
    empty.content = ""
    await bob.says(town.general, attachments={"lamp.txt": b"lamp"})
    assert (await brought(town))[0] == "[attached file, which you cannot read: lamp.txt]"


def refused(town: Town) -> None:
    """Discord refuses the history."""
    town.box.discord.fails("GET", "/channels/{channel_id}/messages", 403, code=50001, message="Missing Access")


def garbled(town: Town) -> None:
    """A proxy before Discord answers with a page of its own."""
    town.box.discord.garbles("GET", "/channels/{channel_id}/messages", Garbling.HTML)


def slow(town: Town) -> None:
    """Discord takes its time for the history."""
    town.box.discord.delays("GET", "/channels/{channel_id}/messages", 3600)
    town.intake = around(town, ambient(5), seconds=0.05)


def broken(town: Town) -> None:
    """The store is out of order."""

    class Broken(MemoryQuestions):
        async def asked_among(self, message_ids: object) -> frozenset[int]:
            raise StoreError("out of order")

    town.intake = around(town, ambient(5), questions=Broken(State()))


@pytest.mark.parametrize("fault", [refused, garbled, slow, broken])
async def test_a_failure_holds_up_no_question(town: Town, bob: Person, fault: Callable[[Town], None]) -> None:
    """A history that cannot be read, or not in time, is left out."""
    await bob.says(town.general, "tea is hot")
    fault(town)
    assert await brought(town) == []
