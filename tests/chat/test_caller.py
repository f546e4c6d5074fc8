"""Calls to models: retries, a context that is too small, and a row for each request."""

import asyncio

import pytest

from bot.chat.appearance import Verb
from bot.chat.calls import Usage
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.model import Finish, Spent, Thinking, Withdrawn
from bot.chat.turns import AnswerState
from bot.chat.window import GO_ON
from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelCutOff,
    ModelError,
    ModelRejected,
    ModelSpentThinking,
    ModelUnreachable,
    Refused,
)
from tests.chat.house import GENERAL, House
from tests.fakes.model import ScriptedModel
from tests.timeless import timeless


def reasons(house: House, key: int = 100) -> list[tuple[str, str]]:
    """State and reason of each call of a question."""
    return [(call.state, call.end.reason if call.end else "") for call in house.calls(key)]


# -------------------------------------------------------------------------------------------------- tries


async def test_a_passing_failure_is_repeated_and_each_try_is_a_row() -> None:
    """Two failures before any sign are repeated; each request has its own call with its reason."""
    house = House(model=ScriptedModel([[ModelUnreachable("…")], [ModelBusy("…", 0)], ["there"]]))
    await house.answered(100)
    assert house.answer(100) == (AnswerState.DONE, "there")
    assert reasons(house) == [("closed", "unreachable"), ("closed", "busy"), ("closed", "stop")]
    usages = [call.end.usage for call in house.calls(100) if call.end]
    assert [usage.prompt for usage in usages if usage] == [0, 0, 31]
    assert {call.reserved for call in house.calls(100)} == {1100}
    assert not house.display.remarks


async def test_a_failure_that_stays_is_given_up_after_three_tries() -> None:
    """A busy server is asked three times, then its error is said."""
    house = House(model=ScriptedModel([[ModelBusy("…", 0)] for _ in range(3)]))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelBusy.public)
    assert len(house.model.requests) == 3


@pytest.mark.parametrize("kind", [ModelBusy, ModelUnreachable])
@timeless
async def test_the_servers_wish_decides_the_pause(kind: type[ModelBusy | ModelUnreachable]) -> None:
    """A server that asks for a short wait is asked again after just that wait, whatever its fault is."""
    house = House(model=ScriptedModel([[kind("…", 0.2)], ["there"]]))
    await house.hear(100)
    await asyncio.sleep(0.19)
    assert len(house.model.requests) == 1
    await asyncio.sleep(0.02)
    assert house.answer(100) == (AnswerState.DONE, "there")


async def test_a_long_wait_is_left_to_the_asker() -> None:
    """A server that asks for more than twenty seconds is not asked again by us."""
    house = House(model=ScriptedModel([[ModelBusy("…", 21)]]))
    await house.answered(100)
    assert len(house.model.requests) == 1
    assert "about 25 seconds" in house.display.said(100)[1]


async def test_a_model_that_thought_is_not_asked_three_times() -> None:
    """A failure after the first sign of the model may have cost already: only an outage is waited for."""
    house = House(model=ScriptedModel([[Thinking(), ModelBusy("…", 0)]]))
    await house.answered(100)
    assert len(house.model.requests) == 1
    (call,) = house.calls(100)
    assert call.end is not None
    assert (call.end.usage, call.end.estimated) == (Usage(prompt=31), True)


async def test_a_request_that_the_client_adapted_is_sent_again() -> None:
    """A parameter that the server refused is left out, and the request repeated at once, as often as that helps."""
    adapted = ModelRejected("unknown parameter", Refused(frozenset({"user"})))
    adapted.adapted = True
    house = House(model=ScriptedModel([[adapted], [adapted], ["there"]]))
    await house.answered(100)
    assert house.answer(100) == (AnswerState.DONE, "there")
    assert reasons(house) == [("closed", "rejected"), ("closed", "rejected"), ("closed", "stop")]


@pytest.mark.parametrize("sign", ["half", Thinking()])
async def test_a_request_is_not_sent_again_once_its_model_gave_a_sign(sign: str | Thinking) -> None:
    """A parameter that the server refuses behind the first sign of its model ends the answer: its text must not stand twice."""
    adapted = ModelRejected("unknown parameter", Refused(frozenset({"user"})))
    adapted.adapted = True
    house = House(model=ScriptedModel([[sign, adapted], ["again"]]))
    await house.answered(100)
    assert len(house.model.requests) == 1


async def test_a_request_that_is_refused_otherwise_is_not_repeated() -> None:
    """Any other refusal is said at once."""
    house = House(model=ScriptedModel([[ModelRejected("no such model")]]))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelRejected.public)
    assert reasons(house) == [("closed", "rejected")]


