"""Lanes: one answer at a time in a place, many places at once, and an orderly end."""

import asyncio
import logging

import pytest

from bot.chat.lanes import Job, Lanes, StopReason
from bot.config import Current, LimitSettings
from tests.chat.house import until
from tests.chat.jobs import Answers, idle, limit

GENERAL, OFF_TOPIC = 1, 2


async def test_a_place_gets_its_answers_one_at_a_time_in_order() -> None:
    """Jobs of a place run one after another in the order of their arrival."""
    lanes, answers = Lanes(limit(0)), Answers()
    lanes.submit(GENERAL, 7, answers.long("first"))
    for number in range(5):
        lanes.submit(GENERAL, 7, answers.quick(f"later {number}"))
    await answers.begun.wait()
    lanes.submit(GENERAL, 7, answers.quick("last"))

    answers.go_on.set()
    await answers.reach(8)

    assert answers.log == ["first begins", "first ends", *(f"later {n}" for n in range(5)), "last"]


async def test_places_do_not_wait_for_each_other() -> None:
    """A job of one place does not wait for those of another."""
    lanes, answers = Lanes(limit(0)), Answers()
    lanes.submit(GENERAL, 7, answers.long("long"))
    await answers.begun.wait()

    lanes.submit(OFF_TOPIC, 7, answers.quick("elsewhere"))
    await answers.reach(2)

    assert answers.log == ["long begins", "elsewhere"]
    await lanes.drain(grace_seconds=0)


async def test_a_failed_answer_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    """A job that fails is logged with its question and place, and the next one runs."""
    lanes, answers = Lanes(limit(0)), Answers()

    async def fails(job: Job) -> None:
        raise RuntimeError("broken")

    with caplog.at_level(logging.ERROR, "bot.chat.lanes"):
        lanes.submit(GENERAL, 7, fails)
        lanes.submit(GENERAL, 7, answers.quick("next"))
        await answers.reach(1)

    assert answers.log == ["next"]
    assert [(r.exc_info is not None, "question 7 in place 1" in r.getMessage()) for r in caplog.records] == [
        (True, True)
    ]


async def test_a_cancellation_inside_an_answer_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    """A job that is cancelled by something of its own is logged, and the next one runs."""
    lanes, answers = Lanes(limit(0)), Answers()

    async def trips(job: Job) -> None:
        inner = asyncio.create_task(asyncio.Event().wait())
        inner.cancel()
        await inner

    lanes.submit(GENERAL, 7, trips)
    lanes.submit(GENERAL, 7, answers.quick("next"))
    await answers.reach(1)

    assert answers.log == ["next"]
    assert len(caplog.records) == 1


async def test_an_idle_place_costs_nothing() -> None:
    """A lane ends with its last job and leaves no task."""
    lanes, answers = Lanes(limit(0)), Answers()
    before = len(asyncio.all_tasks())
    for place in range(100):
        lanes.submit(place, 7, answers.quick("x"))
    assert lanes.busy == 100

    await answers.reach(100)
    await idle(lanes)

    assert len(asyncio.all_tasks()) == before


async def test_a_place_that_was_idle_answers_again() -> None:
    """A place whose lane has ended gets another."""
    lanes, answers = Lanes(limit(0)), Answers()
    for number, name in enumerate(("once", "twice"), start=1):
        lanes.submit(GENERAL, 7, answers.quick(name))
        await answers.reach(number)
        await idle(lanes)

    assert answers.log == ["once", "twice"]


async def test_an_answer_in_flight_may_end_within_the_grace() -> None:
    """A drain waits for the jobs in flight."""
    lanes, answers = Lanes(limit(0)), Answers()
    lanes.submit(GENERAL, 7, answers.long("answer"))
    await answers.begun.wait()

    async def ends_meanwhile() -> None:
        answers.write("the drain has begun")
        answers.go_on.set()

    await asyncio.gather(lanes.drain(grace_seconds=60), ends_meanwhile())

    assert answers.log == ["answer begins", "the drain has begun", "answer ends"]
    assert lanes.busy == 0


