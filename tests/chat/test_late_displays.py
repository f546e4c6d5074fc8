"""Displays that Discord did not take, beside the lanes: in order, one place at a time, and never in the way of a newer one."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from bot.chat.late_displays import LateDisplays
from tests.chat.house import House, until

GENERAL, ELSEWHERE = 1, 2


@dataclass
class Discord:
    """Records the tries to show a question; keys of `fails` fail, a `broken` one raises, and all wait for the gate."""

    tried: list[int] = field(default_factory=list[int])
    notes: list[str] = field(default_factory=list[str])
    fails: set[int] = field(default_factory=set[int])
    broken: int = -1
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def show(self, key: int, note: str, tries: int) -> bool:
        """See `Show`."""
        del tries
        self.begun.set()
        await self.gate.wait()
        self.tried.append(key)
        self.notes.append(note)
        if key == self.broken:
            raise RuntimeError("a defect")
        return key not in self.fails


async def settled(late: LateDisplays) -> None:
    """Wait until nothing is late any more."""
    await until(lambda: not late.waiting)


async def test_the_questions_of_a_place_are_tried_in_order() -> None:
    """Questions are tried in the order in which they were asked, whatever the order in which they came here."""
    discord = Discord()
    late = LateDisplays(discord.show, (0.0,))
    for key, note in ((30, "c"), (10, "a"), (20, "b")):
        late.add(GENERAL, key, note)
    await settled(late)
    assert (discord.tried, discord.notes) == ([10, 20, 30], ["a", "b", "c"])


async def test_a_question_that_fails_is_left_to_the_next_start_after_the_last_pause() -> None:
    """A question is tried once after each pause; those behind it are shown meanwhile."""
    discord = Discord(fails={10})
    late = LateDisplays(discord.show, (0.0, 0.0, 0.0))
    late.add(GENERAL, 10)
    late.add(GENERAL, 20)
    await settled(late)
    assert discord.tried == [10, 20, 10, 10]


async def test_a_round_ends_after_three_failures() -> None:
    """A place that takes nothing is tried three times a round, not once for each of its questions."""
    discord = Discord(fails=set(range(10)))
    late = LateDisplays(discord.show, (0.0, 3600.0))
    for key in range(10):
        late.add(GENERAL, key)
    await until(lambda: len(discord.tried) == 3)
    for _ in range(20):
        await asyncio.sleep(0)
    assert discord.tried == [0, 1, 2]
    await late.close()
    assert not late.waiting


async def test_who_shows_a_question_waits_for_the_try_that_is_under_way() -> None:
    """A question that is taken out is not tried any more; the others of its place are tried at once, unless they failed often."""
    discord = Discord(fails={20, 30})
    late = LateDisplays(discord.show, (0.0, 3600.0))
    await late.take(GENERAL, 10)  # there is none
    discord.gate.clear()
    late.add(GENERAL, 10)
    await discord.begun.wait()
    taking = asyncio.create_task(late.take(GENERAL, 10))
    late.add(GENERAL, 20)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not taking.done()
    discord.gate.set()
    await taking
    await until(lambda: len(discord.tried) == 2)
    for _ in range(5):
        await asyncio.sleep(0)
    assert discord.tried == [10, 20]
    late.add(GENERAL, 30, failed=False)
    await late.take(GENERAL, 40)
    await until(lambda: len(discord.tried) == 4)
    assert discord.tried[2:] == [20, 30]
    await late.close()


async def test_a_question_that_is_taken_out_before_its_turn_is_not_tried() -> None:
    """A question is left alone that was taken out while the one before it was tried."""
    discord = Discord()
    late = LateDisplays(discord.show, (0.0,))
    discord.gate.clear()
    late.add(GENERAL, 10)
    late.add(GENERAL, 20)
    await discord.begun.wait()
    await late.take(GENERAL, 20)
    discord.gate.set()
    await settled(late)
    assert discord.tried == [10]


async def test_a_defect_ends_the_question_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """An unforeseen error is logged, and the questions behind it and elsewhere are shown."""
    discord = Discord(broken=10)
    late = LateDisplays(discord.show, (0.0, 0.0))
    late.add(GENERAL, 10)
    late.add(GENERAL, 20)
    late.add(ELSEWHERE, 30)
    await settled(late)
    assert sorted(discord.tried) == [10, 20, 30]
    assert "question 10 could not be shown for an unforeseen reason" in caplog.text


async def test_without_pauses_all_is_left_to_the_next_start() -> None:
    """Without pauses nothing is tried."""
    late = LateDisplays(Discord().show, ())
    late.add(GENERAL, 10)
    assert not late.waiting


async def test_a_question_that_failed_often_is_not_tried_for_each_that_comes() -> None:
    """A question that failed three times waits for its pause, however many answers its place shows meanwhile."""
    discord = Discord(fails={10})
    late = LateDisplays(discord.show, (0.0, 0.0, 0.0, 3600.0))
    late.add(GENERAL, 10)
    await until(lambda: len(discord.tried) == 3)
    for key in (20, 30):
        await late.take(GENERAL, key)
        for _ in range(5):
            await asyncio.sleep(0)
    assert discord.tried == [10, 10, 10]
    await late.close()


async def test_a_question_that_the_store_does_not_know_is_not_shown() -> None:
    """Bringing a question that is gone from the store shows nothing, and plans nothing for later."""
    house = House()
    await house.answered(100)
    shown = list(house.display.said(100))
    await house.showing.bring(replace(house.record(100).question, key=999))
    assert list(house.display.said(100)) == shown
    await house.showing.close()


async def test_what_comes_after_the_end_is_left_to_the_next_start() -> None:
    """A question that is edited or deleted while the bot leaves Discord is not shown by this run any more."""
    discord = Discord()
    late = LateDisplays(discord.show, (0.0,))
    await late.close()
    late.add(GENERAL, 10, failed=False)
    assert not late.waiting
    assert discord.tried == []
