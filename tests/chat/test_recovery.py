"""What a start does with what an earlier run left behind, on stand-ins for the ports."""

import pytest

from bot.chat import writing
from bot.chat.attempts import TOO_OLD
from bot.chat.ports import Offer, Outcome
from bot.chat.turns import AnswerState
from bot.errors import (
    DisplayError,
    DisplayRefused,
    ModelCutOff,
    ModelError,
)
from tests.chat.house import NOW, House, asked, stored


async def test_a_half_written_answer_is_ended_after_a_crash() -> None:
    """After a crash half an answer would stand there as if it were whole."""
    house = House()
    claim = await house.store.claim(asked(100))
    assert claim is not None
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.add_part(1, 1, 0, 101)
    await house.recovery.start(stored)
    await house.settle()
    assert house.answer(100) == (AnswerState.INTERRUPTED, "part 101")
    assert house.display.finished[100] == ("part 101", writing.STOPPED)
    assert house.model.requests == []


async def test_an_answer_that_had_not_begun_to_show_is_made_again() -> None:
    """After a crash the asker would have to ask again, or wait for an answer that nobody writes."""
    house = House()
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.recovery.start(stored)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert house.model.requests[0].messages[-1].content == "Alice: hello"
    assert len(house.store.answers[1]) == 1


async def test_an_old_answer_that_had_not_begun_to_show_has_failed() -> None:
    """A day later nobody waits for the answer any more, but whoever does can have it."""
    house = House()
    await house.store.claim(asked(100, at=NOW - 901_000))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.recovery.start(stored)
    await house.settle()
    assert house.display.notices == [(100, writing.STOPPED_EARLY)]
    assert house.display.offers[100] is Offer.RETRY
    assert house.answer(100) == (AnswerState.FAILED, "")


async def test_a_part_whose_id_was_never_stored_is_found() -> None:
    """A crash between Discord's answer and our write would leave half an answer beside a second, whole one."""
    house = House()
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    house.display.unknown[100] = [101]
    await house.recovery.start(stored)
    await house.settle()
    assert house.answer(100) == (AnswerState.INTERRUPTED, "part 101")
    assert house.store.answers[1][0].parts == (101,)
    assert house.model.requests == []


async def test_another_attempt_that_a_crash_broke_is_made_again() -> None:
    """Its messages may still show the attempt before it, which would be taken for its text."""
    house = House()
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.add_part(1, 1, 0, 101)
    await house.store.finish(1, 1, Outcome(AnswerState.INTERRUPTED, "half", 1), at=2)
    await house.store.begin_again(1, after=1, model="m", at=3)
    await house.recovery.start(stored)
    await house.settle()
    assert [answer.text for answer in house.store.answers[1]] == ["half", "answer 1"]
    assert house.store.answers[1][1].parts == (101,)


@pytest.mark.parametrize(
    ("outcome", "finished", "notices"),
    [
        (Outcome(AnswerState.DONE, "whole", 1), {100: ("whole", "")}, []),
        (Outcome(AnswerState.INTERRUPTED, "half", 1), {100: ("half", ModelCutOff.public)}, []),
        (Outcome(AnswerState.FAILED, "", 0), {}, [(100, ModelError.public)]),
    ],
)
async def test_an_answer_that_ended_but_was_not_shown_gets_its_last_edit(
    outcome: Outcome, finished: dict[int, tuple[str, str]], notices: list[tuple[int, str]]
) -> None:
    """A crash between the store and the last edit would leave Discord behind for ever."""
    house = House()
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.finish(1, 1, outcome, at=2)
    await house.recovery.start(stored)
    await house.settle()
    assert house.display.finished == finished
    assert house.display.notices == notices
    assert house.store.answers[1][0].shown_at == NOW
    assert list(await house.store.left_open()) == []


async def test_a_young_question_that_was_never_begun_is_answered() -> None:
    """A crash right after a mention arrived would leave it without an answer."""
    house = House()
    await house.store.claim(asked(100))
    await house.recovery.start(stored)
    await house.settle()
    assert house.display.finished == {100: ("answer 1", "")}
    assert house.model.requests[0].messages[-1].content == "Alice: again"


async def test_an_old_question_is_closed_with_one_line() -> None:
    """After a day of downtime the bot would answer what nobody remembers asking."""
    house = House()
    await house.store.claim(asked(100, at=NOW - 901_000))
    await house.recovery.start(stored)
    await house.settle()
    assert house.display.notices == [(100, TOO_OLD)]
    assert house.model.requests == []
    await house.recovery.start(stored)
    await house.settle()
    assert len(house.display.notices) == 1


