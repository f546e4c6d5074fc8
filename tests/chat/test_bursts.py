"""Mentions in quick succession in the domain."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.chat.bursts import Bursts
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.model import Delta, ModelEvent, ModelRequest
from bot.chat.turns import Asked, TurnedDown
from bot.config import ChatSettings, Current
from bot.errors import StoreError
from tests.chat.house import GENERAL, NOW, House, asked
from tests.fakes.model import EndlessModel, ScriptedModel
from tests.fakes.questions import MemoryQuestions
from tests.fakes.state import State


async def hears(house: House, key: int, text: str, at: int = NOW, place: Place = GENERAL) -> None:
    """Receive a mention of Alice's."""
    await house.hear(key, text, at=at, place=place)


@pytest.mark.parametrize(("seconds", "apart", "joins"), [(1.5, 1500, True), (1.5, 1501, False), (0, 0, False)])
async def test_a_mention_joins_within_the_time(seconds: float, apart: int, joins: bool) -> None:
    """A mention within `burst_seconds` of the one before joins it; 0 switches that off."""
    house = House(burst_seconds=seconds)
    await hears(house, 100, "one")
    await hears(house, 101, "two", NOW + apart)
    await house.settle()
    assert len(house.state.questions) == (1 if joins else 2)
    assert len(house.model.requests) == (1 if joins else 2)


async def test_each_message_of_a_burst_gives_the_next_its_time() -> None:
    """The time since the message before counts, not the time since the first."""
    house = House(burst_seconds=1.5)
    for number in range(4):
        await hears(house, 100 + number, f"part {number}", NOW + 1000 * number)
    await house.settle()
    (request,) = house.model.requests
    assert [request.prompt[-1].text.count(f"part {number}") for number in range(1, 4)] == [1, 1, 1]


async def test_two_mentions_at_the_same_moment_are_one_question() -> None:
    """The second arrives while the first is being claimed, and joins it."""
    house = House(burst_seconds=1.5)
    house.intake.at_hand |= {100: "one", 101: "two"}
    assert await asyncio.gather(house.chat.mention(asked(100, "one")), house.chat.mention(asked(101, "two"))) == [
        True,
        True,
    ]
    await house.settle()
    assert len(house.state.questions) == 1


class Silent(ScriptedModel):
    """A model that thinks without a word; `asked` is set by each request."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        self.requests.append(request)
        self.asked.set()
        await asyncio.Event().wait()
        yield Delta("never")


async def test_an_attempt_without_a_word_begins_again_once() -> None:
    """The second message stops the silent attempt, the third is a question of its own."""
    model = Silent()
    house = House(model=model, burst_seconds=1.5)
    for number in range(3):
        model.asked.clear()
        await hears(house, 100 + number, f"part {number}")
        if number < 2:
            await model.asked.wait()
    assert len(house.state.questions) == 2
    assert [request.prompt[-1].text.count("part 1") for request in model.requests] == [0, 1]
    assert [one.reason for one in house.record(100).answers] == ["joined", ""]
    await house.lanes.drain(0)


async def test_a_question_with_words_of_an_answer_takes_none() -> None:
    """A mention after the first word waits for its own answer."""
    model = EndlessModel([["so far"], ["own"]])
    house = House(model=model, burst_seconds=1.5)
    await hears(house, 100, "one")
    await model.silent.wait()
    assert house.writing.has_heard(100)
    await hears(house, 101, "two")
    assert len(house.state.questions) == 2
    await house.lanes.drain(0)


async def test_a_mention_after_the_end_or_after_a_refusal_joins_nothing() -> None:
    """An answered question and one over the limit take no message; a joined message counts in the limit."""
    house = House(burst_seconds=30, user_per_minute=2)
    await house.answered(100)
    await hears(house, 101, "two")
    await hears(house, 102, "three")
    await hears(house, 103, "four")
    await house.settle()
    refused = [one.turned_down for one in house.state.questions.values()]
    assert refused.count(TurnedDown.LIMIT) == 2
    assert len(house.state.questions) == 4


async def test_another_place_begins_its_own() -> None:
    """The same person's mention in another channel is a question of its own."""
    house = House(burst_seconds=30)
    await hears(house, 100, "one")
    await hears(house, 101, "two", place=Place(2, PlaceKind.CHANNEL, "other"))
    await house.settle()
    assert len(house.state.questions) == 2


class Joinless(MemoryQuestions):
    """Questions that no message can join, because the disk fails."""

    async def join(self, asked: Asked, position: int, *, per_minute: int = 0) -> bool:
        """See the port."""
        raise StoreError("disk full")


async def test_a_message_that_cannot_join_is_asked_by_itself() -> None:
    """Where the store fails to join a message, it is claimed as a question."""
    state = State()
    house = House(state=state, burst_seconds=30)
    house.chat._questions = Joinless(state)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- a store that fails at one step
    await hears(house, 100, "one")
    await hears(house, 101, "two")
    await house.settle()
    assert len(house.state.questions) == 2


class Ending(MemoryQuestions):
    """Questions whose answer ends while a message joins."""

    house: House

    async def join(self, asked: Asked, position: int, *, per_minute: int = 0) -> bool:
        """See the port."""
        joined = await super().join(asked, position, per_minute=per_minute)
        await self.house.lanes.drain(0)
        self.house.lanes.__init__(self.house.limits)
        return joined


async def test_a_job_that_ends_while_a_message_joins_is_followed_by_another() -> None:
    """The question is answered with both messages by another job."""
    state = State()
    house = House(state=state, burst_seconds=30)
    questions = Ending(state)
    questions.house = house
    house.chat._questions = questions  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- as above
    house.intake.gate.clear()
    await hears(house, 100, "one")
    await hears(house, 101, "two")
    house.intake.gate.set()
    await house.settle()
    assert house.sent()[-1][1].endswith("two")


async def test_ended_bursts_are_forgotten() -> None:
    """With many people, those whose time is over are dropped."""
    bursts = Bursts(Current(ChatSettings(burst_seconds=1)), lambda _: False)
    for number in range(1001):
        place = Place(number + 1, PlaceKind.CHANNEL, "many")
        with bursts.begins(asked(number + 1, place=place, at=NOW + number)):
            pass
    with bursts.begins(asked(5000, at=NOW + 60_000)):
        pass
    assert bursts.before(asked(6000, place=Place(1, PlaceKind.CHANNEL, "many"), at=NOW)) is None
