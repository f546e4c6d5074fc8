"""The way of a mention, and what people do with conversations, on stand-ins for the ports."""

import asyncio
from dataclasses import replace

import pytest

from bot.chat import attempts, service, writing
from bot.chat.ports import Finish, Offer
from bot.chat.turns import AnswerState, Usage
from bot.errors import (
    DisplayRefused,
    ModelBusy,
    ModelContextExceeded,
    ModelCutOff,
    ModelError,
    ModelKeyRejected,
    ModelSilent,
    ModelTimedOut,
    ModelUnreachable,
)
from tests.chat.house import GENERAL, NOW, BrokenStore, EndlessModel, House, asked, said
from tests.fakes import ScriptedModel


async def test_a_mention_is_answered_from_the_history() -> None:
    """The bot would answer nothing, or without memory."""
    house = House()
    await house.hear(100, "my name is Ann")
    await house.hear(200, "who am I?")
    await house.settle()
    assert [(m.role, m.content) for m in house.model.requests[1].messages] == [
        ("system", "Be kind."),
        ("user", "Alice: my name is Ann"),
        ("assistant", "answer 1"),
        ("user", "Alice: who am I?"),
    ]
    assert house.display.finished == {100: ("answer 1", ""), 200: ("answer 2", "")}
    assert house.answer(200) == (AnswerState.DONE, "answer 2")


async def test_a_mention_that_comes_twice_is_answered_once() -> None:
    """A replayed gateway event would cost twice and be answered twice."""
    house = House()
    await house.hear(100)
    await house.hear(100)
    await house.settle()
    assert len(house.model.requests) == 1


async def test_the_answer_is_shown_while_it_grows() -> None:
    """People would look at nothing until the whole answer is there."""
    house = House()
    house.model.script = [["one ", "two ", "three", Finish("stop", Usage(5, 0, 3))]]
    await house.hear(100)
    await house.settle()
    assert house.display.seen[100] == ["one ", "one two ", "one two three"]
    assert house.store.answers[1][0].usage == Usage(5, 0, 3)
    assert house.store.answers[1][0].shown_at == NOW


async def test_an_emoji_cut_in_two_by_the_stream_is_whole_again() -> None:
    """Servers that cut emoji into halves would leave question marks in every answer."""
    house = House()
    house.model.script = [["a \ud83d", "\ude00 b \ud83d", " c"]]
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == ("a \U0001f600 b \ufffd c", "")


async def test_too_many_questions_get_one_notice() -> None:
    """One person could flood a channel, with our notices on top."""
    house = House(user_per_minute=2)
    for message_id in (100, 200, 300, 400):
        await house.hear(message_id)
    await house.settle()
    assert len(house.model.requests) == 2
    assert house.display.notices == [(300, service.TOO_MANY)]


async def test_what_cannot_be_answered_is_turned_down_once() -> None:
    """An empty mention would be met with silence, or with two hints."""
    house = House()
    await house.chat.turn_down(asked(100), "ask something")
    await house.chat.turn_down(asked(100), "ask something")
    assert house.display.notices == [(100, "ask something")]
    await house.hear(200)
    await house.settle()
    assert len(house.model.requests[0].messages) == 2


@pytest.mark.parametrize("error", [ModelBusy("…"), ModelKeyRejected("…"), ModelSilent("…")])
async def test_an_error_before_any_text_is_said_in_our_words(error: ModelBusy) -> None:
    """People would see nothing, or a provider's words."""
    house = House()
    house.model.script = [[error]]
    await house.hear(100)
    await house.settle()
    assert house.display.notices == [(100, error.public)]
    assert house.answer(100) == (AnswerState.FAILED, "")
    assert house.store.answers[1][0].shown_at == NOW


async def test_an_error_after_text_keeps_the_text() -> None:
    """A connection that breaks near the end would take a long answer with it."""
    house = House()
    house.model.script = [["half an", ModelCutOff("…")]]
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == ("half an", ModelCutOff.public)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "half an")
    await house.hear(200)
    await house.settle()
    assert "half an" in [m.content for m in house.model.requests[1].messages]


@pytest.mark.parametrize(
    ("pieces", "text", "note"),
    [
        (["long", Finish("length", None)], "long", writing.CUT_BY_LENGTH),
        (["bad", Finish("content_filter", None)], "bad", writing.FILTERED),
    ],
)
async def test_odd_ends_are_remarked(pieces: list[str | Finish], text: str, note: str) -> None:
    """A cut answer would pass for a whole one."""
    house = House()
    house.model.script = [[*pieces]]
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == (text, note)
    assert house.answer(100) == (AnswerState.DONE, text)


