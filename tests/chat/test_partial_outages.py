"""A server that answers some requests while others find it away: how often the caller asks it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest

from bot.chat.ports.model import Delta, Finish, ModelEvent, ModelRequest
from bot.chat.turns import AnswerState
from bot.errors import ModelUnreachable
from tests.chat.house import GENERAL, House
from tests.fakes.model import ScriptedModel
from tests.timeless import timeless

SIDE = replace(GENERAL, id=2)


class HalfAwayModel(ScriptedModel):
    """A model that answers one place for a minute, and fails with `error` elsewhere. A look never finds it."""

    def __init__(self, error: ModelUnreachable) -> None:
        super().__init__()
        self._error = error
        self.failed_at: list[float] = []

    async def reachable(self) -> bool:
        """See the port."""
        return False

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        self.requests.append(request)
        if request.call.place_id != SIDE.id:
            self.failed_at.append(asyncio.get_running_loop().time())
            raise self._error
        for _ in range(600):
            yield Delta("x")
            await asyncio.sleep(0.1)
        yield Finish("stop", None)


class HalfAwayServer(HalfAwayModel):
    """A model like that, whose every failure is followed by another request that succeeds while the question waits."""

    house: House

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        asyncio.get_running_loop().call_later(0.2, self._succeed)
        async with aclosing(super().stream(request)) as events:
            async for event in events:
                yield event

    def _succeed(self) -> None:
        self.house.breaker.succeeded(self.house.breaker.outages)


@timeless
async def test_an_answer_in_writing_ends_no_wait_for_a_server_that_is_away() -> None:
    """A question that is refused a connection waits for a look that finds the server, beside an answer that goes on."""
    model = HalfAwayModel(ModelUnreachable("refused", connected=False))
    house = House(model=model, pauses=(5.0,), first_pause_seconds=0.5)
    await house.hear(200, place=SIDE)
    await asyncio.sleep(1)
    await house.hear(100)
    await asyncio.sleep(30)
    assert len(model.failed_at) == 1
    await house.lanes.drain(0)


@timeless
async def test_a_question_that_is_refused_beside_others_that_succeed_pauses_before_each_request() -> None:
    """The pauses grow from half a second to twenty seconds while successes of others end each wait."""
    model = HalfAwayServer(ModelUnreachable("refused", connected=False))
    house = model.house = House(model=model, pauses=(5.0,), first_pause_seconds=0.5)
    await house.hear(100)
    await asyncio.sleep(100)
    assert pauses(model) == pytest.approx([0.5, 2, 8, 20, 20, 20, 20], rel=0.21)
    assert house.answer(100)[0] is AnswerState.WRITING
    await house.lanes.drain(0)


@timeless
async def test_a_question_that_fails_beside_others_that_succeed_pauses_between_its_three_tries() -> None:
    """A fault of the server's own uses up a try, and the pauses between the tries grow."""
    model = HalfAwayServer(ModelUnreachable("502"))
    house = model.house = House(model=model, pauses=(5.0,), first_pause_seconds=0.5)
    await house.hear(100)
    await asyncio.sleep(60)
    assert pauses(model) == pytest.approx([0.5, 2], rel=0.21)
    assert house.answer(100) == (AnswerState.FAILED, "")


def pauses(model: HalfAwayModel) -> list[float]:
    """The seconds between the requests that failed."""
    return [later - earlier for earlier, later in zip(model.failed_at, model.failed_at[1:], strict=False)]
