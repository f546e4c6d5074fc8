"""Further attempts at a question: Retry, Regenerate and Continue."""

import asyncio
from dataclasses import replace

from bot.chat import endings
from bot.chat.appearance import DisplayOutcome, Verb
from bot.chat.lanes import Job, StopReason
from bot.chat.ports.model import Finish
from bot.chat.ports.questions import Press
from bot.chat.service import PressOutcome
from bot.chat.texts import TOOK_TOO_LONG
from bot.chat.turns import ENDLESS, Answer, AnswerState
from bot.chat.window import GO_ON
from bot.config import LimitSettings
from bot.errors import DisplayRefused, ModelBusy, ModelContextExceeded, ModelCutOff, ModelKeyRejected
from tests.chat.house import GENERAL, NOW, PROFILE, House
from tests.fakes.model import EndlessModel, ScriptedModel
from tests.timeless import timeless


async def test_a_failed_answer_is_tried_again_in_its_messages() -> None:
    """Retry makes one further attempt, however often it is pressed, and takes over the messages."""
    house = House(model=ScriptedModel([[ModelKeyRejected("no")], ["there"]]))
    await house.answered(100)
    assert house.display.offers(100) == ["retry"]
    record = await house.chat.asked(100)
    assert record is not None
    assert house.chat.follow(record, Verb.RETRY, 1)
    assert house.chat.follow(record, Verb.RETRY, 1)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "there")
    assert house.display.said(100) == ("there", "")
    assert house.record(100).display.messages.live == (101,)
    assert len(house.model.requests) == 2


def press(number: int = 900, by: int = 11) -> Press:
    """A press of a button."""
    return Press(number, GENERAL.id, by, NOW)


async def test_a_press_counts_like_a_question() -> None:
    """Presses of a minute count with the questions of the presser; over the limit nothing is queued."""
    house = House(model=ScriptedModel([[ModelKeyRejected("no")], [ModelKeyRejected("no")]]), user_per_minute=2)
    await house.answered(100)
    assert await house.chat.press(house.record(100), Verb.RETRY, 1, press(900)) is PressOutcome.QUEUED
    await house.settle()
    assert await house.chat.press(house.record(100), Verb.RETRY, 2, press(901)) is PressOutcome.LIMIT
    assert await house.chat.press(house.record(100), Verb.RETRY, 2, press(902, by=12)) is PressOutcome.QUEUED
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "answer 3")


async def test_a_press_that_starts_nothing_counts_too() -> None:
    """A press of Undo counts with the questions and presses of a minute; a press that Discord delivers twice counts once."""
    house = House(user_per_minute=2)
    await house.answered(100)
    assert await house.chat.counts(press(900))
    assert await house.chat.counts(press(900))
    assert not await house.chat.counts(press(901))
    assert await house.chat.counts(press(902, by=12))
    assert not await house.hear(200)


async def test_a_press_for_what_is_queued_changes_nothing() -> None:
    """However often Retry is pressed while the attempt waits or runs, it is queued once and counts once."""
    model = EndlessModel([["long"], [ModelKeyRejected("no")], ["there"]])
    house = House(model=model, user_per_minute=3)
    await house.hear(100)
    await model.silent.wait()
    await house.hear(200)
    house.lanes.stop(100, StopReason.PERSON)
    await house.settle()
    model.silent.clear()
    await house.hear(300)
    await model.silent.wait()
    for number in range(25):
        outcome = await house.chat.press(house.record(200), Verb.RETRY, 1, press(900 + number, by=12))
        assert outcome is PressOutcome.QUEUED
    assert house.lanes.waiting(GENERAL.id) == 1
    assert len(house.state.presses) == 1
    await house.lanes.drain(0)


async def test_a_press_into_a_full_queue_is_turned_down() -> None:
    """A press waits in the queue of its place like a question, and fills it no further."""
    model = EndlessModel([[ModelKeyRejected("no")], ["long"]])
    house = House(model=model)
    await house.answered(100)
    house.limits.value = LimitSettings(place_queue=1)
    await house.hear(200)
    await model.silent.wait()
    assert await house.chat.press(house.record(100), Verb.RETRY, 1, press()) is PressOutcome.QUEUED
    assert not await house.hear(300)
    house.limits.value = LimitSettings(place_queue=1)
    failed = replace(house.record(200), answers=(Answer(2, 1, AnswerState.FAILED),))
    assert await house.chat.press(failed, Verb.RETRY, 1, press(901)) is PressOutcome.QUEUE
    assert await house.chat.press(house.record(100), Verb.CONTINUE, 1, press(902)) is PressOutcome.IMPOSSIBLE
    await house.lanes.drain(0)