@pytest.mark.parametrize(
    ("pieces", "notice"),
    [
        (["  \n", Finish("stop", None)], ModelSilent.public),
        ([Finish("stop", None)], ModelSilent.public),
        ([Finish("content_filter", None)], writing.FILTERED),
    ],
)
async def test_an_empty_answer_is_said_to_be_empty(pieces: list[str | Finish], notice: str) -> None:
    """The asker would wait for ever for an answer of white space."""
    house = House()
    house.model.script = [[*pieces]]
    await house.hear(100)
    await house.settle()
    assert house.display.notices == [(100, notice)]
    assert house.answer(100) == (AnswerState.FAILED, "")


async def test_a_context_smaller_than_the_budget_is_met_with_one_more_trim() -> None:
    """A local model with a small context would answer nothing once a conversation is long."""
    house = House(prompt_tokens=400)
    for message_id in (100, 200, 300, 400):
        await house.hear(message_id, "x" * 50)
    await house.settle()
    house.model.script = [[ModelContextExceeded("…")], ["fits"]]
    await house.hear(500, "y" * 50)
    await house.settle()
    before, after = house.model.requests[-2:]
    assert len(after.messages) < len(before.messages)
    assert after.messages[-1] == before.messages[-1]
    assert house.answer(500) == (AnswerState.DONE, "fits")
    assert house.store.all_conversations[1].window_from > 1


async def test_a_context_that_is_exceeded_twice_is_said() -> None:
    """A request that can never fit would be repeated for ever."""
    house = House()
    house.model.script = [[ModelContextExceeded("…")], [ModelContextExceeded("…")]]
    await house.hear(100)
    await house.settle()
    assert house.display.notices == [(100, ModelContextExceeded.public)]
    assert len(house.model.requests) == 2


async def test_a_context_that_is_exceeded_in_the_middle_is_not_begun_again() -> None:
    """The beginning of an answer would stand there twice."""
    house = House()
    house.model.script = [["half", ModelContextExceeded("…")]]
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == ("half", ModelCutOff.public)
    assert len(house.model.requests) == 1


async def test_a_question_larger_than_the_budget_is_cut_and_stays_cut() -> None:
    """A very long question would be refused by the model instead of answered."""
    house = House(prompt_tokens=200)
    await house.hear(100, "x" * 5000)
    await house.settle()
    sent = house.model.requests[0].messages[-1].content
    assert "left out here" in sent
    assert house.store.questions[1].prompt == sent


async def test_an_unforeseen_failure_ends_in_a_friendly_line() -> None:
    """A defect of ours would leave the asker without a word and the channel without the bot."""
    house = House()

    async def render() -> str:
        return "a" * 10

    house.model.script = [["text", Finish("stop", None)]]
    house.model.script[0].insert(0, None)  # pyright: ignore[reportArgumentType] -- a piece that is none
    await house.chat.mention(asked(100), render)
    await house.settle()
    assert house.display.notices == [(100, ModelError.public)]
    await house.hear(200)
    await house.settle()
    assert house.answer(200)[0] is AnswerState.DONE


async def test_a_display_that_refuses_loses_nothing() -> None:
    """A channel deleted in mid-answer would take the answer out of the history."""
    house = House()
    house.display.error = DisplayRefused("the channel is gone")
    await house.hear(100)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert house.store.answers[1][0].shown_at is None
    await house.chat.turn_down(asked(300), "no")
    house.model.script = [[ModelBusy("…")]]
    await house.hear(200)
    await house.settle()
    assert house.answer(200) == (AnswerState.FAILED, "")


async def test_shutdown_stores_what_was_written() -> None:
    """Stopping the bot would lose the answer that it was writing."""
    model = EndlessModel([["so far"]])
    house = House(model=model)
    await house.hear(100)
    await model.silent.wait()
    await house.lanes.drain(0)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "so far")
    assert house.display.finished[100] == ("so far", writing.STOPPED)


async def test_reset_and_undo_go_to_the_store() -> None:
    """The commands would do nothing."""
    house = House()
    assert await house.chat.reset(GENERAL, 11) is None
    await house.hear(100)
    await house.settle()
    fresh = await house.chat.reset(GENERAL, 11)
    assert fresh is not None
    assert await house.chat.opened_by(fresh.opened.id) == 11
    assert await house.chat.undo(fresh.opened.id)
    assert not await house.chat.undo(fresh.opened.id)


async def test_a_store_that_fails_is_said() -> None:
    """With a full disk the bot would be silent, and nobody would know why."""
    house = House(store=BrokenStore(at="claim"))
    await house.hear(100)
    assert house.display.notices == [(100, ModelError.public)]
    house = House(store=BrokenStore(at="begin"))
    await house.hear(100)
    await house.settle()
    assert house.display.notices == [(100, ModelError.public)]
    assert list(await house.store.left_open()) == []


