"""Answers that are stopped, by a person or by the shut-down, and those that wait behind them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot.chat import endings
from bot.chat.appearance import Verb
from bot.chat.calls import CallEnd, CallState
from bot.chat.content import Media, MediaKind
from bot.chat.lanes import Job, StopReason
from bot.chat.media import media_in
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.attempts import FinishedAttempt, NewAttempt, StartedAttempt
from bot.chat.ports.intake import Rendered
from bot.chat.ports.questions import Claim
from bot.chat.service import Stopped
from bot.chat.texts import DOWN, NOT_FETCHED
from bot.chat.turns import AnswerState, Asked, Record, TurnedDown
from bot.errors import ModelCutOff, ModelUnreachable
from tests.chat.house import ALICE, GENERAL, NOW, PROFILE, House, until
from tests.fakes.attempts import MemoryAttempts
from tests.fakes.model import EndlessModel, ScriptedModel
from tests.fakes.questions import MemoryQuestions
from tests.fakes.state import State
from tests.fakes.store import memory_store

NOTES = Media(MediaKind.FILE, "notes.txt", 0, "It rains.")


async def stopped_while_writing(reason: StopReason, model: EndlessModel) -> House:
    """An answer that was stopped in the middle, with two questions behind it."""
    house = House(model=model)
    for key in (100, 200, 300):
        await house.hear(key)
    await model.silent.wait()
    model.silent.clear()
    assert house.lanes.stop(100, reason)
    return house


async def test_stopping_one_answer_leaves_those_behind_it() -> None:
    """A person's stop keeps what was written, says so, and the next question is answered."""
    model = EndlessModel([["so far"], ["next"], ["last"]])
    house = await stopped_while_writing(StopReason.PERSON, model)
    await model.silent.wait()
    assert house.answer(100) == (AnswerState.STOPPED, "so far")
    assert house.display.said(100) == ("so far", endings.STOPPED)
    assert house.display.offers(100) == ["regenerate", "continue"]
    (call,) = house.calls(100)
    assert call.end is not None
    assert (call.state, call.end.reason, call.end.estimated) == (CallState.CLOSED, "person", True)
    assert house.sent()[-2:] == [("assistant", "so far"), ("user", "Alice: hello")]
    await house.lanes.drain(0)


async def test_a_question_that_is_stopped_while_it_waits_asks_nothing() -> None:
    """Of three queued questions the second is stopped: it ends without a call, the third is answered."""
    model = EndlessModel([["one"], ["three"]])
    house = House(model=model)
    for key in (100, 200, 300):
        await house.hear(key)
    await model.silent.wait()
    assert house.lanes.stop(200, StopReason.PERSON)
    model.silent.clear()
    assert house.lanes.stop(100, StopReason.PERSON)
    await model.silent.wait()
    assert [house.answer(key)[0] for key in (100, 200, 300)] == ["stopped", "stopped", "writing"]
    assert house.display.said(200) == ("", endings.STOPPED)
    assert house.calls(200) == []
    assert len(model.requests) == 2
    await house.lanes.drain(0)


async def test_an_attempt_that_is_stopped_while_it_begins_asks_nothing() -> None:
    """A stop that comes while the files of a question are fetched ends the fetch and the attempt; a Retry reads the files."""
    house = House()
    house.intake.files[100] = Rendered((NOTES,))
    house.intake.gate.clear()
    await house.hear(100)
    await house.intake.rendering.wait()
    assert house.lanes.stop(100, StopReason.PERSON)
    await house.settle()
    assert house.answer(100) == (AnswerState.STOPPED, "")
    assert house.record(100).question.remarks == (NOT_FETCHED,)
    assert (house.model.requests, house.calls(100)) == ([], [])

    house.intake.gate.set()
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    (request,) = house.model.requests
    assert [one.text for one in media_in(request.prompt[-1])] == ["It rains."]
    assert house.record(100).question.remarks == ()