async def test_a_press_that_comes_twice_is_carried_out_once() -> None:
    """An interaction that Discord delivers a second time, after its attempt has ended, starts none."""
    house = House(model=ScriptedModel([[ModelKeyRejected("no")], [ModelKeyRejected("no")]]))
    await house.answered(100)
    for sibling in (1, 2):
        assert await house.chat.press(house.record(100), Verb.RETRY, sibling, press()) is PressOutcome.QUEUED
        await house.settle()
    assert len(house.model.requests) == 2


@timeless
async def test_an_answer_beyond_the_longest_time_is_ended_and_goes_on() -> None:
    """A model that never ends is ended after `answer_seconds`; its text stays, with Continue and Retry."""
    model = EndlessModel([["one"], ["never"], [" two", Finish("stop", None)]])
    house = House(model=model, profile=replace(PROFILE, answer_seconds=30))
    await house.hear(100)
    await asyncio.sleep(60)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "one")
    assert house.display.said(100) == ("one", TOOK_TOO_LONG)
    assert house.display.offers(100) == ["retry", "continue"]
    (call,) = house.calls(100)
    assert call.end is not None
    assert (call.end.reason, call.end.estimated) == (ENDLESS, True)
    assert house.chat.follow(house.record(100), Verb.CONTINUE, 1)
    await asyncio.sleep(60)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "onenever")


async def test_a_press_that_saw_an_older_state_starts_nothing() -> None:
    """A press whose check came before the attempt of another one begins no further attempt."""
    house = House(model=ScriptedModel([[ModelKeyRejected("no")], [ModelKeyRejected("no")]]))
    await house.answered(100)
    before = house.record(100)
    for _ in range(2):
        assert house.chat.follow(before, Verb.RETRY, 1)
        await house.settle()
    assert len(house.record(100).answers) == 2


async def test_an_attempt_that_ended_well_is_not_tried_again() -> None:
    """Retry under a whole answer, or for an attempt that another followed, does nothing."""
    house = House()
    await house.hear(100)
    assert not house.chat.follow(house.record(100), Verb.RETRY, 0)
    await house.settle()
    assert not house.chat.follow(house.record(100), Verb.RETRY, 1)
    assert not house.chat.follow(house.record(100), Verb.RETRY, 2)


async def test_an_answer_that_discord_refused_is_shown_by_a_press() -> None:
    """A button that still stands because Discord refused the last edit has that made again, and asks nothing."""
    house = House(model=ScriptedModel([["half", ModelCutOff("…")], ["whole"]]))
    await house.answered(100)
    house.display.error = DisplayRefused("no")
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    assert house.record(100).display.outcome is DisplayOutcome.REFUSED
    house.display.error = None
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    assert house.display.said(100) == ("whole", "")
    assert house.record(100).display.outcome is DisplayOutcome.SHOWN
    assert len(house.model.requests) == 2
    assert not house.chat.follow(house.record(100), Verb.RETRY, 1)


async def test_an_answer_that_discord_refused_and_does_not_take_is_shown_later() -> None:
    """A press that has a refused answer shown, while Discord is down, shows it as soon as Discord is back."""
    house = House(model=ScriptedModel([["half", ModelCutOff("…")], ["whole"]]), discord_pauses=(0.0, 0.0))
    await house.answered(100)
    house.display.error = DisplayRefused("no")
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    house.display.error, house.display.down = None, 1
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    assert house.display.said(100) == ("whole", "")


async def test_a_continuation_that_breaks_off_keeps_what_it_wrote() -> None:
    """An answer that was continued and cut off stays as long as it became, on display and in the next window."""
    house = House(model=ScriptedModel([["one", Finish("length", None)], [" two", ModelCutOff("…")]]))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.CONTINUE, 1)
    await house.settle()
    assert house.display.said(100) == ("one two", ModelCutOff.public)
    assert house.display.offers(100) == ["retry"]
    await house.answered(200)
    assert ("assistant", "one two") in house.sent()


async def test_a_failed_retry_leaves_the_attempt_before_on_display() -> None:
    """The half answer stays, with the reason of the failure under it and Retry for another try."""
    busy = ModelBusy("later", 60)
    house = House(model=ScriptedModel([["half", ModelCutOff("…")], [busy], ["whole"]]))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    assert house.display.said(100) == ("half", busy.public)
    record = house.record(100)
    assert [(answer.state, answer.chosen) for answer in record.answers] == [("interrupted", True), ("failed", False)]
    assert (record.display.sibling, record.display.behind) == (1, False)
    assert house.chat.follow(record, Verb.RETRY, 2)
    await house.settle()
    assert house.display.said(100) == ("whole", "")
    assert house.record(100).display.sibling == 3


async def test_a_retry_that_breaks_off_leaves_the_attempt_before_on_display() -> None:
    """Of two halves the first stays chosen, for Discord and for the window."""
    house = House(model=ScriptedModel([["first half", ModelCutOff("…")], ["other half", ModelCutOff("…")]]))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await house.settle()
    assert house.display.said(100) == ("first half", ModelCutOff.public)
    await house.answered(200)
    assert ("assistant", "first half") in house.sent()


