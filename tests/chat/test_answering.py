"""One attempt at a question, to each of the ends that it can come to."""

import asyncio
import logging
import threading
from dataclasses import replace
from functools import partial

import pytest

from bot.chat import endings
from bot.chat.appearance import Verb
from bot.chat.calls import CallEnd, Receipt, Usage
from bot.chat.ports.model import Finish, Thinking, Withdrawn
from bot.chat.texts import NOT_KEPT, SHOWN_LATER
from bot.chat.turns import AnswerState, Record
from bot.errors import (
    DisplayError,
    DisplayRefused,
    ModelBusy,
    ModelCalledTool,
    ModelCutOff,
    ModelError,
    ModelFiltered,
    ModelKeyRejected,
    ModelOnlyThought,
    ModelSilent,
    StoreError,
)
from tests.chat.house import GENERAL, NOW, House
from tests.fakes.displays import MemoryDisplays
from tests.fakes.full_disk import BrokenAttempts
from tests.fakes.model import ScriptedModel
from tests.fakes.questions import MemoryQuestions
from tests.fakes.state import State
from tests.fakes.store import memory_store


def broken_at(step: str) -> House:
    """A house whose store meets a full disk at a step of an attempt."""
    state = State()
    return House(state=state, store=replace(memory_store(state), attempts=BrokenAttempts(state, step)))


async def test_the_answer_is_shown_while_it_grows() -> None:
    """Each piece of the answer is shown as it comes, and the call keeps what the server reports."""
    house = House()
    usage = Usage(prompt=5, cached=1, written=2, completion=3, reasoning=1)
    house.model.script = [[Thinking(), "one ", "two ", "three", Finish("stop", usage)]]
    await house.answered(100)
    assert house.display.seen[100] == ["one ", "one two ", "one two three"]
    (call,) = house.calls(100)
    assert call.end == CallEnd("stop", "default", "m", Receipt(0, 0, 0, 15, 0, 16), usage)
    display = house.record(100).display
    assert (display.outcome, display.shown_at, display.behind) == ("shown", NOW, False)


async def test_a_usage_that_no_server_reports_is_estimated() -> None:
    """Without usage the call keeps our own count, marked as such."""
    house = House(model=ScriptedModel([["four", Finish("stop", None)]]))
    await house.answered(100)
    (call,) = house.calls(100)
    assert call.end is not None
    assert (call.end.usage, call.end.estimated) == (Usage(prompt=31, completion=4), True)


async def test_an_emoji_cut_in_two_by_the_stream_is_whole_again() -> None:
    """Halves of a surrogate pair that belong together become one character, a lone one is replaced."""
    house = House()
    house.model.script = [["a \ud83d", "\ude00 b \ud83d", " c"]]
    await house.answered(100)
    assert house.display.said(100) == ("a \U0001f600 b \ufffd c", "")


async def test_text_that_was_thoughts_is_no_part_of_the_answer() -> None:
    """Text that the model withdraws leaves the display, and is not stored."""
    house = House()
    house.model.script = [["Who is that? \ud83d", Withdrawn(), "A tower."]]
    await house.answered(100)
    assert house.display.seen[100] == ["Who is that? ", "", "A tower."]
    assert house.answer(100) == (AnswerState.DONE, "A tower.")


NO_TEXT = [ModelSilent("…"), ModelOnlyThought("…"), ModelCalledTool("…")]


@pytest.mark.parametrize("error", [ModelBusy("…", 60), ModelKeyRejected("…"), *NO_TEXT])
async def test_an_error_before_any_text_is_said_in_our_words(error: ModelError) -> None:
    """An attempt without text fails with the error's public line, its reason is stored, and Retry is offered."""
    house = House()
    house.model.script = [[error]]
    await house.answered(100)
    assert house.display.said(100) == ("", error.public)
    assert house.display.offers(100) == ["retry"]
    assert house.answer(100) == (AnswerState.FAILED, "")
    newest = house.record(100).newest
    assert newest is not None
    assert newest.reason == error.reason
    assert [call.end and (call.end.reason, call.end.usage, call.end.estimated) for call in house.calls(100)] == [
        (error.reason, Usage(), False)
    ]


async def test_an_error_after_text_keeps_the_text() -> None:
    """Text that was written before a break stays, on display, in the store and in the next window."""
    house = House()
    house.model.script = [["half an", ModelCutOff("…")]]
    await house.answered(100)
    assert house.display.said(100) == ("half an", ModelCutOff.public)
    assert house.answer(100) == (AnswerState.INTERRUPTED, "half an")
    (call,) = house.calls(100)
    assert call.end is not None
    assert call.end.usage is not None
    assert (call.end.reason, call.end.usage.completion, call.end.estimated) == ("cut_off", 7, True)
    await house.answered(200)
    assert ("assistant", "half an") in house.sent()