async def test_a_retry_that_is_stopped_while_it_fetches_files_is_not_made() -> None:
    """A Retry of a question whose files were not read ends without an attempt when it is stopped during the fetch."""
    house = House()
    house.intake.files[100] = Rendered((NOTES,))
    await house.hear(100, at=NOW - 901_000)
    await house.settle()
    house.intake.gate.clear()
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.intake.rendering.wait()
    assert house.lanes.stop(100, StopReason.PERSON)
    await house.settle()
    assert len(house.record(100).answers) == 1


async def test_files_that_are_gone_at_a_retry_stay_unread() -> None:
    """A Retry of a question whose message is gone keeps the question as it is stored, and says that its files are unread."""
    house = House()
    house.intake.files[100] = Rendered((NOTES,))
    await house.hear(100, at=NOW - 901_000)
    await house.settle()
    del house.intake.files[100]
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    assert house.sent()[-1] == ("user", "Alice: hello")
    assert house.display.finished[100].remarks == (NOT_FETCHED,)


async def test_a_stop_between_two_steps_of_the_beginning_fetches_no_files() -> None:
    """A question that is stopped before it is rendered ends without a fetch of its files."""
    house = House()
    house.intake.files[100] = Rendered((NOTES,))
    house.locks.looked_at = lambda: house.lanes.stop(100, StopReason.PERSON)
    await house.answered(100)
    assert house.answer(100) == (AnswerState.STOPPED, "")
    assert not house.intake.rendering.is_set()


async def test_an_attempt_that_is_stopped_while_it_is_stored_asks_nothing() -> None:
    """A stop that comes while the beginning of an attempt is stored ends it before its request."""
    state = State()
    attempts = StoppedAttempts(state)
    house = House(state=state, store=replace(memory_store(state), attempts=attempts))
    attempts.stop = lambda: house.lanes.stop(100, StopReason.PERSON)
    await house.answered(100)
    assert house.answer(100) == (AnswerState.STOPPED, "")
    assert house.model.requests == []
    (call,) = house.calls(100)
    assert call.end == CallEnd("person")


async def test_a_stop_that_comes_after_the_end_changes_nothing() -> None:
    """An answer that has ended is not stopped any more, and one that was never asked is unknown."""
    house = House()
    await house.answered(100)
    assert not house.lanes.stop(100, StopReason.PERSON)
    assert house.answer(100)[0] is AnswerState.DONE


async def test_another_attempt_that_is_stopped_while_it_waits_is_not_made() -> None:
    """A Retry that is stopped before its turn leaves the attempt before as it is."""
    model = EndlessModel([["half", ModelCutOff("…")], ["endless"]])
    house = House(model=model)
    await house.answered(100)
    await house.hear(200)
    await model.silent.wait()
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    assert house.lanes.stop(100, StopReason.PERSON)
    assert house.lanes.stop(200, StopReason.PERSON)
    await house.settle()
    assert len(house.record(100).answers) == 1


async def test_a_shutdown_stores_what_was_written() -> None:
    """The answer in flight is stored as interrupted and shown with a word about it."""
    model = EndlessModel([["so far"]])
    house = House(model=model)
    await house.hear(100)
    await model.silent.wait()
    await house.lanes.drain(0)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "so far")
    assert house.display.said(100) == ("so far", endings.SWITCHED_OFF)


async def test_a_shutdown_that_cannot_make_the_last_edit_is_a_shutdown() -> None:
    """A Discord that does not answer holds up no stop: the text is stored, the edit is left to the next start."""
    model = EndlessModel([["so far"]])
    house = House(model=model, last_edit_seconds=0.01)
    house.display.hangs = True
    await house.hear(100)
    await model.silent.wait()
    await house.lanes.drain(0)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "so far")
    assert house.record(100).display.behind