async def test_a_usage_is_no_sign_of_an_answer() -> None:
    """A server that tells its usage at once and then has no room is asked again."""
    spent = Spent(Usage(prompt=9, completion=0))
    house = House(model=ScriptedModel([[spent, ModelBusy("limited", 0.0)], ["there"]]))
    await house.answered(100)
    assert house.display.said(100)[0] == "there"
    assert next(call.end.usage for call in house.calls(100) if call.end) == Usage(prompt=9, completion=0)


async def test_what_a_failed_answer_cost_is_on_its_row() -> None:
    """The usage that a server reports of an answer that an error ends is stored as reported."""
    usage = Usage(prompt=5, completion=9, reasoning=9)
    house = House(model=ScriptedModel([[Spent(usage), ModelSpentThinking("all thoughts")]]))
    await house.answered(100)
    (call,) = house.calls(100)
    assert call.end is not None
    assert (call.end.reason, call.end.usage, call.end.estimated) == ("spent_thinking", usage, False)


@pytest.mark.parametrize("error", [ModelCutOff("…"), ModelUnreachable("…")])
async def test_an_answer_that_broke_off_is_not_begun_again(error: ModelError) -> None:
    """A failure after the first text is not retried: the beginning of the answer is on display already."""
    house = House(model=ScriptedModel([["half", error]]))
    await house.answered(100)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "half")
    assert len(house.model.requests) == 1


async def test_an_answer_whose_text_was_withdrawn_may_be_begun_again() -> None:
    """A failure behind thoughts that were withdrawn is repeated, because no text of the answer has come."""
    house = House(model=ScriptedModel([["Who?\n", Withdrawn(), ModelUnreachable("…")], ["A tower."]]))
    await house.answered(100)
    assert house.answer(100) == (AnswerState.DONE, "A tower.")
    assert len(house.model.requests) == 2


# ------------------------------------------------------------------------------------------ the context


async def test_a_prompt_that_is_too_long_is_asked_with_less_until_it_fits() -> None:
    """Each try after a refusal sends at most half of what was refused; every request is a row, and the anchor moves."""
    house = House(prompt_tokens=2_000)
    for key in range(100, 1_300, 100):
        await house.answered(key, "x" * 100)
    house.model.script = [[ModelContextExceeded("…")], [ModelContextExceeded("…")], ["fits"]]
    await house.answered(1_300, "y" * 50)
    sizes = [call.end.receipt.tokens for call in house.calls(1_300) if call.end and call.end.receipt]
    assert sizes[1] <= sizes[0] // 2
    assert sizes[2] <= sizes[1] // 2
    assert house.answer(1_300) == (AnswerState.DONE, "fits")
    assert reasons(house, 1_300) == [("closed", "overflow"), ("closed", "overflow"), ("closed", "stop")]
    receipt = house.calls(1_300)[-1].end
    assert receipt is not None
    assert receipt.receipt is not None
    assert receipt.receipt.window_from == house.state.conversations[1].window_from


async def test_the_next_question_is_not_refused_first() -> None:
    """Limits learnt from a refusal hold for the next question, and for a later run with the same store."""
    house = House(prompt_tokens=400)
    for key in (100, 200, 300, 400):
        await house.answered(key, "x" * 50)
    house.model.script = [[ModelContextExceeded("…", limit=300, sent=600)], ["fits"], ["fits too"]]
    await house.answered(500, "y" * 50)
    await house.answered(600, "z" * 50)
    assert reasons(house, 600) == [("closed", "stop")]
    later = House(prompt_tokens=400, state=house.state, model=ScriptedModel([["again"]]))
    await later.answered(700, "z" * 50)
    assert reasons(later, 700) == [("closed", "stop")]
    sent = sum(len(message.text) + 4 for message in later.model.requests[-1].prompt) + 3
    assert sent <= 200


async def test_an_answer_is_no_longer_than_the_context_leaves() -> None:
    """Behind a refusal that names the context, the longest answer is what the prompt leaves of it."""
    refusal = ModelContextExceeded("…", limit=150, sent=60)
    house = House(prompt_tokens=1000, model=ScriptedModel([[refusal], ["fits"]]))
    await house.answered(100, "z" * 40)
    first, second = house.model.requests
    assert first.prompt == second.prompt
    assert first.reply_tokens == 100
    assert 16 <= second.reply_tokens < 100


async def test_after_an_overflow_the_stored_question_stays_whole() -> None:
    """The cut belongs to the call: the stored question, and the window of the next one, have all of it."""
    text = "q" * 600
    house = House(model=ScriptedModel([[ModelContextExceeded("…")], ["cut"], ["whole"]]))
    await house.answered(100, text)
    question = house.record(100).question
    assert (question.prompt, question.tokens) == (f"Alice: {text}", 607)
    cut = [call.end.receipt.cut for call in house.calls(100) if call.end and call.end.receipt]
    assert cut[0] == 0
    assert cut[1] > 300
    state = house.state
    state.facts.clear()  # the limits have expired
    later = House(state=state, model=ScriptedModel([["whole"]]))
    await later.answered(200)
    assert later.sent()[1] == ("user", f"Alice: {text}")