@pytest.mark.parametrize(
    ("pieces", "text", "note", "offers"),
    [
        (["long", Finish("length", None)], "long", endings.CUT_BY_LENGTH, ["regenerate", "continue"]),
        (["bad", Finish("content_filter", None)], "bad", endings.FILTERED, ["regenerate"]),
        (["no", Finish("refusal", None)], "no", "", ["regenerate"]),
    ],
)
async def test_odd_ends_are_remarked(pieces: list[str | Finish], text: str, note: str, offers: list[str]) -> None:
    """An answer that its length or a filter ended says so."""
    house = House()
    house.model.script = [[*pieces]]
    await house.answered(100)
    assert house.display.said(100) == (text, note)
    assert house.display.offers(100) == offers
    assert house.answer(100) == (AnswerState.DONE, text)


@pytest.mark.parametrize(
    ("pieces", "note"),
    [
        (["  \n", Finish("stop", None)], ModelSilent.public),
        ([Finish("stop", None)], ModelSilent.public),
        ([Finish("content_filter", None)], endings.FILTERED),
    ],
)
async def test_an_answer_without_text_is_said_to_be_empty(
    pieces: list[str | Finish], note: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An answer of nothing, or of white space, fails visibly, and the log has the finish reason."""
    house = House()
    house.model.script = [[*pieces]]
    with caplog.at_level(logging.WARNING, "bot.chat.writing"):
        await house.answered(100)
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.startswith("question 100: the model's answer holds no text (finish reason '")
    assert house.display.said(100) == ("", note)
    assert house.answer(100) == (AnswerState.FAILED, "")


async def test_an_answer_that_a_filter_breaks_off_says_so() -> None:
    """A filter that ends an answer with an error is named, and no button asks for the same again."""
    house = House(model=ScriptedModel([["one two", ModelFiltered("content_filter")]]))
    await house.answered(100)
    assert house.display.said(100) == ("one two", endings.FILTERED)
    assert house.display.offers(100) == []


@pytest.mark.parametrize("said", [[], ["text"]])
async def test_an_unforeseen_failure_ends_in_a_friendly_line(said: list[str]) -> None:
    """A defect of ours ends the attempt visibly; the place goes on."""
    house = House()
    house.model.script = [[*said, RuntimeError("broken")]]
    await house.answered(100)
    assert house.display.said(100) == ("".join(said), ModelError.public)
    await house.answered(200)
    assert house.answer(200)[0] is AnswerState.DONE


async def test_a_question_that_cannot_be_rendered_is_closed() -> None:
    """A question that cannot be begun gets one line, and the next start leaves it alone."""
    house = House()
    house.intake.broken.add(100)
    await house.answered(100)
    assert house.display.notices == [(100, ModelError.public)]
    assert list(await house.store.questions.behind()) == []


async def test_an_attempt_that_cannot_be_stored_is_not_made() -> None:
    """With a full disk nothing is asked; the question is closed with one line."""
    house = broken_at("begin")
    await house.answered(100)
    assert house.display.notices == [(100, ModelError.public)]
    assert house.model.requests == []


async def test_an_answer_that_cannot_be_stored_is_still_shown() -> None:
    """The text that was paid for is shown, with a word that it will not be remembered."""
    house = broken_at("end")
    await house.answered(100)
    assert house.display.said(100) == ("answer 1", NOT_KEPT)


async def test_an_answer_that_cannot_be_stored_says_first_why_it_broke() -> None:
    """An answer that broke off and cannot be stored tells why it broke off, and not that it was not stored."""
    house = broken_at("end")
    house.model.script = [["half", ModelCutOff("…")]]
    await house.answered(100)
    assert house.display.said(100) == ("half", ModelCutOff.public)


async def test_a_display_that_refuses_loses_nothing_and_is_not_tried_again() -> None:
    """An answer that Discord refuses is stored, and recorded as refused, so that the next start leaves it alone."""
    house = House()
    house.display.error = DisplayRefused("the channel is gone")
    await house.answered(100)
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert house.record(100).display.outcome == "refused"
    assert list(await house.store.questions.behind()) == []


async def test_an_answer_that_ends_while_discord_is_down_is_shown_when_it_is_back() -> None:
    """The place waits until its answer is shown, so that answers stay in order."""
    house = House(discord_pauses=(0.0, 0.0, 0.0))
    house.display.down = 3
    await house.hear(100)
    await house.hear(200)
    await house.settle()
    assert [(key, seen.text) for key, seen in house.display.history] == [(100, "answer 1"), (200, "answer 2")]
    assert house.record(100).display.outcome == "shown"


async def test_what_is_said_at_the_moment_is_said_when_discord_is_back() -> None:
    """The line with the server's own waiting time outlives an outage of Discord."""
    busy = ModelBusy("later", 540)
    house = House(model=ScriptedModel([[busy]]), discord_pauses=(0.0,))
    house.display.down = 1
    await house.answered(100)
    assert house.display.said(100) == ("", busy.public)


async def test_an_answer_whose_place_is_gone_when_discord_is_back_is_stored() -> None:
    """A place that was deleted during the outage is not waited for."""
    house = House(discord_pauses=(0.0, 60.0))
    house.display.down = 1
    house.display.error = DisplayRefused("gone")
    await house.answered(100)
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert house.record(100).display.outcome == "refused"


async def test_a_discord_that_stays_down_is_left_to_the_next_start() -> None:
    """After the last pause the place goes on, and the question stays behind."""
    house = House(discord_pauses=(0.0, 0.0))
    house.display.error = DisplayError("down")
    await house.answered(100)
    assert [left.key for left in await house.store.questions.behind()] == [100]


async def test_a_delay_of_discord_is_told_once_in_private() -> None:
    """The asker is told once that Discord does not take the answer, when the first try beside the lane has failed too."""
    house = House(discord_pauses=(0.0, 0.0, 0.0))
    house.display.down = 3
    await house.answered(100)
    assert house.display.told == [(100, SHOWN_LATER.format(place=GENERAL.id))]
    assert house.display.said(100) == ("answer 1", "")


async def test_an_attempt_in_writing_is_shown_by_whoever_writes_it() -> None:
    """A late try leaves a question alone of which another attempt is in writing, and one that nobody knows."""
    house = House(discord_pauses=(0.0,))
    await house.begun(100)
    for key in (100, 200):
        house.showing.late.add(GENERAL.id, key)
    await house.settle()
    assert house.display.history == []


async def test_a_large_answer_is_counted_in_a_thread() -> None:
    """Counting a long answer holds up no other place."""
    house = House()
    house.model.script = [["x" * 20_000]]
    await house.hear(100)
    await asyncio.wait_for(house.lanes.drain(60), 60)
    newest = house.record(100).newest
    assert newest is not None
    assert newest.tokens == 20_000


async def test_a_long_question_is_counted_in_a_thread() -> None:
    """A text of many thousand characters, as a paste has them, is counted beside the loop."""
    threads: set[threading.Thread] = set()

    def count(text: str) -> int:
        threads.add(threading.current_thread())
        return len(text)

    house = House(count=count, prompt_tokens=60_000)
    await house.hear(100, "x" * 20_000)
    await asyncio.wait_for(house.lanes.drain(60), 60)
    assert house.record(100).question.tokens == 20_000 + len("Alice: ")
    assert threading.main_thread() in threads
    assert len(threads) == 2


async def test_a_mention_that_comes_late_is_closed_with_one_line() -> None:
    """A question that is too old is an attempt without a call, with one line and Retry."""
    house = House()
    await house.hear(100, at=NOW - 901_000)
    await house.settle()
    assert house.display.said(100) == ("", endings.AWAY)
    assert house.display.offers(100) == ["retry"]
    assert house.model.requests == []
    assert house.calls(100) == []


class FailingDisplays(MemoryDisplays):
    """Displays that cannot be recorded, for the first `failures` times."""

    failures = 0

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreError("disk full")

    async def sent(self, position: int, number: int, message_id: int) -> None:
        """See the port."""
        self._fail()
        await super().sent(position, number, message_id)


async def test_a_message_that_could_not_be_recorded_is_recorded_at_the_end() -> None:
    """The ids of an answer's messages are in the store once it is shown, although the first try failed."""
    state = State()
    displays = FailingDisplays(state)
    displays.failures = 1
    house = House(state=state, store=replace(memory_store(state), displays=displays))
    await house.answered(100)
    assert house.record(100).display.messages.live == (101,)


class ForgetfulQuestions(MemoryQuestions):
    """Questions whose records cannot be read, for the first `failures` times."""

    failures = 1_000

    async def record(self, key: int, *, deleted: bool = False) -> Record | None:
        """See the port."""
        if self.failures:
            self.failures -= 1
            raise StoreError("disk gone")
        return await super().record(key, deleted=deleted)


async def retried(questions: ForgetfulQuestions, state: State, *, discord_pauses: tuple[float, ...] = ()) -> House:
    """A house in which the failed answer to a question was retried, while its records could not be read."""
    house = House(state=state, model=ScriptedModel([[ModelKeyRejected("no")]]))
    await house.answered(100)
    forgetful = House(
        state=state,
        store=replace(house.store, questions=questions),
        display=house.display,
        discord_pauses=discord_pauses,
    )
    assert forgetful.chat.follow(house.record(100), Verb.RETRY, 1)
    await forgetful.settle()
    return forgetful


async def test_a_record_that_cannot_be_read_leaves_the_answer_stored() -> None:
    """A record that cannot be read after the end is left to the next start; the place goes on."""
    state = State()
    house = await retried(ForgetfulQuestions(state), state)
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert state.displays[1].behind


async def test_a_record_that_cannot_be_read_at_once_is_read_later() -> None:
    """The last edit of a retry is made although the record could not be read the first time."""
    state = State()
    questions = ForgetfulQuestions(state)
    questions.failures = 2
    house = await retried(questions, state, discord_pauses=(0.0, 0.0, 0.0))
    assert house.display.said(100) == ("answer 1", "")
    assert not state.displays[1].behind


async def test_a_question_is_answered_once_however_often_it_is_queued() -> None:
    """A second first attempt at a question is not made, and asks nothing."""
    house = House()
    await house.answered(100)
    question = house.record(100).question
    house.lanes.submit(question.place.id, 100, partial(house.answering.answer, question))
    await house.settle()
    assert len(house.model.requests) == 1
    assert len(house.record(100).answers) == 1
