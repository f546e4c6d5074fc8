"""Answers that the store did not take: stored when it does again, and shown without the remark."""

import asyncio
from dataclasses import replace

import pytest

from bot.chat.endings import NOT_STORED
from bot.chat.late_writes import LateWrites
from bot.chat.ports.attempts import FinishedAttempt, NewAttempt, StartedAttempt
from bot.chat.service import Stopped
from bot.chat.texts import NOT_KEPT, STOPPED
from bot.chat.turns import AnswerState, TurnedDown, WrongTransition
from bot.errors import ModelError, StoreError
from tests.chat.house import ALICE, GENERAL, House, until
from tests.fakes.attempts import MemoryAttempts
from tests.fakes.questions import MemoryQuestions
from tests.fakes.state import State
from tests.fakes.store import memory_store


class FullDisk(MemoryAttempts):
    """Attempts on a disk that is full for some writes: the ends, or the beginnings too."""

    ends = 0
    beginnings = 0

    async def begin(self, beginning: NewAttempt) -> StartedAttempt | None:
        """See the port."""
        if self.beginnings:
            self.beginnings -= 1
            raise StoreError("disk full")
        return await super().begin(beginning)

    async def end(self, ending: FinishedAttempt) -> None:
        """See the port."""
        if self.ends:
            self.ends -= 1
            raise StoreError("disk full")
        await super().end(ending)


def on(attempts: FullDisk, state: State, *pauses: float) -> House:
    """A house whose disk is full now and then."""
    store = replace(memory_store(state), attempts=attempts)
    return House(state=state, store=store, write_pauses=pauses, discord_pauses=(0.0,))


async def test_an_answer_is_stored_and_shown_anew_when_the_disk_is_back() -> None:
    """An answer that could not be stored says so, and no more once it is stored."""
    state = State()
    attempts = FullDisk(state)
    attempts.ends = 3
    house = on(attempts, state, 0.0, 0.0)
    await house.answered(100)
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert [(seen.text, seen.note) for _, seen in house.display.history] == [("answer 1", NOT_KEPT), ("answer 1", "")]
    assert not house.record(100).display.behind


async def test_the_next_question_comes_behind_what_is_stored_late() -> None:
    """An answer that could not be stored is stored before the next question of any place begins, and is in its window."""
    state = State()
    attempts = FullDisk(state)
    attempts.ends = 2
    house = on(attempts, state, 3600.0)
    await house.hear(100)
    await house.hear(200)
    await until(lambda: 200 in house.display.finished)
    assert ("assistant", "answer 1") in house.sent()
    await house.late_writes.close()


async def test_what_is_left_is_stored_at_the_end() -> None:
    """An answer that could not be stored is stored when the bot stops."""
    state = State()
    attempts = FullDisk(state)
    attempts.ends = 2
    house = on(attempts, state, 3600.0)
    await house.hear(100)
    await until(lambda: 100 in house.display.finished)
    await house.lanes.drain(10)
    assert house.answer(100)[0] is AnswerState.WRITING
    await house.late_writes.close()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    await house.showing.close()


class FullQuestions(MemoryQuestions):
    """Questions of which one cannot be closed at once."""

    failures = 1

    async def close(self, position: int) -> None:
        """See the port."""
        if self.failures:
            self.failures -= 1
            raise StoreError("disk full")
        await super().close(position)


async def test_a_question_that_could_not_be_begun_is_closed_later() -> None:
    """A question whose asker was told to ask again is not answered at the next start, once the store takes that."""
    state = State()
    attempts = FullDisk(state)
    attempts.beginnings = 1
    store = replace(memory_store(state), attempts=attempts, questions=FullQuestions(state))
    house = House(state=state, store=store, write_pauses=(0.0,))
    await house.answered(100)
    await house.answered(200)
    assert house.display.notices == [(100, ModelError.public)]
    assert [left.key for left in await house.store.questions.behind()] == []
    await house.late_writes.close()


async def test_a_write_that_never_fits_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """A write that does not fit any more is given up with a line in the log; one that fails is kept."""
    made: list[str] = []

    async def wrong() -> None:
        made.append("wrong")
        raise WrongTransition("done already")

    async def failing() -> None:
        made.append("failing")
        raise StoreError("disk full")

    late = LateWrites((0.0, 0.0))
    late.add(1, wrong)
    late.add(2, failing)
    await late.flush()
    await late.close()
    assert made == ["wrong", "failing", "failing"]
    assert late.waiting == 1
    assert "question 1: what was to be stored does not fit any more" in caplog.text