async def test_a_context_that_is_exceeded_down_to_the_question_is_said() -> None:
    """When not even the system text with a cut question fits, the asker gets a line without Retry."""
    house = House(prompt_tokens=4_000)
    house.model.script = [[ModelContextExceeded("…")]] * 20
    await house.answered(100, "z" * 2_000)
    assert house.display.said(100) == ("", ModelContextExceeded.public)
    assert house.display.offers(100) == []
    assert 2 <= len(house.model.requests) < 12


async def test_a_question_that_nothing_made_short_enough_does_not_end_the_conversation() -> None:
    """After a question that was refused down to the last, the next one is sent whole, and so is the first of a later run."""
    house = House(prompt_tokens=4_000)
    house.model.script = [[ModelContextExceeded("…")]] * 40
    await house.answered(100, "z" * 2_000)
    assert house.display.said(100) == ("", ModelContextExceeded.public)
    house.model.script = [["there"]]
    await house.answered(200, "y" * 500)
    assert house.answer(200) == (AnswerState.DONE, "there")
    assert house.sent()[-1] == ("user", "Alice: " + "y" * 500)
    later = House(prompt_tokens=4_000, state=house.state, model=ScriptedModel([["there again"]]))
    await later.answered(300, "y" * 500)
    assert later.answer(300) == (AnswerState.DONE, "there again")


async def test_a_server_that_cuts_prompts_silently_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    """A usage far below what was sent is one warning that names the settings, and teaches nothing about the tokens."""
    short = Finish("stop", Usage(prompt=300, completion=2))
    house = House(prompt_tokens=4000, model=ScriptedModel([["one", short], ["two", short]]))
    await house.answered(100, "z" * 2000)
    await house.answered(200, "z" * 100)
    warnings = [record.getMessage() for record in caplog.records if "num_ctx" in record.getMessage()]
    assert len(warnings) == 1
    assert (await house.learnt.of("m")).factor == 1.0


async def test_a_context_that_is_exceeded_in_the_middle_is_not_begun_again() -> None:
    """An overflow after text is a break."""
    house = House()
    house.model.script = [["half", ModelContextExceeded("…")]]
    await house.answered(100)
    assert house.display.said(100) == ("half", ModelCutOff.public)
    assert len(house.model.requests) == 1


@pytest.mark.parametrize(("tokens", "requests"), [(20, 0), (60, 2)])
async def test_a_budget_that_leaves_no_room_is_said_as_what_it_is(tokens: int, requests: int) -> None:
    """A budget without room for a cut question is told as a conversation that is too long; its rows are overflows."""
    house = House(prompt_tokens=tokens)
    house.model.script = [[ModelContextExceeded("…")]] * 9
    await house.answered(100, "x" * 30)
    assert house.display.said(100) == ("", ModelContextExceeded.public)
    assert len(house.model.requests) == requests
    assert set(reasons(house)) == {("closed", "overflow")}


# ---------------------------------------------------------------------------------- what the request holds


async def test_a_request_names_its_call_and_the_root_of_its_conversation() -> None:
    """The request has the call's identity, the model and the answer's limit; a branch shares its parent's cache."""
    house = House()
    await house.answered(100)
    request = house.model.requests[0]
    assert (request.model, request.reply_tokens, request.conversation_id) == ("m", 100, 1)
    call = request.call
    assert (call.conversation_id, call.position, call.sibling, call.step) == (1, 1, 1, 1)
    assert (call.place_id, call.guild_id, call.person_id) == (GENERAL.id, 9, 11)
    thread = Place(101, PlaceKind.THREAD, "topic", 9, GENERAL.id)
    await house.hear(300, place=thread)
    await house.settle()
    branched = house.model.requests[1]
    assert (branched.call.conversation_id, branched.conversation_id) == (2, 1)
    assert branched.prompt[:3] == (*request.prompt, *branched.prompt[2:3])


async def test_a_continuation_is_asked_behind_the_question() -> None:
    """The request to go on, which is not stored, stands behind the newest question and counts in the receipt."""
    house = House(model=ScriptedModel([["one two", Finish("length", None)], [" three"]]))
    await house.answered(100)
    assert house.chat.follow(house.record(100), Verb.CONTINUE, 1)
    await house.settle()
    first, second = house.model.requests
    assert second.prompt[:2] == first.prompt
    ends = [call.end for call in house.calls(100)]
    tokens = [end.receipt.question_tokens for end in ends if end and end.receipt]
    assert tokens[1] == tokens[0] + len("one two") + 4 + len(GO_ON) + 4