async def test_an_answer_cut_by_its_length_goes_on_in_its_messages() -> None:
    """Continue asks for the rest behind the same prompt, once, and is offered no longer when the answer ended by itself."""
    house = House(model=ScriptedModel([["one two", Finish("length", None)], [" three"]]))
    await house.answered(100)
    assert house.display.said(100) == ("one two", endings.CUT_BY_LENGTH)
    assert house.display.offers(100) == ["regenerate", "continue"]
    record = house.record(100)
    assert not house.chat.follow(record, Verb.RETRY, 1)
    assert house.chat.follow(record, Verb.CONTINUE, 1)
    assert house.chat.follow(record, Verb.CONTINUE, 1)  # pressed twice
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "one two three")
    assert house.display.said(100) == ("one two three", "")
    assert len(house.model.requests) == 2
    assert house.sent()[:2] == house.sent(0)
    assert house.sent()[2:] == [("assistant", "one two"), ("user", GO_ON)]
    assert house.record(100).answers[1].continues == 1
    assert not house.chat.follow(house.record(100), Verb.CONTINUE, 2)


async def test_a_continuation_leaves_the_question_as_it_was() -> None:
    """A question that is cut to make room for its own answer is cut for that request alone."""
    house = House(prompt_tokens=1000, model=ScriptedModel([["x" * 450, Finish("length", None)]]))
    await house.answered(100, "q" * 600)
    assert house.chat.follow(house.record(100), Verb.CONTINUE, 1)
    await house.settle()
    assert len(house.sent()[1][1]) < 600
    assert house.record(100).question.prompt == "Alice: " + "q" * 600


async def test_a_continuation_that_fails_keeps_what_was_there_and_says_why() -> None:
    """A continuation that fails keeps the first half, says why, and offers Continue again instead of Retry."""
    busy = ModelBusy("later", 540)
    house = House(model=ScriptedModel([["one two", Finish("length", None)], [busy], [" three"]]))
    await house.answered(100)
    for sibling in (1, 2):
        record = house.record(100)
        assert house.chat.follow(record, Verb.CONTINUE, sibling)
        assert not house.chat.follow(record, Verb.RETRY, sibling)
        await house.settle()
        if sibling == 1:
            assert house.answer(100) == (AnswerState.DONE, "one two")
            assert house.display.said(100) == ("one two", busy.public)
            assert house.display.offers(100) == ["regenerate", "continue"]
    assert house.answer(100) == (AnswerState.DONE, "one two three")


async def test_a_continuation_that_cannot_succeed_is_not_offered_again() -> None:
    """A continuation that is too long for the model keeps the text, says why, and has no button."""
    exceeded = ModelContextExceeded("too long")
    house = House(model=ScriptedModel([["one two", Finish("length", None)], [exceeded], [exceeded]]))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.CONTINUE, 1)
    await house.settle()
    assert house.display.said(100) == ("one two", exceeded.public)
    assert house.display.offers(100) == []


async def test_an_answer_is_made_again_in_its_messages_while_later_turns_stay() -> None:
    """Regenerate asks with what was said before the question; the window takes the new attempt, and a later answer stays."""
    house = House(model=ScriptedModel([["one"], ["two"], ["other"], ["three"]]))
    await house.answered(100)
    await house.answered(200)
    assert await house.chat.press(house.record(100), Verb.REGENERATE, 1, press()) is PressOutcome.QUEUED
    await house.settle()
    assert await house.chat.answered_by(101) == house.record(100)
    assert house.display.said(100) == ("other", "")
    assert house.display.offers(100) == ["pick", "pick", "pick", "regenerate"]
    assert house.sent() == house.sent(0)
    await house.answered(300)
    assert [text for role, text in house.sent() if role == "assistant"] == ["other", "two"]


async def test_an_answer_of_a_conversation_that_was_reset_is_not_made_again() -> None:
    """Regenerate is for the open conversation; a failed answer of another one may still be tried again."""
    house = House(model=ScriptedModel([["one"]]))
    await house.answered(100)
    await house.chat.reset(GENERAL, 11)
    assert await house.chat.press(house.record(100), Verb.REGENERATE, 1, press()) is PressOutcome.CLOSED


async def test_another_profile_makes_an_attempt() -> None:
    """An attempt may be made by another profile than the place's."""
    house = House(model=ScriptedModel([["one"], ["two"]]))
    await house.answered(100)
    other = replace(PROFILE, name="pirate", system="Arr.")

    async def work(job: Job) -> None:
        await house.answering.again(house.record(100).question, 1, job, profile=other)

    house.lanes.submit(GENERAL.id, 100, work)
    await house.settle()
    assert house.sent()[0] == ("system", "Arr.")
    assert house.record(100).answers[1].profile == "pirate"