async def test_an_answer_that_outlasts_the_grace_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    """A job that outlasts the grace is stopped by the shut-down, and nothing is logged as a failure."""
    lanes, answers = Lanes(limit(0)), Answers()
    lanes.submit(GENERAL, 7, answers.long("answer"))
    await answers.begun.wait()

    await lanes.drain(grace_seconds=0)

    assert answers.log == ["answer begins", "answer stopped: shutdown"]
    assert lanes.busy == 0
    assert caplog.records == []


async def test_what_waits_is_left_for_the_next_start() -> None:
    """A drain leaves undone what waits and what comes later."""
    lanes, answers = Lanes(limit(0)), Answers()
    lanes.submit(GENERAL, 7, answers.long("answer"))
    lanes.submit(GENERAL, 7, answers.quick("waiting"))
    await answers.begun.wait()

    async def people_go_on_asking() -> None:
        lanes.submit(GENERAL, 7, answers.quick("too late"))
        lanes.submit(OFF_TOPIC, 7, answers.quick("too late elsewhere"))
        answers.go_on.set()

    await asyncio.gather(lanes.drain(grace_seconds=60), people_go_on_asking())

    assert answers.log == ["answer begins", "answer ends"]


async def test_stopping_an_idle_bot_takes_no_time() -> None:
    """A drain of no jobs ends at once."""
    lanes = Lanes(limit(0))

    await asyncio.wait_for(lanes.drain(grace_seconds=3600), timeout=60)

    assert lanes.busy == 0


async def test_one_job_is_stopped_and_those_behind_it_stay() -> None:
    """A stop reaches the jobs of one question alone, and says what stopped them."""
    lanes, answers = Lanes(limit(0)), Answers()
    for key, name in ((1, "first"), (2, "second"), (3, "third")):
        lanes.submit(GENERAL, key, answers.long(name))
    await answers.begun.wait()

    assert lanes.stop(1, StopReason.PERSON)
    answers.go_on.set()
    await idle(lanes)

    assert answers.log == [
        "first begins", "first ends, stopped: person", "second begins", "second ends", "third begins", "third ends"
    ]  # fmt: skip


async def test_a_job_that_waits_is_stopped_in_its_turn() -> None:
    """A job that is stopped while it waits keeps its turn and finds itself stopped; a second reason changes nothing."""
    lanes, answers = Lanes(limit(0)), Answers()
    lanes.submit(GENERAL, 1, answers.long("first"))
    lanes.submit(GENERAL, 2, answers.quick("second"))
    lanes.submit(GENERAL, 3, answers.quick("third"))
    await answers.begun.wait()

    assert lanes.stop(2, StopReason.DELETION)
    assert lanes.stop(2, StopReason.EDIT)
    answers.go_on.set()
    await idle(lanes)

    assert answers.log == ["first begins", "first ends", "second, stopped: deletion", "third"]


async def test_a_job_that_waits_is_dropped_at_once() -> None:
    """All waiting jobs of a question run beside the lane, one after the other; the one that runs, and others, go on."""
    lanes, answers = Lanes(limit(0)), Answers()
    lanes.submit(GENERAL, 1, answers.long("first"))
    for name in ("second", "third"):
        lanes.submit(GENERAL, 2, answers.quick(name))
    lanes.submit(GENERAL, 3, answers.quick("last"))
    await answers.begun.wait()

    assert not lanes.drop(9, StopReason.PERSON)
    assert lanes.drop(2, StopReason.PERSON)
    assert lanes.runs(2)
    assert lanes.waiting(GENERAL) == 1
    assert lanes.stop(2, StopReason.DELETION)
    await until(lambda: len(answers.log) == 3)
    await until(lambda: not lanes.runs(2))
    assert answers.log == ["first begins", "second, stopped: deletion", "third, stopped: deletion"]
    assert lanes.drop(1, StopReason.PERSON)
    answers.go_on.set()
    await idle(lanes)


async def test_a_shutdown_waits_for_what_was_dropped() -> None:
    """A dropped job that runs may end within the grace; one behind it is left for the next start."""
    lanes, answers = Lanes(limit(0)), Answers()
    lanes.submit(GENERAL, 1, answers.long("first"))
    lanes.submit(GENERAL, 2, answers.long("second"))
    lanes.submit(GENERAL, 2, answers.quick("third"))
    await answers.begun.wait()
    assert lanes.drop(2, StopReason.PERSON)
    await until(lambda: len(answers.log) == 2)
    draining = asyncio.create_task(lanes.drain(60))
    await asyncio.sleep(0)
    answers.go_on.set()
    await draining
    assert sorted(answers.log) == ["first begins", "first ends", "second begins", "second ends, stopped: person"]
    assert lanes.busy == 0