async def test_a_shutdown_while_the_model_is_waited_for_offers_retry() -> None:
    """A question that waits for a model that is down is not lost by a stop."""
    house = House(model=ScriptedModel([[ModelUnreachable("down", connected=False)]], looks=[False]), pauses=(60.0,))
    await house.hear(100)
    await house.display.remarked_on.wait()
    await house.lanes.drain(0)
    assert house.display.remarks == [(100, DOWN)]
    assert house.display.said(100) == ("", endings.SWITCHED_OFF_EARLY)


class StoppedAttempts(MemoryAttempts):
    """Attempts that somebody stops as they begin."""

    stop: Callable[[], object]

    async def begin(self, beginning: NewAttempt) -> StartedAttempt | None:
        """See the port."""
        self.stop()
        return await super().begin(beginning)


class SlowAttempts(MemoryAttempts):
    """Attempts whose end is stored once `go_on` is set."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.ending = asyncio.Event()
        self.go_on = asyncio.Event()

    async def end(self, ending: FinishedAttempt) -> None:
        """See the port."""
        self.ending.set()
        await self.go_on.wait()
        await super().end(ending)


async def shut_down_while_it_is_stored(attempts: SlowAttempts, state: State, *, seconds: float) -> House:
    """A house that is switched off while the end of an answer waits for the store, for at most so many seconds."""
    house = House(state=state, store=replace(memory_store(state), attempts=attempts), last_edit_seconds=seconds)
    await house.hear(100)
    await attempts.ending.wait()
    draining = asyncio.create_task(house.lanes.drain(0))
    await asyncio.sleep(0)
    if seconds >= 1:
        attempts.go_on.set()
    await draining
    return house


async def test_an_answer_that_is_being_stored_survives_a_shutdown() -> None:
    """A shut-down that comes while a whole answer is stored waits for that and for the last edit, and keeps all of it."""
    state = State()
    house = await shut_down_while_it_is_stored(SlowAttempts(state), state, seconds=60)
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert house.display.said(100) == ("answer 1", "")
    assert not house.record(100).display.behind


async def test_a_store_that_does_not_answer_holds_up_no_shutdown() -> None:
    """A shut-down waits only a few seconds for an answer to be stored; the next start goes on from there."""
    state = State()
    house = await shut_down_while_it_is_stored(SlowAttempts(state), state, seconds=0.01)
    assert house.answer(100) == (AnswerState.WRITING, "")
    assert house.record(100).display.behind


async def test_a_shutdown_after_a_persons_stop_ends_in_time() -> None:
    """A shut-down also ends an answer that a person stopped and that Discord does not take."""
    model = EndlessModel([["so far"]])
    house = House(model=model, last_edit_seconds=0.01)
    house.display.hangs = True
    await house.hear(100)
    await model.silent.wait()
    assert house.lanes.stop(100, StopReason.PERSON)
    await asyncio.wait_for(house.lanes.drain(0), 60)
    assert house.record(100).display.behind


async def test_a_person_stops_the_answer_and_drops_what_waits() -> None:
    """`/stop` stops the person's answer and waiting questions, as soon as questions that just came are claimed."""
    model = EndlessModel([["so far"], ["next"]])
    house = House(model=model)
    await house.hear(100)
    await model.silent.wait()
    arriving = asyncio.create_task(house.hear(200))
    await asyncio.sleep(0)
    assert await house.chat.stop_in(GENERAL.id, ALICE.id, moderates=False) == Stopped(running=True, dropped=1)
    assert await arriving
    await house.settle()
    assert [house.answer(key)[0] for key in (100, 200)] == [AnswerState.STOPPED, AnswerState.STOPPED]
    assert await house.chat.stop_in(GENERAL.id, ALICE.id, moderates=False) == Stopped()


