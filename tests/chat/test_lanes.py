"""One answer at a time in a place, many places at once, and an orderly end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from bot.chat.lanes import Lanes

GENERAL, OFF_TOPIC = 1, 2


class Answers:
    """Jobs that write down when they begin and end, and that wait where the test wants to see something."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self._written = asyncio.Event()

    def write(self, entry: str) -> None:
        """Note what happened."""
        self.log.append(entry)
        self._written.set()

    async def reach(self, entries: int) -> None:
        """Wait until that much has happened; the time-out of every test bounds it."""
        while len(self.log) < entries:
            self._written.clear()
            await self._written.wait()

    def quick(self, name: str) -> Callable[[], Awaitable[None]]:
        """A job that ends at once."""

        async def job() -> None:
            self.write(name)

        return job

    def long(self, name: str) -> Callable[[], Awaitable[None]]:
        """A job that begins, waits to be told to go on, and notes how it ended."""

        async def job() -> None:
            self.write(f"{name} begins")
            self.begun.set()
            try:
                await self.go_on.wait()
            except asyncio.CancelledError:
                self.write(f"{name} cancelled")
                raise
            self.write(f"{name} ends")

        return job


async def test_a_place_gets_its_answers_one_at_a_time_in_order() -> None:
    """If answers of a place overlapped or swapped, people would get them mixed up, and the model a torn history."""
    lanes, answers = Lanes(), Answers()
    lanes.submit(GENERAL, answers.long("first"))
    for number in range(5):
        lanes.submit(GENERAL, answers.quick(f"later {number}"))
    await answers.begun.wait()
    lanes.submit(GENERAL, answers.quick("last"))

    answers.go_on.set()
    await answers.reach(8)

    assert answers.log == ["first begins", "first ends", *(f"later {n}" for n in range(5)), "last"]


async def test_places_do_not_wait_for_each_other() -> None:
    """If places shared a lane, one long answer would keep everybody on the server waiting."""
    lanes, answers = Lanes(), Answers()
    lanes.submit(GENERAL, answers.long("long"))
    await answers.begun.wait()

    lanes.submit(OFF_TOPIC, answers.quick("elsewhere"))
    await answers.reach(2)

    assert answers.log == ["long begins", "elsewhere"]
    await lanes.drain(grace_seconds=0)


async def test_a_failed_answer_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    """If a failure ended the lane, everyone who asked behind it would never be answered, and nobody would know why."""
    lanes, answers = Lanes(), Answers()

    async def fails() -> None:
        raise RuntimeError("broken")

    with caplog.at_level(logging.ERROR, "bot.chat.lanes"):
        lanes.submit(GENERAL, fails)
        lanes.submit(GENERAL, answers.quick("next"))
        await answers.reach(1)

    assert answers.log == ["next"]
    assert [(r.exc_info is not None, str(GENERAL) in r.getMessage()) for r in caplog.records] == [(True, True)]


async def test_a_cancellation_inside_an_answer_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    """If a task that an answer had cancelled itself ended the lane, the questions behind it would be lost until a restart."""
    lanes, answers = Lanes(), Answers()

    async def trips() -> None:
        inner = asyncio.create_task(asyncio.Event().wait())
        inner.cancel()
        await inner

    lanes.submit(GENERAL, trips)
    lanes.submit(GENERAL, answers.quick("next"))
    await answers.reach(1)

    assert answers.log == ["next"]
    assert len(caplog.records) == 1


async def test_an_idle_place_costs_nothing() -> None:
    """If lanes outlived their work, a bot on many channels would grow until its operator has to restart it."""
    lanes, answers = Lanes(), Answers()
    before = len(asyncio.all_tasks())
    for place in range(100):
        lanes.submit(place, answers.quick("x"))
    assert lanes.busy == 100

    await answers.reach(100)

    assert lanes.busy == 0
    assert len(asyncio.all_tasks()) == before


async def test_a_place_that_was_idle_answers_again() -> None:
    """If a lane could not be opened twice, every channel would get one answer only."""
    lanes, answers = Lanes(), Answers()
    for number, name in enumerate(("once", "twice"), start=1):
        lanes.submit(GENERAL, answers.quick(name))
        await answers.reach(number)
        assert lanes.busy == 0

    assert answers.log == ["once", "twice"]


async def test_an_answer_in_flight_may_end_within_the_grace() -> None:
    """If stopping cut answers off at once, every restart of the operator would break off what people are reading."""
    lanes, answers = Lanes(), Answers()
    lanes.submit(GENERAL, answers.long("answer"))
    await answers.begun.wait()

    async def ends_meanwhile() -> None:
        answers.write("the drain has begun")
        answers.go_on.set()

    await asyncio.gather(lanes.drain(grace_seconds=60), ends_meanwhile())

    assert answers.log == ["answer begins", "the drain has begun", "answer ends"]
    assert lanes.busy == 0


