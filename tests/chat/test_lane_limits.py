"""The limit of the jobs that a lane begins in a minute."""

import asyncio
import gc
from collections import deque
from typing import cast

from bot.chat.lanes import Lanes
from bot.config import LimitSettings
from tests.chat.jobs import Answers, idle, limit

GENERAL, OFF_TOPIC = 1, 2


async def test_a_place_over_its_limit_waits_and_the_others_do_not() -> None:
    """A place that began as many jobs as its limit in a minute waits; others do not."""
    lanes, answers = Lanes(limit(2), minute_seconds=3600), Answers()
    for name in ("one", "two", "three"):
        lanes.submit(GENERAL, 7, answers.quick(name))
    for name in ("a", "b"):
        lanes.submit(OFF_TOPIC, 7, answers.quick(name))

    await answers.reach(4)
    while lanes.busy > 1:  # noqa: ASYNC110 -- nothing tells of it
        await asyncio.sleep(0)
    assert lanes.waiting(GENERAL) == 1
    await lanes.drain(grace_seconds=0)

    assert sorted(answers.log) == ["a", "b", "one", "two"]


async def test_a_limit_holds_for_a_place_that_was_idle_in_between() -> None:
    """The limit counts jobs of the last minute, whether or not the lane was idle meanwhile."""
    lanes, answers = Lanes(limit(1), minute_seconds=3600), Answers()
    lanes.submit(GENERAL, 7, answers.quick("one"))
    await answers.reach(1)
    lanes.submit(OFF_TOPIC, 7, answers.quick("elsewhere"))
    await answers.reach(2)
    lanes.submit(GENERAL, 7, answers.quick("two"))
    lanes.submit(3, 7, answers.quick("a third place"))

    await answers.reach(3)
    await lanes.drain(grace_seconds=0)

    assert answers.log == ["one", "elsewhere", "a third place"]


async def test_whoever_waited_for_the_limit_is_answered_in_the_end() -> None:
    """Jobs that waited for their minute run in the end, in order."""
    lanes, answers = Lanes(limit(2), minute_seconds=0.001), Answers()
    for number in range(20):
        lanes.submit(GENERAL, 7, answers.quick(f"{number}"))
        lanes.submit(OFF_TOPIC, 7, answers.quick("x"))

    await answers.reach(40)

    assert [name for name in answers.log if name != "x"] == [f"{number}" for number in range(20)]


async def test_stopping_does_not_wait_for_a_limit() -> None:
    """A drain ends a wait for the limit at once."""
    lanes, answers = Lanes(limit(1), minute_seconds=3600), Answers()
    lanes.submit(GENERAL, 7, answers.quick("one"))
    lanes.submit(GENERAL, 7, answers.quick("two"))
    await answers.reach(1)

    await asyncio.wait_for(lanes.drain(grace_seconds=3600), timeout=60)

    assert answers.log == ["one"]
    assert lanes.busy == 0


async def test_places_that_have_been_quiet_are_forgotten() -> None:
    """The starts of places that were quiet for a minute are forgotten with the next start of another place."""
    unusual = 97
    lanes, answers = Lanes(limit(unusual), minute_seconds=0), Answers()
    for place in range(50):
        lanes.submit(place, 7, answers.quick(f"{place}"))
        await idle(lanes)

    deques = cast("list[deque[object]]", [one for one in gc.get_objects() if type(one) is deque])
    assert len(answers.log) == 50
    assert sum(one.maxlen == unusual for one in deques) <= 2


async def test_a_new_limit_holds_from_the_next_job_on() -> None:
    """A limit that is raised, removed or lowered is met by the next job, and counts what began under the one before."""
    current = limit(1)
    lanes, answers = Lanes(current, minute_seconds=3600), Answers()
    for per_minute in (1, 2, 0, 3):
        current.value = LimitSettings(place_per_minute=per_minute)
        lanes.submit(GENERAL, 7, answers.quick(f"under {per_minute}"))
        await idle(lanes)
    current.value = LimitSettings(place_per_minute=1)
    lanes.submit(GENERAL, 7, answers.quick("one too many"))
    await asyncio.sleep(0)
    assert lanes.waiting(GENERAL) == 1
    await lanes.drain(0)
    assert answers.log == ["under 1", "under 2", "under 0", "under 3"]


async def test_a_limit_counts_what_was_begun_before_a_restart() -> None:
    """Jobs that an earlier run began in the last minute count towards the limit."""
    lanes, answers = Lanes(limit(2), minute_seconds=3600), Answers()
    for seconds_ago in (5000, 30, 20):
        lanes.began(GENERAL, seconds_ago)
    lanes.began(OFF_TOPIC, 20)
    lanes.submit(GENERAL, 7, answers.quick("one too many"))
    lanes.submit(OFF_TOPIC, 7, answers.quick("the second"))
    await answers.reach(1)
    await asyncio.sleep(0)
    assert answers.log == ["the second"]
    assert lanes.waiting(GENERAL) == 1
    await lanes.drain(0)