async def test_an_answer_that_cannot_be_stored_is_still_shown() -> None:
    """With a full disk the answer that was paid for would be thrown away."""
    house = House(store=BrokenStore(at="finish"))
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == ("answer 1", attempts.NOT_KEPT)


async def test_half_the_budget_that_leaves_no_room_is_said_as_what_it_is() -> None:
    """A long system prompt would turn a clear message into an unforeseen error."""
    house = House(prompt_tokens=60)
    house.model.script = [[ModelContextExceeded("…")]]
    await house.hear(100, "x" * 30)
    await house.settle()
    assert house.display.notices == [(100, ModelContextExceeded.public)]


async def test_a_large_answer_is_counted_without_holding_up_the_others() -> None:
    """Counting one long answer would make every other channel wait."""
    house = House()
    house.model.script = [["x" * 20_000]]
    await house.hear(100)
    await asyncio.wait_for(house.lanes.drain(10), 10)
    assert house.store.answers[1][0].tokens == 20_000


async def test_a_stop_that_cannot_even_make_the_last_edit_is_a_stop() -> None:
    """A Discord that does not answer would turn every stop into a traceback."""
    model = EndlessModel([["so far"]])
    house = House(model=model, last_edit_seconds=0.01)
    house.display.hangs = True
    await house.hear(100)
    await model.silent.wait()
    await house.lanes.drain(0)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "so far")


async def test_a_model_that_is_down_is_waited_for() -> None:
    """Everybody who asked during an outage would have to notice that it is over, and ask again."""
    house = House(model=ScriptedModel([[ModelUnreachable("down")], [ModelTimedOut("down")], ["there"]]))
    await house.hear(100)
    await house.hear(200)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "there")
    assert house.answer(200)[0] is AnswerState.DONE
    assert {message_id for message_id, _ in house.display.remarks} == {100}
    assert not house.breaker.is_open


async def test_a_model_that_is_always_slow_is_not_asked_for_ever() -> None:
    """Each time that such a model is asked may cost, and a question would be asked a dozen times before it is given up."""
    house = House(model=ScriptedModel([[ModelTimedOut("slow")], [ModelTimedOut("slow")], ["too late"]]))
    await house.hear(100)
    await house.settle()
    assert house.answer(100) == (AnswerState.FAILED, "")
    assert len(house.model.requests) == 2


async def test_a_model_that_stays_down_fails_what_has_become_old() -> None:
    """A question would keep its place waiting for ever, and be answered when nobody remembers it."""
    house = House(model=ScriptedModel([[ModelUnreachable("down")]] * 3))
    await house.hear(100)
    house.now += 901_000
    await house.settle()
    assert house.display.notices == [(100, ModelUnreachable.public)]
    assert house.display.offers[100] is Offer.RETRY
    assert house.answer(100) == (AnswerState.FAILED, "")


async def test_a_long_queue_turns_down_what_comes_then() -> None:
    """A hundred questions in one channel would be answered an hour later, one by one, whether or not anybody is there."""
    house = House(model=EndlessModel([["going on"]]))
    for number in range(1, 24):
        await house.hear(number * 100)
        await asyncio.sleep(0)
    assert house.lanes.waiting(GENERAL.id) == 20
    assert house.display.notices == [(2200, service.TOO_LONG_A_QUEUE)]
    await house.lanes.drain(0)


async def test_no_more_requests_at_a_time_than_allowed() -> None:
    """A busy server would open a hundred connections to the model, and have most of them refused."""
    model = EndlessModel([["a"], ["b"], ["c"]])
    house = House(model=model, model_requests=2)
    for number in (1, 2, 3):
        place = replace(GENERAL, id=number)
        await house.chat.mention(replace(asked(number * 100), place=place), said("hello"))
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(model.requests) == 2
    await house.lanes.drain(0)


async def test_a_mention_that_comes_late_is_closed_with_one_line() -> None:
    """What was missed over a weekend would be answered on Monday, at some cost."""
    house = House()
    await house.chat.mention(asked(100, at=NOW - 901_000), said("hello"))
    await house.settle()
    assert house.display.notices == [(100, attempts.TOO_OLD)]
    assert house.display.offers[100] is Offer.RETRY
    assert house.model.requests == []


async def test_a_wait_for_the_model_is_bounded_by_the_questions_age() -> None:
    """With a hundred channels waiting for their turn to try, the last would be told after an hour."""
    house = House(model=ScriptedModel([[ModelUnreachable("down")]]), pauses=(60.0,))
    await house.chat.mention(asked(100, at=NOW - 899_950), said("hello"))
    await asyncio.sleep(0)  # a drain leaves undone what has not begun
    await house.lanes.drain(5)
    assert house.answer(100) == (AnswerState.DONE, "answer 2")
