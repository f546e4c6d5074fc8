"""Answers while the model or Discord fails, or too much is asked, on stand-ins for the ports."""

import asyncio

import pytest

from bot.chat import service
from bot.chat.ports import Claim
from bot.chat.turns import AnswerState, Asked
from bot.errors import DisplayError, DisplayRefused, ModelBusy, ModelError, ModelRejected, ModelSilent, ModelUnreachable
from tests.chat.house import GENERAL, EndlessModel, House
from tests.fakes import MemoryStore, ScriptedModel


@pytest.mark.parametrize("error", [ModelRejected("no"), ModelBusy("later"), ModelSilent("nothing")])
async def test_a_model_that_refuses_is_not_down(error: ModelError) -> None:
    """After an outage, one refused question would let all others wait as if the outage went on."""
    house = House(model=ScriptedModel([[ModelUnreachable("down")], [error]]))
    await house.hear(100)
    await house.settle()
    assert house.answer(100) == (AnswerState.FAILED, "")
    assert not house.breaker.is_open
    await house.hear(200)
    await house.settle()
    assert {message_id for message_id, _ in house.display.remarks} == {100}


async def test_an_answer_that_ends_while_discord_is_down_is_shown_when_it_is_back() -> None:
    """After minutes without network the asker would wait for an answer that the store has, until the next restart."""
    house = House(discord_pauses=(0.0, 0.0, 0.0))
    house.display.down = 3
    await house.hear(100)
    await house.hear(200)
    await house.settle()
    assert list(house.display.finished.items()) == [(100, ("answer 1", "")), (200, ("answer 2", ""))]
    assert house.store.answers[1][0].shown_at is not None
    assert house.display.down == 0


async def test_an_answer_whose_place_is_gone_when_discord_is_back_is_stored() -> None:
    """The lane of a channel that was deleted meanwhile would wait for an hour."""
    house = House(discord_pauses=(0.0, 60.0))
    house.display.down = 1
    house.display.error = DisplayRefused("gone")
    await house.hear(100)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")


async def test_a_discord_that_stays_down_is_left_to_the_next_start() -> None:
    """A place would be kept busy for as long as the bot lives."""
    house = House(discord_pauses=(0.0, 0.0))
    house.display.error = DisplayError("down")
    await house.hear(100)
    await house.settle()
    assert [left.question.message_id for left in await house.store.left_open()] == [100]


async def test_questions_that_come_all_at_once_fill_the_queue_no_further() -> None:
    """A burst would pass the bound before the first of it is counted, and the last would be answered an hour later."""
    house = House(model=EndlessModel([["going on"]]))
    await asyncio.gather(*(house.hear(number * 100) for number in range(1, 61)))
    assert house.lanes.waiting(GENERAL.id) <= 20
    assert house.display.notices == [(2100, service.TOO_LONG_A_QUEUE)]
    await house.lanes.drain(0)


class SlowStore(MemoryStore):
    """A store that takes its time to claim."""

    async def claim(self, asked: Asked, *, per_minute: int = 0, refused: bool = False) -> Claim | None:
        """See the port."""
        await asyncio.sleep(0)
        return await super().claim(asked, per_minute=per_minute, refused=refused)


async def test_questions_that_are_being_claimed_count_as_waiting() -> None:
    """A burst would pass the bound while the store is slow, and the last would be answered an hour later."""
    house = House(model=EndlessModel([["going on"]]), store=SlowStore())
    await asyncio.gather(*(house.hear(number * 100) for number in range(1, 61)))
    assert house.lanes.waiting(GENERAL.id) <= 20
    assert house.display.notices == [(2100, service.TOO_LONG_A_QUEUE)]
    await house.lanes.drain(0)
