"""The row of buttons stands under the last answer of a place, and leaves the one before."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack

from bot.chat.appearance import Control, Verb
from bot.chat.button_rows import ButtonRows
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.display import Target
from bot.config import AnswerSettings
from bot.errors import DisplayError, ModelCutOff
from tests.chat.house import PATIENCE_SECONDS, House
from tests.fakes.display import MemoryDisplay
from tests.fakes.model import ScriptedModel


async def test_the_row_leaves_the_answer_before() -> None:
    """Only the last answer of a place has Regenerate; a later attempt at it takes nothing from others, and Retry stays."""
    house = House(model=ScriptedModel([["one"], ["two"], ["half", ModelCutOff("…")], ["four"], ["five"]]))
    for key in (100, 200, 300, 400):
        await house.answered(key)
    assert [house.display.offers(key) for key in (100, 200, 300, 400)] == [[], [], ["retry"], ["regenerate"]]
    assert house.display.stripped == [100, 200]
    assert house.chat.follow(house.record(400), Verb.REGENERATE, 1)
    await house.settle()
    assert house.display.stripped == [100, 200]


async def test_a_row_that_discord_keeps_harms_nothing() -> None:
    """Where Discord fails as the row leaves, or an answer has no message, the row stays; without a row nothing is asked."""
    house = House(model=ScriptedModel([["one"], ["two"], ["three"]]))
    await house.answered(100)
    house.display.down = 0
    record = house.record(100)
    house.display.error = DisplayError("down")
    house.showing.rows.leave(record.question, 1)
    await house.settle()
    await house.hear(200)
    await house.settle()
    house.display.error = None
    house.answers.value = AnswerSettings(buttons="failed")
    await house.answered(300)
    assert house.display.stripped == []


async def test_rows_that_are_leaving_end_with_the_bot() -> None:
    """An edit of buttons under way is ended at a shutdown, and none begins after it: the client has left Discord then."""
    house = House()
    for key in (100, 200):
        await house.answered(key)
    house.showing.rows.leave(house.record(200).question, 1)
    await house.showing.close()
    assert not house.showing.rows.leaving
    house.showing.rows.clear(house.record(200))
    assert not house.showing.rows.leaving


async def test_rows_stay_while_many_answers_grow() -> None:
    """While more than eight answers grow, rows stay; they leave as soon as fewer grow."""
    house = House()
    for key in (100, 200):
        await house.answered(key)
    with _many_answers(house.showing.rows):
        await house.hear(300)
        await _idle(house)
        assert house.display.stripped == [100]
    await house.settle()
    assert house.display.stripped == [100, 200]


async def test_a_row_leaves_in_time_although_many_answers_grow() -> None:
    """A row leaves after `wait_seconds`, however many answers grow."""
    house = House()
    house.answers.value = AnswerSettings(buttons="failed")
    for key in (100, 200):
        await house.answered(key)
    house.answers.value = AnswerSettings()
    rows = ButtonRows(house.store.questions, house.display, house.answers, wait_seconds=0)
    with _many_answers(rows):
        rows.leave(house.record(200).question, 1)
        await asyncio.gather(*rows.leaving)
    assert house.display.stripped == [100]


async def test_a_row_that_waited_leaves_its_own_answer() -> None:
    """A row leaves the answer for which it waited, although the next question was answered meanwhile."""
    house = House(model=ScriptedModel([["one"], ["two"], ["three"]]))
    await house.answered(100)
    with _many_answers(house.showing.rows):
        for key in (200, 300):
            await house.hear(key)
        await _idle(house)
        assert house.display.stripped == []
    await house.settle()
    assert house.display.stripped == [100, 200]
    assert house.display.offers(300) == ["regenerate"]


async def test_a_row_that_waited_stays_where_an_answer_was_deleted() -> None:
    """A row that waited stays where its answer is the last of its place again, and goes where its question was deleted."""
    house = House(model=ScriptedModel([["one"], ["two"], ["three"], ["four"]]))
    for key in (100, 200):
        await house.answered(key)
    for key, deleted in ((300, 300), (400, 200)):
        assert house.display.offers(200) == ["regenerate"]
        with _many_answers(house.showing.rows):
            await house.hear(key)
            await _idle(house)
            await house.changing.deleted([deleted])
        await house.settle()
    assert house.display.offers(200) == []


async def test_rows_that_leave_slowly_hold_up_no_others() -> None:
    """A row leaves in time, however long Discord takes to let others leave."""
    display = _SlowDisplay()
    house = House(display=display)
    rows = ButtonRows(house.store.questions, display, house.answers, wait_seconds=0)
    for number in range(1, 6):
        place = Place(number, PlaceKind.CHANNEL, f"place {number}")
        house.answers.value = AnswerSettings(buttons="failed")
        for key in (100 + number, 200 + number):
            await house.answered(key, place=place)
        house.answers.value = AnswerSettings()
        rows.leave(house.record(200 + number).question, 1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(display.leaving) < 5:  # noqa: ASYNC110 -- nothing tells of it
            await asyncio.sleep(0)
    await rows.close()


class _SlowDisplay(MemoryDisplay):
    """A Discord that takes long to change buttons. `leaving` are the questions whose buttons it is to change."""

    def __init__(self) -> None:
        super().__init__()
        self.leaving: list[int] = []

    async def set_controls(self, target: Target, message_id: int, controls: Sequence[Control]) -> None:
        """See the port."""
        self.leaving.append(target.key)
        await asyncio.Event().wait()


def _many_answers(rows: ButtonRows) -> ExitStack:
    answers = ExitStack()
    for _ in range(9):
        answers.enter_context(rows.growing())
    return answers


async def _idle(house: House) -> None:
    """Let every queued answer come to its end; rows may wait."""
    while house.lanes.busy:  # noqa: ASYNC110 -- nothing tells of it
        await asyncio.sleep(0)