async def test_a_question_from_the_future_is_new() -> None:
    """A machine whose clock is behind Discord's would refuse, or never answer, what was asked a moment ago."""
    house = House()
    await house.store.claim(asked(100, at=NOW + 3_600_000))
    await house.recovery.start(stored)
    await house.settle()
    assert len(house.model.requests) == 1
    assert house.answer(100)[0] is AnswerState.DONE


async def test_an_old_failure_is_not_brought_up_again() -> None:
    """A channel that was closed to the bot for a month would be greeted with last month's excuses."""
    house = House()
    await house.store.claim(asked(100, at=NOW - 901_000))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.finish(1, 1, Outcome(AnswerState.FAILED, "", 0), at=2)
    await house.recovery.start(stored)
    await house.settle()
    assert house.display.notices == []
    assert list(await house.store.left_open()) == []


async def test_what_discord_refuses_for_good_is_tried_once() -> None:
    """Each start would try again what can never be shown, for as long as the bot lives."""
    house = House()
    house.display.error = DisplayRefused("no")
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.add_part(1, 1, 0, 101)
    await house.recovery.start(stored)
    await house.settle()
    assert house.answer(100)[0] is AnswerState.FAILED
    assert list(await house.store.left_open()) == []


async def test_recovery_goes_on_where_discord_refuses() -> None:
    """One deleted channel would keep the bot from starting."""
    house = House()
    house.display.error = DisplayError("refused")
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.add_part(1, 1, 0, 101)
    await house.store.claim(asked(200, at=0))
    await house.recovery.start(stored)
    await house.settle()
    assert house.model.requests == []


async def test_an_answer_that_was_going_on_goes_on_again() -> None:
    """After a crash the second half of an answer would stand there, or be asked for, without the first."""
    house = House()
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.finish(1, 1, Outcome(AnswerState.DONE, "one two", 2, None, "length"), at=2)
    await house.store.mark_shown(1, 1, at=2)
    await house.store.begin_again(1, after=1, model="m", at=3, going_on=True)
    await house.recovery.start(stored)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "one twoanswer 1")


async def test_an_old_answer_that_was_going_on_keeps_what_it_had() -> None:
    """A day later the first half would be taken back as well."""
    house = House()
    await house.store.claim(asked(100, at=NOW - 901_000))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.finish(1, 1, Outcome(AnswerState.DONE, "one two", 2, None, "length"), at=2)
    await house.store.mark_shown(1, 1, at=2)
    await house.store.begin_again(1, after=1, model="m", at=3, going_on=True)
    await house.recovery.start(stored)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "one two")
    assert house.display.offers[100] is Offer.CONTINUE


async def test_an_answer_cut_by_its_length_still_offers_to_go_on_after_a_crash() -> None:
    """Half an answer would stand there as if it were whole."""
    house = House()
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.finish(1, 1, Outcome(AnswerState.DONE, "one two", 2, None, "length"), at=2)
    await house.recovery.start(stored)
    await house.settle()
    assert house.display.finished[100] == ("one two", writing.CUT_BY_LENGTH)
    assert house.display.offers[100] is Offer.CONTINUE


@pytest.mark.parametrize("down", [1, 2, 3])
async def test_recovery_waits_for_a_discord_that_is_down(down: int) -> None:
    """A start in the middle of an outage would leave what a crash left until the start after it."""
    house = House(discord_pauses=(0.0, 0.0, 0.0))
    house.display.down = down
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.add_part(1, 1, 0, 101)
    await house.store.claim(asked(200))
    await house.recovery.start(stored)
    await house.settle()
    assert house.answer(100) == (AnswerState.INTERRUPTED, "part 101")
    assert list(house.display.finished) == [100, 200]
    assert list(await house.store.left_open()) == []


async def test_what_was_answered_meanwhile_is_left_alone() -> None:
    """The last edit of an answer would be made again and again."""
    house = House(discord_pauses=(0.0, 60.0))
    house.display.down = 1
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.finish(1, 1, Outcome(AnswerState.DONE, "whole", 1), at=2)
    await house.recovery.start(stored)
    await house.store.mark_shown(1, 1, at=3)
    await house.settle()
    assert house.display.finished == {}


@pytest.mark.parametrize(("gone", "state"), [(False, AnswerState.DONE), (True, AnswerState.FAILED)])
async def test_a_remark_is_no_answer(gone: bool, state: AnswerState) -> None:
    """Who was told that the answer comes when the model is back would be told that the bot was switched off, and get none."""
    house = House()
    await house.store.claim(asked(100))
    await house.store.begin(1, "Alice: hello", 5, model="m", at=1)
    await house.store.add_part(1, 1, 0, 101)
    house.display.remarked.add(101)
    if gone:  # a moderator deleted it: then nobody wants the answer there
        house.display.gone.add(101)
    await house.recovery.start(stored)
    await house.settle()
    assert house.answer(100)[0] is state
