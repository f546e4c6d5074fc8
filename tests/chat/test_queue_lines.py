"""The line under a question that waits behind others in its place."""

import asyncio

import pytest

from bot.chat import endings
from bot.chat.lanes import StopReason
from bot.chat.ports.hindrances import Hindrance
from bot.chat.turns import AnswerState
from bot.errors import DisplayError
from tests.chat.house import GENERAL, House, until
from tests.fakes.model import EndlessModel


async def test_a_question_that_waits_says_how_many_are_before_it() -> None:
    """A question that still waits after some seconds gets a line, which its answer takes over; the next one counts it."""
    model = EndlessModel([["one"], ["two"], ["three"]])
    house = House(model=model, line_seconds=0)
    for key in (100, 200, 300):
        await house.hear(key)
    await until(lambda: len(house.display.lines) == 2)
    assert house.display.lines == [(200, "1 before yours"), (300, "2 before yours")]
    for key in (100, 200, 300):
        await model.silent.wait()
        model.silent.clear()
        assert house.lanes.stop(key, StopReason.PERSON)
    await house.settle()
    assert [house.record(key).display.messages.live for key in (200, 300)] == [(201,), (301,)]
    assert house.display.said(300) == ("three", endings.STOPPED)


async def test_a_line_that_discord_refuses_changes_nothing() -> None:
    """A question whose line cannot be sent is answered all the same."""
    model = EndlessModel([["one"], ["two"]])
    house = House(model=model, line_seconds=0)
    await house.hear(100)
    await model.silent.wait()
    house.display.error = DisplayError("down")
    await house.hear(200)
    await until(lambda: house.chat.lines.sending == 1)
    for _ in range(20):  # the line is refused meanwhile
        await asyncio.sleep(0)
    house.display.error = None
    model.silent.clear()
    house.lanes.stop(100, StopReason.PERSON)
    await model.silent.wait()
    house.lanes.stop(200, StopReason.PERSON)
    await house.settle()
    assert (house.display.lines, house.answer(200)) == ([], (AnswerState.STOPPED, "two"))


@pytest.mark.parametrize("broken", ["hindered", "unreadable", "hindered and down"])
async def test_the_line_of_a_question_without_an_answer_goes(broken: str) -> None:
    """Where a question that waited gets no answer after all, its line is deleted; if Discord fails, it stays."""
    model = EndlessModel([["one"]])
    house = House(model=model, line_seconds=0)
    for key in (100, 200):
        await house.hear(key)
    await until(lambda: len(house.display.lines) == 1)
    if broken == "unreadable":
        house.intake.broken.add(200)
    else:
        house.locks.of_places[GENERAL.id] = Hindrance("locked", "I may not.")
    await model.silent.wait()
    house.lanes.stop(100, StopReason.PERSON)
    house.display.error = DisplayError("down") if "down" in broken else None
    await house.settle()
    assert (200 in house.display.finished) == ("down" not in broken)