async def test_an_answer_that_outlasts_the_grace_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    """If a hanging answer could outlast the grace, the operator's stop would hang with it, or be logged as a failure."""
    lanes, answers = Lanes(), Answers()
    lanes.submit(GENERAL, answers.long("answer"))
    await answers.begun.wait()

    await lanes.drain(grace_seconds=0)

    assert answers.log == ["answer begins", "answer cancelled"]
    assert lanes.busy == 0
    assert caplog.records == []


async def test_what_waits_is_left_for_the_next_start() -> None:
    """If waiting questions were begun while the bot stops, each would be cut off at once instead of answered after the start."""
    lanes, answers = Lanes(), Answers()
    lanes.submit(GENERAL, answers.long("answer"))
    lanes.submit(GENERAL, answers.quick("waiting"))
    await answers.begun.wait()

    async def people_go_on_asking() -> None:
        lanes.submit(GENERAL, answers.quick("too late"))
        lanes.submit(OFF_TOPIC, answers.quick("too late elsewhere"))
        answers.go_on.set()

    await asyncio.gather(lanes.drain(grace_seconds=60), people_go_on_asking())

    assert answers.log == ["answer begins", "answer ends"]


async def test_stopping_an_idle_bot_takes_no_time() -> None:
    """If a drain waited although nothing is in flight, every stop would last as long as the grace."""
    lanes = Lanes()

    await asyncio.wait_for(lanes.drain(grace_seconds=3600), timeout=60)

    assert lanes.busy == 0


async def test_a_place_over_its_limit_waits_and_the_others_do_not() -> None:
    """If the limit did not hold, one channel could spend the operator's money as fast as it can type."""
    lanes, answers = Lanes(per_minute=2, minute_seconds=3600), Answers()
    for name in ("one", "two", "three"):
        lanes.submit(GENERAL, answers.quick(name))
    for name in ("a", "b"):
        lanes.submit(OFF_TOPIC, answers.quick(name))

    await answers.reach(4)
    assert lanes.busy == 1
    await lanes.drain(grace_seconds=0)

    assert sorted(answers.log) == ["a", "b", "one", "two"]


async def test_a_limit_holds_for_a_place_that_was_idle_in_between() -> None:
    """If an idle moment reset the count, asking one question after the other would get around the limit."""
    lanes, answers = Lanes(per_minute=1, minute_seconds=3600), Answers()
    lanes.submit(GENERAL, answers.quick("one"))
    await answers.reach(1)
    lanes.submit(OFF_TOPIC, answers.quick("elsewhere"))
    await answers.reach(2)
    lanes.submit(GENERAL, answers.quick("two"))
    lanes.submit(3, answers.quick("a third place"))

    await answers.reach(3)
    await lanes.drain(grace_seconds=0)

    assert answers.log == ["one", "elsewhere", "a third place"]


async def test_whoever_waited_for_the_limit_is_answered_in_the_end() -> None:
    """If waiting questions were dropped, people over the limit would wait for an answer that never comes."""
    lanes, answers = Lanes(per_minute=2, minute_seconds=0.001), Answers()
    for number in range(20):
        lanes.submit(GENERAL, answers.quick(f"{number}"))
        lanes.submit(OFF_TOPIC, answers.quick("x"))

    await answers.reach(40)

    assert [name for name in answers.log if name != "x"] == [f"{number}" for number in range(20)]


async def test_stopping_does_not_wait_for_a_limit() -> None:
    """If a lane that only waits for its minute held up a drain, stopping a busy bot would last as long as the grace."""
    lanes, answers = Lanes(per_minute=1, minute_seconds=3600), Answers()
    lanes.submit(GENERAL, answers.quick("one"))
    lanes.submit(GENERAL, answers.quick("two"))
    await answers.reach(1)

    await asyncio.wait_for(lanes.drain(grace_seconds=3600), timeout=60)

    assert answers.log == ["one"]
    assert lanes.busy == 0


async def test_places_that_have_been_quiet_are_forgotten() -> None:
    """If a place's minute were never over, its next question would wait for nothing, and the bot never forget a place."""
    lanes, answers = Lanes(per_minute=1, minute_seconds=0), Answers()
    for number, place in enumerate((GENERAL, OFF_TOPIC, GENERAL, OFF_TOPIC), start=1):
        lanes.submit(place, answers.quick(f"{place}"))
        await answers.reach(number)

    assert answers.log == ["1", "2", "1", "2"]


async def test_a_limit_counts_what_was_begun_before_a_restart() -> None:
    """Restarting the bot would be a way around the limit that protects its owner's key."""
    lanes, answers = Lanes(per_minute=2, minute_seconds=3600), Answers()
    for seconds_ago in (5000, 30, 20):
        lanes.began(GENERAL, seconds_ago)
    lanes.began(OFF_TOPIC, 20)
    lanes.submit(GENERAL, answers.quick("one too many"))
    lanes.submit(OFF_TOPIC, answers.quick("the second"))
    await answers.reach(1)
    assert answers.log == ["the second"]
    assert lanes.waiting(GENERAL) == 1
    await lanes.drain(0)