async def test_a_job_that_is_not_stoppable_now_comes_to_its_end() -> None:
    """Outside of its stoppable part a job is not cancelled, but knows that it was stopped; a shut-down cancels it anyway."""
    lanes, answers = Lanes(limit(0)), Answers()
    lanes.submit(GENERAL, 1, answers.long("first", stoppable=False))
    await answers.begun.wait()
    assert lanes.stop(1, StopReason.PERSON)
    await asyncio.sleep(0)
    answers.go_on.set()
    await idle(lanes)
    assert answers.log == ["first begins", "first ends, stopped: person"]

    answers.go_on.clear()
    answers.begun.clear()
    lanes.submit(GENERAL, 2, answers.long("second", stoppable=False))
    await answers.begun.wait()
    await lanes.drain(grace_seconds=0)
    assert answers.log[-1] == "second stopped: shutdown"


async def test_a_question_without_a_job_cannot_be_stopped() -> None:
    """A stop of a question that has no job says so."""
    lanes, answers = Lanes(limit(0)), Answers()
    assert not lanes.stop(1, StopReason.PERSON)
    lanes.submit(GENERAL, 1, answers.quick("once"))
    await answers.reach(1)
    await idle(lanes)
    assert not lanes.stop(1, StopReason.PERSON)


async def test_a_job_that_is_put_off_lets_others_pass() -> None:
    """A job that is queued later runs behind those of its place that came meanwhile."""
    lanes = Lanes(Current(LimitSettings()))
    ran: list[int] = []

    async def work(job: Job) -> None:
        ran.append(job.key)

    lanes.submit_later(0, Job(1, 100, work), work)
    lanes.submit(1, 200, work)
    assert lanes.postponed == 1
    await until(lambda: len(ran) == 2)
    assert (ran, lanes.postponed) == ([200, 100], 0)


async def test_a_stop_ends_the_pause_of_a_job_that_is_put_off() -> None:
    """A job that is queued later is listed behind the others; when it is stopped it runs at once, and knows why."""
    lanes = Lanes(Current(LimitSettings()))
    ran: list[tuple[int, StopReason | None]] = []

    async def work(job: Job) -> None:
        ran.append((job.key, job.stopped))

    lanes.submit_later(3600, Job(1, 100, work), work)
    lanes.submit_later(3600, Job(2, 300, work), work)
    lanes.submit(1, 200, work)
    assert lanes.questions(1) == [(200, False), (100, False)]
    assert lanes.stop(100, StopReason.PERSON)
    assert lanes.drop(300, StopReason.PERSON)
    await until(lambda: len(ran) == 3)
    assert dict(ran) == {100: StopReason.PERSON, 200: None, 300: StopReason.PERSON}
    assert lanes.postponed == 0


async def test_a_job_that_is_put_off_again_stays_stopped() -> None:
    """A job that takes the place of a stopped one is stopped for the same reason."""
    lanes = Lanes(Current(LimitSettings()))
    ran: list[StopReason | None] = []

    async def again(job: Job) -> None:
        ran.append(job.stopped)

    async def work(job: Job) -> None:
        lanes.submit_later(0, job, again)

    lanes.submit_later(3600, Job(1, 100, work), work)
    assert lanes.drop(100, StopReason.PERSON)
    await until(lambda: bool(ran))
    assert ran == [StopReason.PERSON]


async def test_a_dropped_job_knows_that_it_runs_beside_its_lane() -> None:
    """A job that is dropped while it waits is told so; one that runs in its turn is not."""
    lanes, answers = Lanes(limit(0)), Answers()
    beside: dict[int, bool] = {}

    async def work(job: Job) -> None:
        beside[job.key] = job.beside

    lanes.submit(GENERAL, 1, answers.long("first"))
    for key in (2, 3):
        lanes.submit(GENERAL, key, work)
    await answers.begun.wait()
    assert lanes.drop(2, StopReason.PERSON)
    answers.go_on.set()
    await idle(lanes)
    assert beside == {2: True, 3: False}
