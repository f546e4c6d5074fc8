"""A reload that gives the model of a question another server, at any moment of the question."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.chat.ports.model import ModelEvent, ModelRequest
from bot.chat.provider import Provider
from bot.chat.turns import AnswerState
from bot.errors import ModelUnreachable
from tests.chat.house import PROVIDER, House
from tests.fakes.model import ScriptedModel
from tests.timeless import timeless

AWAY = ModelUnreachable("away", connected=False)


class Gone(ScriptedModel):
    """A server that cannot be reached. Settings name another one at a moment of the first request to it."""

    house: House

    def __init__(self, moment: str, models: tuple[str, ...]) -> None:
        super().__init__()
        self.newest = ScriptedModel([["there"]])
        self._moment = moment
        self._models = models

    async def reachable(self) -> bool:
        """See the port."""
        self.at("look")
        return False

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        self.requests.append(request)
        self.at("request")
        raise AWAY
        yield

    def at(self, moment: str) -> None:
        """Change the settings, if this is the moment."""
        if self._moment == moment:
            self._moment = ""
            old = self.house.providers[PROVIDER]
            newest = Provider(PROVIDER, self.newest, old.slots, old.limits)
            self.house.providers[PROVIDER] = newest
            old.moves_to(newest, self._models)


@pytest.mark.parametrize("moment", ["request", "look", "wait"])
@timeless
async def test_a_question_follows_its_model_to_another_server(moment: str) -> None:
    """A question whose request, look or wait a reload meets is asked at the new server once, and each request has its row."""
    model = Gone(moment, ("m",))
    house = model.house = House(model=model, pauses=(3600.0,))
    await house.hear(100)
    await asyncio.sleep(60)
    model.at("wait")
    await asyncio.sleep(60)
    assert house.answer(100) == (AnswerState.DONE, "there")
    assert (len(model.requests), len(model.newest.requests)) == (1, 1)
    assert [call.end.reason for call in house.calls(100) if call.end] == ["unreachable", "stop"]


@timeless
async def test_a_question_waits_for_its_server_where_the_new_one_does_not_have_its_model() -> None:
    """A question for a model that the new server is not known to have is never sent there."""
    model = Gone("request", ("another",))
    house = model.house = House(model=model, pauses=(3600.0,))
    await house.hear(100)
    await asyncio.sleep(60)
    assert house.answer(100)[0] is AnswerState.WRITING
    assert model.newest.requests == []
    await house.lanes.drain(0)
