"""People change what a question brings along, or the question, while it waits between two requests."""

import pytest

from bot.chat.content import Text
from bot.chat.ports.intake import Rendered, Sourced
from bot.chat.texts import DELETED
from bot.chat.turns import AnswerState
from bot.errors import ModelBusy
from tests.chat.house import House, until
from tests.chat.test_outages import away, down
from tests.fakes.model import Piece, ScriptedModel


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