async def test_a_write_that_fails_for_an_unforeseen_reason_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the writes behind it nor whoever waits for them fail with it."""
    made: list[str] = []

    async def broken() -> None:
        raise RuntimeError("Session is closed")

    async def sound() -> None:
        made.append("sound")

    late = LateWrites((60.0,))
    late.add(1, broken)
    late.add(2, sound)
    await late.close()
    assert (made, late.waiting) == (["sound"], 0)
    assert "question 1: what was to be stored cannot be" in caplog.text


async def test_a_write_that_comes_after_the_end_is_left_to_the_next_start() -> None:
    """Nothing is tried and no task begins once late writes are closed."""
    tried: list[str] = []

    async def write() -> None:
        tried.append("write")

    late_writes = LateWrites((0.0,))
    await late_writes.close()
    tasks = asyncio.all_tasks()
    late_writes.add(100, write)
    assert asyncio.all_tasks() == tasks
    assert (late_writes.waiting, tried) == (1, [])


async def test_without_late_writes_there_is_nothing_to_close() -> None:
    """An end without anything that is to be stored late waits for nothing."""
    late = LateWrites((60.0,))
    await late.close()
    assert late.waiting == 0


async def test_an_answer_that_discord_shows_whole_is_done_after_a_crash() -> None:
    """An answer in writing whose message says that it could not be kept was complete, and is stored as done."""
    house = House()
    await house.begun(100, 101)
    house.display.noted[100] = NOT_KEPT
    await house.restart()
    newest = house.record(100).newest
    assert newest is not None
    assert (newest.state, newest.text, newest.reason) == (AnswerState.DONE, "message 101", NOT_STORED)
    assert house.display.said(100) == ("message 101", "")


async def edited_before_a_crash(house: House) -> int:
    """A question that was edited while its answer was written, before a crash; returns its position."""
    position = await house.begun(100)
    asked = await house.changing.asked(100)
    assert asked is not None
    assert await house.store.changes.reopen(asked, "new words", edited_at=1, at=1)
    return position


async def edited_on_a_full_disk(house: House, attempts: FullDisk, beginnings: int) -> None:
    """An edited question is taken up, whose next attempt cannot be begun so many times."""
    await edited_before_a_crash(house)
    attempts.beginnings = beginnings
    await house.restart()


async def test_an_edited_question_is_taken_up_again_when_the_disk_is_back() -> None:
    """The attempt that an edit asks for cannot be begun: it is begun after a pause, and nothing is said meanwhile."""
    state = State()
    attempts = FullDisk(state)
    house = on(attempts, state)
    await edited_on_a_full_disk(house, attempts, 1)
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert house.display.notices == []
    assert not house.record(100).display.behind


async def test_an_edited_question_that_cannot_be_taken_up_is_told() -> None:
    """After the last pause the asker hears of it, what Discord shows goes, and the question needs no answer any more."""
    state = State()
    attempts = FullDisk(state)
    house = on(attempts, state)
    await edited_on_a_full_disk(house, attempts, 2)
    assert house.display.notices == [(100, ModelError.public)]
    assert house.display.said(100) == ("", "")
    assert [question.turned_down for question in state.questions.values()] == [TurnedDown.UNANSWERABLE]
    await house.restart()
    assert house.model.requests == []


async def test_an_edited_question_is_stopped_in_its_pause() -> None:
    """`/stop` finds a question whose next try is put off, and ends it at once as stopped."""
    state = State()
    attempts = FullDisk(state)
    house = House(state=state, store=replace(memory_store(state), attempts=attempts), discord_pauses=(3600.0,))
    await edited_before_a_crash(house)
    attempts.beginnings = 1
    await house.recovery.start()
    await until(lambda: house.lanes.postponed == 1 and not house.lanes.busy)
    assert await house.chat.stop_in(GENERAL.id, ALICE.id, moderates=False) == Stopped(running=False, dropped=1)
    assert house.answer(100) == (AnswerState.STOPPED, "")
    assert house.display.said(100) == ("", STOPPED)
    assert house.model.requests == []
    assert house.lanes.postponed == 0


async def test_a_stop_outlasts_a_disk_that_is_full_at_that_moment() -> None:
    """A question that `/stop` finds in its pause ends as stopped at its next try, when the store takes nothing yet."""
    state = State()
    attempts = FullDisk(state)
    house = House(state=state, store=replace(memory_store(state), attempts=attempts), discord_pauses=(3600.0, 0.0))
    await edited_before_a_crash(house)
    attempts.beginnings = 2
    await house.recovery.start()
    await until(lambda: house.lanes.postponed == 1 and not house.lanes.busy)
    assert house.chat.stop(house.record(100).question)
    await house.settle()
    assert house.answer(100) == (AnswerState.STOPPED, "")
    assert house.model.requests == []


async def test_an_edited_question_whose_transcript_cannot_be_stored_is_taken_up_again() -> None:
    """A disk that is full while an edited question is rendered is met by another try after a pause, as behind it."""
    state = State()
    house = on(FullDisk(state), state)
    house.intake.unstored.add(100)
    await edited_before_a_crash(house)
    await house.restart()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert house.display.notices == []


async def test_an_edited_question_that_cannot_be_rendered_is_closed() -> None:
    """A fault while an edited question is rendered is told to its asker, who may ask again."""
    state = State()
    house = on(FullDisk(state), state)
    house.intake.broken.add(100)
    position = await edited_before_a_crash(house)
    await house.restart()
    assert house.display.notices == [(100, ModelError.public)]
    assert house.state.questions[position].turned_down is TurnedDown.UNANSWERABLE
