"""Deletions of questions, of messages of answers, and of the words of others."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.chat.appearance import DisplayOutcome
from bot.chat.calls import CallState
from bot.chat.content import StoredContent, Text
from bot.chat.lanes import StopReason
from bot.chat.ports.changes import HeldWords
from bot.chat.ports.intake import Rendered, Sourced
from bot.chat.texts import DELETED
from bot.chat.turns import AnswerState
from bot.errors import DisplayError
from tests.chat.house import GENERAL, House, until
from tests.chat.test_changing import edited, growing
from tests.fakes.changes import MemoryChanges
from tests.fakes.model import EndlessModel, ScriptedModel
from tests.fakes.state import State


async def test_deleting_a_question_erases_it_and_clears_discord() -> None:
    """The stream ends, the call has its figures, the message of the answer is cleared, and the next question is answered."""
    house, model = await growing(["next"])
    await house.hear(200)
    position = house.record(100).question.position
    await house.store.displays.sent(position, 1, 501)
    await house.changing.deleted([100, 999])
    await model.silent.wait()
    record = house.record(100)
    (answer,) = record.answers
    assert (answer.state, answer.reason, answer.text) == (AnswerState.STOPPED, "deletion", "")
    (call,) = house.calls(100)
    assert call.state is CallState.CLOSED
    assert call.end is not None
    assert (call.end.model, call.end.usage is not None) == ("m", True)
    assert record.display.outcome is DisplayOutcome.GONE
    assert not record.display.shown < record.display.wanted
    assert house.sent()[-1] == ("user", "Alice: hello")
    assert len(house.sent()) == 2
    await house.lanes.drain(0)


async def test_a_waiting_question_that_is_deleted_asks_nothing() -> None:
    """A question behind another that is deleted is never rendered; its line is cleared at once."""
    house, _ = await growing()
    await house.hear(200)
    await house.store.displays.sent(house.record(200).question.position, 1, 601)
    await house.changing.deleted([200])
    for _ in range(50):
        await asyncio.sleep(0)
    assert house.record(200).display.outcome is DisplayOutcome.GONE
    house.lanes.stop(100, StopReason.PERSON)
    await house.settle()
    assert house.record(200).answers == ()
    assert len(house.model.requests) == 1


async def test_deleting_a_question_while_its_files_are_fetched() -> None:
    """Rendering ends, no attempt begins, and no model is asked."""
    house = House()
    house.intake.gate.clear()
    await house.hear(100)
    await house.intake.rendering.wait()
    await house.changing.deleted([100])
    await house.settle()
    assert house.record(100).answers == ()
    assert house.model.requests == []


async def test_a_question_whose_message_is_gone_is_erased() -> None:
    """A message that Discord has no more when it is rendered counts as deleted; so does an edited one's."""
    house = House()
    house.intake.deleted.add(100)
    await house.hear(100)
    await house.settle()
    assert house.record(100).question.deleted
    assert house.display.notices == []
    house, _ = await growing()
    house.intake.deleted.add(100)
    await edited(house, 100, "new words")
    await house.settle()
    assert house.record(100).question.deleted


async def test_deleting_the_message_of_a_growing_answer_stops_it() -> None:
    """The answer is gone, its call closed, and the next prompt holds the question alone."""
    house, model = await growing(["next"])
    await house.store.displays.sent(house.record(100).question.position, 1, 501)
    await house.store.displays.sent(house.record(100).question.position, 2, 502)
    await house.changing.deleted([501])
    for _ in range(200):
        await asyncio.sleep(0)
    model.silent.clear()
    record = house.record(100)
    assert (record.answers[0].state, record.answers[0].reason) == (AnswerState.STOPPED, "person")
    assert (record.display.outcome, record.display.shown) == (DisplayOutcome.GONE, record.display.wanted)
    await house.hear(200)
    await model.silent.wait()
    assert [text for _, text in house.sent()[1:]] == ["Alice: hello", "Alice: hello"]
    await house.lanes.drain(0)


@pytest.mark.parametrize("fails", [False, True])
async def test_the_buttons_of_a_deleted_question_go(fails: bool) -> None:
    """One edit takes the buttons from the finished answer; one without buttons is not edited, and a failure changes nothing."""
    house = House()
    house.model.script = [["one"], ["two"]]
    for key in (100, 200):
        await house.answered(key)
    assert house.display.stripped == [100]
    house.display.error = DisplayError("down") if fails else None
    await house.changing.deleted([100, 200])
    await house.settle()
    assert house.display.stripped == ([100] if fails else [100, 200])
    assert house.display.offers(200) == (["regenerate"] if fails else [])


async def test_words_of_others_are_erased() -> None:
    """A quote is replaced by a placeholder, and fewer tokens count."""
    house = House()
    await house.answered(100)
    position = house.record(100).question.position
    house.state.contents[position] = (StoredContent(0, 0, 1, Text("x" * 50), 12, 900),)
    tokens = house.record(100).question.tokens
    await house.changing.deleted([900])
    assert house.record(100).question.tokens == max(0, tokens - 50 + len("\n[This message was deleted.]"))


async def test_a_deleted_place_stops_its_answers() -> None:
    """All answers of a place that is gone are stopped."""
    house, _ = await growing()
    await house.hear(200)
    house.changing.place_deleted(GENERAL.id)
    await house.settle()
    assert [house.answer(key)[0] for key in (100, 200)] == [AnswerState.STOPPED] * 2