async def test_a_dropped_question_is_shown_as_stopped_at_once() -> None:
    """While another answer is written: the attempt ends without a call in the message of the line; its turn brings no more."""
    model = EndlessModel([["so far"], ["last"]])
    house = House(model=model, line_seconds=0)
    await house.hear(100)
    await model.silent.wait()
    await house.hear(200)
    await until(lambda: bool(house.display.lines))
    assert await house.chat.stop_in(GENERAL.id, ALICE.id, moderates=False) == Stopped(running=True, dropped=1)
    assert house.answer(200) == (AnswerState.STOPPED, "")
    assert not house.record(200).display.behind
    assert len(house.record(200).display.messages.live) == 1
    assert house.calls(200) == []
    await house.settle()
    assert len(model.requests) == 1
    assert [key for key, _ in house.display.history].count(200) == 1


async def test_a_stop_waits_for_questions_that_are_being_claimed() -> None:
    """A question that came before `/stop` is dropped, although its claim was not stored yet."""
    state = State()
    questions = SlowQuestions(state)
    house = House(state=state, store=replace(memory_store(state), questions=questions), model=EndlessModel([["one"]]))
    questions.go_on.clear()
    arriving = asyncio.create_task(house.hear(100))
    await questions.asked.wait()
    stopping = asyncio.create_task(house.chat.stop_in(GENERAL.id, ALICE.id, moderates=False))
    await asyncio.sleep(0)
    questions.go_on.set()
    assert await arriving
    assert await stopping != Stopped()
    await house.settle()


async def test_a_moderator_stops_only_what_is_written() -> None:
    """`/stop` of another person stops nothing; that of a moderator stops the answer and drops no question of others."""
    model = EndlessModel([["so far"], ["next"]])
    house = House(model=model)
    for key in (100, 200):
        await house.hear(key)
    await model.silent.wait()
    assert await house.chat.stop_in(GENERAL.id, 77, moderates=False) == Stopped()
    model.silent.clear()
    assert await house.chat.stop_in(GENERAL.id, 77, moderates=True) == Stopped(running=True)
    await model.silent.wait()
    assert house.answer(200) == (AnswerState.WRITING, "")
    await house.lanes.drain(0)


async def test_what_ended_while_it_was_looked_up_is_not_counted_as_stopped() -> None:
    """An answer that ends, or a question that is closed, between the look at the queue and the stop is not stopped."""
    state = State()
    questions = SlowQuestions(state)
    house = House(state=state, store=replace(memory_store(state), questions=questions))
    house.intake.gate.clear()
    await house.hear(100)
    await house.intake.rendering.wait()
    questions.go_on.clear()
    questions.asked.clear()
    stopping = asyncio.create_task(house.chat.stop_in(GENERAL.id, ALICE.id, moderates=False))
    await questions.asked.wait()
    house.intake.gate.set()
    await house.settle()
    questions.go_on.set()
    assert await stopping == Stopped()


class SlowQuestions(MemoryQuestions):
    """Questions that are claimed, and whose record is read, once `go_on` is set."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def claim(self, asked: Asked, *, per_minute: int = 0, turned_down: TurnedDown | None = None) -> Claim | None:
        """See the port."""
        self.asked.set()
        await self.go_on.wait()
        return await super().claim(asked, per_minute=per_minute, turned_down=turned_down)

    async def record(self, key: int, *, deleted: bool = False) -> Record | None:
        """See the port."""
        self.asked.set()
        await self.go_on.wait()
        return await super().record(key, deleted=deleted)


async def test_a_retry_that_is_stopped_while_it_is_prepared_looks_nothing_up() -> None:
    """A thread's beginning is not asked for when the attempt was stopped before."""
    house = House()
    await house.answered(100)
    thread = Place(50, PlaceKind.THREAD, "topic", guild_id=9, parent_id=GENERAL.id)
    question = replace(house.record(100).question, place=thread)
    job = Job(50, question.key, partial(house.answering.resume, question))
    job.stop(StopReason.PERSON)
    prepared = await house.preparing.another(question, 1, job, continues=0, profile=PROFILE)
    assert prepared.stopped is StopReason.PERSON
    assert house.starts.looked_up == []
