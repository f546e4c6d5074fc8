"""Another attempt at a question: Retry and Continue, on stand-ins for the ports."""

from bot.chat import writing
from bot.chat.ports import Finish, Offer
from bot.chat.turns import AnswerState
from bot.chat.window import GO_ON
from bot.errors import ModelBusy, ModelContextExceeded, ModelFiltered, ModelKeyRejected
from tests.chat.house import House
from tests.fakes import ScriptedModel


async def test_a_failed_answer_is_tried_again_in_its_place() -> None:
    """Who presses Retry would find the failure standing, and another answer below it."""
    house = House(model=ScriptedModel([[ModelKeyRejected("no")], ["there"]]))
    await house.hear(100)
    await house.settle()
    assert house.display.offers[100] is Offer.RETRY
    left = await house.chat.asked(100)
    assert left is not None
    assert house.chat.retry(left, 1, shown_by=101)
    assert house.chat.retry(left, 1, shown_by=101)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "there")
    assert [answer.parts for answer in house.store.answers[1]] == [(), (101,)]
    assert len(house.model.requests) == 2


async def test_what_ended_well_is_not_tried_again() -> None:
    """An old button would ask the model once more for what stands there already."""
    house = House()
    await house.hear(100)
    await house.settle()
    left = await house.chat.asked(100)
    assert left is not None
    assert not house.chat.retry(left, 1, shown_by=101)
    assert not house.chat.retry(left, 2, shown_by=101)


async def test_an_answer_cut_by_its_length_goes_on_in_its_place() -> None:
    """People would get half of what they asked for, and the other half only with the first half once more."""
    house = House(model=ScriptedModel([["one two", Finish("length", None)], [" three"]]))
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == ("one two", writing.CUT_BY_LENGTH)
    assert house.display.offers[100] is Offer.CONTINUE
    left = await house.chat.asked(100)
    assert left is not None
    assert not house.chat.retry(left, 1, shown_by=101)
    assert house.chat.go_on(left, 1, shown_by=101)
    assert house.chat.go_on(left, 1, shown_by=101)  # pressed twice
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "one two three")
    assert house.display.finished[100] == ("one two three", "")
    assert len(house.model.requests) == 2
    sent = house.model.requests[1].messages
    assert sent[:2] == house.model.requests[0].messages[:2]
    assert [(one.role, one.content) for one in sent[2:]] == [("assistant", "one two"), ("user", GO_ON)]
    later = await house.chat.asked(100)
    assert later is not None
    assert not house.chat.go_on(later, 2, shown_by=101)  # it ended by itself


async def test_a_continuation_leaves_the_question_as_it_was() -> None:
    """All later answers would be given to half a question, because one of them was long."""
    house = House(prompt_tokens=1000, model=ScriptedModel([["x" * 450, Finish("length", None)]]))
    await house.hear(100, "q" * 600)
    await house.settle()
    left = await house.chat.asked(100)
    assert left is not None
    assert house.chat.go_on(left, 1, shown_by=101)
    await house.settle()
    assert len(house.model.requests[1].messages[1].content) < 600
    assert house.store.questions[1].prompt == "Alice: " + "q" * 600


async def test_a_continuation_that_fails_keeps_what_was_there() -> None:
    """Pressing Continue on a bad day would cost the half that people had."""
    house = House(model=ScriptedModel([["one two", Finish("length", None)], [ModelBusy("later")]]))
    await house.hear(100)
    await house.settle()
    left = await house.chat.asked(100)
    assert left is not None
    assert house.chat.go_on(left, 1, shown_by=101)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "one two")


async def test_a_continuation_that_fails_says_why_and_may_be_tried_again() -> None:
    """People would be told of a cut instead of when to come back, and their only button would throw all away."""
    busy = ModelBusy("later", 540)
    house = House(model=ScriptedModel([["one two", Finish("length", None)], [busy], [" three"]]))
    await house.hear(100)
    await house.settle()
    for sibling in (1, 2):
        left = await house.chat.asked(100)
        assert left is not None
        assert house.chat.go_on(left, sibling, shown_by=101)
        assert not house.chat.retry(left, sibling, shown_by=101)
        await house.settle()
        if sibling == 1:
            assert house.display.finished[100] == ("one two", busy.public)
            assert house.display.offers[100] is Offer.CONTINUE
    assert house.answer(100) == (AnswerState.DONE, "one two three")


async def test_an_answer_that_a_filter_breaks_off_says_so() -> None:
    """People would be told to ask again, which ends the same way."""
    house = House(model=ScriptedModel([["one two", ModelFiltered("content_filter")]]))
    await house.hear(100)
    await house.settle()
    assert house.display.finished[100] == ("one two", writing.FILTERED)


async def test_a_request_that_cannot_succeed_offers_no_retry() -> None:
    """A button that can only fail again would be pressed again and again."""
    house = House(model=ScriptedModel([[ModelContextExceeded("too long")], [ModelContextExceeded("too long")]]))
    await house.hear(100)
    await house.settle()
    assert house.display.offers[100] is None