async def test_discord_fails_while_an_answer_is_left() -> None:
    """An edit is carried out although Discord does not answer at that moment; what it shows unrecorded is found at the end."""
    house, model = await growing(["new answer"])
    house.display.error = DisplayError("down")
    await edited(house, 100, "new words")
    await model.silent.wait()
    house.display.error = None
    assert house.sent()[-1] == ("user", "Alice: new words")
    house.display.unknown[100] = [901]
    house.lanes.stop(100, StopReason.PERSON)
    await house.settle()
    assert house.display.said(100)[0] == "new answer"
    assert house.record(100).display.messages.live[0] == 901


@pytest.mark.parametrize("finished", [True, False])
async def test_deletions_in_a_burst(finished: bool) -> None:
    """After the deletion of one of two messages the other is asked; then it is deleted too, and the question is erased."""
    model = EndlessModel([["one"], ["two"], ["three"]]) if not finished else ScriptedModel([["one"]])
    house = House(model=model, burst_seconds=30)
    house.intake.gate.clear()
    await house.hear(100, "first")
    await house.hear(101, "second")
    house.intake.gate.set()
    if isinstance(model, EndlessModel):
        await model.silent.wait()
        model.silent.clear()
    else:
        await house.settle()
    assert house.sent()[-1][1].endswith("second")
    await house.changing.deleted([101])
    if isinstance(model, EndlessModel):
        await model.silent.wait()
        assert "second" not in house.sent()[-1][1]
    assert house.record(100).question.joined == ()
    await house.changing.deleted([100])
    await house.settle()
    assert house.record(100).question.deleted


async def test_both_messages_of_a_burst_are_deleted_at_once() -> None:
    """A purge of both messages erases the question."""
    house = House(burst_seconds=30)
    house.intake.gate.clear()
    await house.hear(100, "first")
    await house.hear(101, "second")
    house.intake.gate.set()
    await house.settle()
    await house.changing.deleted([100, 101])
    assert house.record(100).question.deleted


class Joining(MemoryChanges):
    """Changes in which another message joins a question right before that is erased."""

    house: House
    joins = True

    async def erase(self, position: int, message_ids: Sequence[int], *, at: int) -> bool:
        """See the port."""
        if self.joins:
            self.joins = False
            self.house.intake.deleted.clear()
            await self.house.hear(101, "second")
        return await super().erase(position, message_ids, at=at)


@pytest.mark.parametrize("found", [True, False])
async def test_a_message_joins_at_the_moment_of_a_deletion(found: bool) -> None:
    """The message that joined is asked, whether Discord tells of the deletion or it is found as the question is rendered."""
    state = State()
    house = House(state=state, burst_seconds=30)
    changes = Joining(state)
    changes.house = house
    house.intake.gate.clear()
    await house.hear(100, "first")
    if found:
        house.intake.deleted.add(100)
        house.answering._changes = changes  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- a store with a race
    else:
        house.changing.store = changes
        await house.changing.deleted([100])
    house.intake.gate.set()
    await house.settle()
    record = house.record(100)
    assert not record.question.deleted
    assert 101 in state.joined[record.question.position]
    assert house.answer(100)[0] is AnswerState.DONE


async def test_the_line_of_a_deleted_question_goes() -> None:
    """A question that waits behind another is deleted after its line was sent: the line is deleted, when its turn comes."""
    model = EndlessModel([["one"]])
    house = House(model=model, line_seconds=0)
    for key in (100, 200):
        await house.hear(key)
    await until(lambda: len(house.display.lines) == 1)
    await house.changing.deleted([200])
    await model.silent.wait()
    house.lanes.stop(100, StopReason.PERSON)
    await house.settle()
    assert house.record(200).display.messages.live == ()


class Editing(MemoryChanges):
    """Changes in which an edit is carried out right before quoted words are erased."""

    edits = True

    async def forget(self, words: HeldWords, placeholder: str, *, tokens: int, at: int) -> None:
        """See the port."""
        if self.edits:
            self.edits = False
            assert await self.requote(words, "\n> a new secret", tokens=0, at=at)
        await super().forget(words, placeholder, tokens=tokens, at=at)


async def test_quoted_words_are_edited_at_the_moment_of_their_deletion() -> None:
    """The words of a deleted message are erased, whichever they are."""
    state = State()
    house = House(state=state)
    house.intake.files[100] = Rendered((Sourced(Text("\n> a secret"), 22, 9),))
    await house.answered(100)
    house.changing.store = Editing(state)
    await house.changing.deleted([9])
    ((quote,),) = state.contents.values()
    assert quote.content == Text(DELETED)


class Twice(MemoryChanges):
    """Changes in which somebody else erases a question right before."""

    async def erase(self, position: int, message_ids: Sequence[int], *, at: int) -> bool:
        """See the port."""
        await super().erase(position, message_ids, at=at)
        return await super().erase(position, message_ids, at=at)


async def test_a_deletion_that_was_followed_before_changes_nothing() -> None:
    """A question that is erased between the look and the deletion is left alone."""
    state = State()
    house = House(state=state)
    await house.answered(100)
    house.changing.store = Twice(state)
    await house.changing.deleted([100])
    assert house.record(100).question.deleted
