"""Attempts at an answer while the model or Discord fails, on stand-ins for the ports."""

import pytest

from bot.chat.turns import AnswerState
from bot.errors import ModelBusy, ModelError, ModelRejected, ModelSilent, ModelUnreachable
from tests.chat.house import House
from tests.fakes import ScriptedModel


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
