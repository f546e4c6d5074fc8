"""People change what a question brings along, or the question, while it waits between two requests."""

import asyncio
from dataclasses import replace

import pytest

from bot.chat.content import Text
from bot.chat.ports.intake import Rendered, Sourced
from bot.chat.texts import DELETED
from bot.chat.turns import AnswerState
from bot.config import LimitSettings
from bot.errors import ModelBusy, ModelError
from tests.chat.house import PATIENCE_SECONDS, House, until
from tests.chat.test_outages import SIDE, away, down, reasons
from tests.fakes.full_disk import BrokenAttempts
from tests.fakes.model import EndlessModel, Piece, ScriptedModel
from tests.fakes.state import State
from tests.fakes.store import memory_store


@pytest.mark.parametrize("script", [away(1), down(1), [[ModelBusy("busy")]]], ids=["away", "down", "busy"])
async def test_a_question_that_waited_is_sent_as_it_is_then(script: list[list[Piece]]) -> None:
    """Words that are deleted and a turn that is erased while a question waits for a server are in no later request."""
    model = ScriptedModel([["first"], *script, ["there"]])
    house = House(model=model, first_pause_seconds=0)
    await house.answered(100)
    model.looks = [False] * 3
    house.intake.files[200] = Rendered((Sourced(Text("\n> tea"), 12, 900),))
    await house.hear(200)
    await until(lambda: len(model.requests) == 2)
    await house.changing.deleted([100, 900])
    await house.settle()
    assert house.answer(200) == (AnswerState.DONE, "there")
    assert [text for _, text in house.sent()[1:]] == [f"Alice: hello{DELETED}"]


async def test_a_question_that_is_deleted_as_it_is_tried_again_ends() -> None:
    """Between two tries a question is erased: its answer stops, and nothing is left of it."""
    model = ScriptedModel([*away(1), ["there"]])
    house = House(model=model, first_pause_seconds=0)
    model.looks = [False] * 3
    await house.hear(100)
    await until(lambda: bool(model.requests))
    assert await house.store.changes.erase(house.record(100).question.position, (100,), at=5)
    await house.settle()
    assert house.record(100).question.deleted
    assert house.answer(100) == (AnswerState.STOPPED, "")


@pytest.mark.parametrize(("requests", "tokens"), [(1, 0), (32, 1500)], ids=["slot", "tokens"])
async def test_a_question_that_waited_for_its_turn_is_sent_as_it_is_then(requests: int, tokens: int) -> None:
    """Words that are deleted while a question waits for a slot, or for tokens of the day, are not even in its first request."""
    model = EndlessModel([["first"], ["second"]])
    house = House(model=model, model_requests=requests)
    house.limits.value = LimitSettings(tokens_per_day=tokens)
    await house.hear(100)
    await model.silent.wait()
    house.intake.files[200] = Rendered((Sourced(Text("\n> tea"), 12, 900),))
    await house.hear(200, place=SIDE)
    await until(lambda: len(house.state.calls) == 2)
    await house.changing.deleted([900])
    assert len(model.requests) == 1
    assert house.chat.stop(house.record(100).question)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(model.requests) == 1:  # noqa: ASYNC110 -- nothing tells of it
            await asyncio.sleep(0)
    assert house.sent()[1:] == [("user", f"Alice: hello{DELETED}")]
    await house.lanes.drain(0)


async def test_a_store_that_fails_before_the_next_try_ends_the_attempt() -> None:
    """A window that cannot be read again is not sent as it was: the attempt fails, visibly, and its only call is closed."""
    state = State()
    store = replace(memory_store(state), attempts=BrokenAttempts(state, "read again"))
    house = House(state=state, store=store, model=ScriptedModel([[ModelBusy("busy")], ["never"]]))
    await house.answered(100)
    assert house.answer(100) == (AnswerState.FAILED, "")
    assert house.display.said(100) == ("", ModelError.public)
    assert house.display.offers(100) == ["retry"]
    assert reasons(house) == [("closed", "busy"), ("closed", "error")]
    assert len(house.model.requests) == 1


async def test_an_answer_tells_what_a_trim_before_a_pause_left_out() -> None:
    """A request that is repeated behind a pause has the prompt of the one before, and says as well how much found no room."""
    house = House(model=ScriptedModel([["a" * 150], ["b" * 150], ["c" * 150], [ModelBusy("busy")]]), prompt_tokens=700)
    for key in (100, 200, 300, 400):
        await house.answered(key, "q" * 60)
    assert house.sent() == house.sent(-2)
    receipts = [call.end and call.end.receipt for call in house.calls(400)]
    assert [receipt and (receipt.dropped, receipt.window_from) for receipt in receipts] == [(1, 2), (1, 2)]
