"""Edits and deletions in the domain: what they do to answers that wait, grow, end at that moment, or ended long ago."""

import asyncio

from bot.chat.appearance import DisplayOutcome, Verb
from bot.chat.content import Media, MediaKind, Text
from bot.chat.lanes import Job, StopReason
from bot.chat.ports.changes import AskedMessage, Rewording
from bot.chat.ports.intake import Rendered, Sourced
from bot.chat.ports.model import Finish
from bot.chat.texts import DELETED
from bot.chat.turns import AnswerState, Change
from bot.config import AnswerSettings
from tests.chat.house import GENERAL, NOW, House, until
from tests.fakes.changes import MemoryChanges
from tests.fakes.model import EndlessModel, ScriptedModel
from tests.fakes.state import State


async def growing(*script: list[str]) -> tuple[House, EndlessModel]:
    """A house in which an answer grows."""
    model = EndlessModel([["so far"], *script])  # pyright: ignore[reportArgumentType] -- pieces of text
    house = House(model=model)
    await house.hear(100)
    await model.silent.wait()
    model.silent.clear()
    return house, model


async def edited(house: House, key: int, text: str) -> None:
    """Edit a question as Discord tells of it."""
    known = await house.changing.asked(key)
    assert known is not None
    house.intake.at_hand[key] = text
    house.now += 1
    await house.changing.edited(known, text, house.now)


async def test_an_edit_begins_a_growing_answer_again() -> None:
    """The attempt ends without text, another asks what was edited, and only that is shown at the end."""
    house, model = await growing(["new answer"])
    await edited(house, 100, "new words")
    await model.silent.wait()
    assert house.sent()[-1] == ("user", "Alice: new words")
    first, second = house.record(100).answers
    assert (first.state, first.reason, first.text) == (AnswerState.STOPPED, "edit", "")
    assert second.state is AnswerState.WRITING
    assert 100 not in house.display.finished
    await house.lanes.drain(0)


async def test_an_edit_of_a_waiting_question_asks_once() -> None:
    """A question behind another is asked with its new text only."""
    house, model = await growing(["second"])
    await house.hear(200, "old words")
    await edited(house, 200, "new words")
    house.lanes.stop(100, StopReason.PERSON)
    await model.silent.wait()
    assert len(house.model.requests) == 2
    assert house.sent()[-1] == ("user", "Alice: new words")
    await house.lanes.drain(0)


async def test_a_person_stops_a_question_that_was_edited_meanwhile() -> None:
    """Stop after an edit wins: the question ends as stopped, and asks nothing more."""
    house, _ = await growing()
    await edited(house, 100, "new words")
    house.lanes.stop(100, StopReason.PERSON)
    await house.settle()
    assert house.answer(100) == (AnswerState.STOPPED, "")
    assert len(house.model.requests) == 1
    assert house.record(100).question.prompt == "Alice: new words"


async def test_an_edit_after_the_end_changes_the_turn() -> None:
    """The next prompt has the new text; what the last answer offers changes only where it had no Regenerate."""
    house = House()
    house.model.script = [["one"], ["two"]]
    await house.answered(100)
    await edited(house, 100, "new words")
    await house.settle()
    assert len(house.display.history) == 1
    await house.answered(200, "and now?")
    assert house.sent()[1] == ("user", "Alice: new words")
    (call,) = house.calls(200)
    assert call.end is not None
    assert call.end.receipt is not None
    assert (call.end.receipt.broken_from, call.end.receipt.broken_by) == (1, Change.EDIT)


async def test_the_last_answer_offers_regenerate_after_an_edit() -> None:
    """Where only failed answers have buttons, the answer to an edited question gets Regenerate; an older one does not."""
    house = House()
    house.answers.value = AnswerSettings(buttons="failed")
    house.model.script = [["one"], ["two"]]
    await house.answered(100)
    await house.answered(200)
    assert house.display.offers(200) == []
    await edited(house, 200, "new words")
    await edited(house, 100, "older words")
    await house.settle()
    assert house.display.offers(200) == ["regenerate"]
    assert house.display.offers(100) == []


async def test_an_edit_of_quoted_words_reaches_the_next_prompt() -> None:
    """The quote has the new words and their tokens, and the next receipt names the turn and the edit; a lost file goes."""
    house = House()
    cat = Media(MediaKind.FILE, "cat.txt", 30, "\n\nIt is a cat.")
    house.intake.files[100] = Rendered((Sourced(Text("\n> old"), 12, 900), Sourced(cat, 12, 900)))
    await house.answered(100)
    known, (quote, file) = await house.changing.held(900)
    assert known is None
    house.now += 1
    await house.changing.requote(quote, "\n> newer")
    await house.changing.requote(quote, "\n> too late")
    await house.changing.requote(file, None)
    assert house.record(100).question.tokens == len("Alice: hello\n> newer")
    await house.answered(200, "and now?")
    assert house.sent()[1] == ("user", "Alice: hello\n> newer")
    (call,) = house.calls(200)
    assert call.end is not None
    assert call.end.receipt is not None
    assert (call.end.receipt.broken_from, call.end.receipt.broken_by) == (1, Change.DELETE)


async def test_an_edit_does_not_show_an_answer_again_that_people_removed() -> None:
    """Where only failed answers have buttons, an edit offers nothing under what is left of an answer that people deleted."""
    house = House()
    house.answers.value = AnswerSettings(buttons="failed")
    house.model.script = [["one"], ["two"]]
    await house.answered(100)
    await house.store.displays.sent(1, 2, 990)
    seen = len(house.display.history)
    await house.changing.deleted([house.record(100).display.messages.live[0]])
    await edited(house, 100, "new words")
    await house.settle()
    assert len(house.display.history) == seen
    assert house.answer(100) == (AnswerState.DONE, "")
    await house.answered(200, "and now?")
    assert [text for _, text in house.sent()][1:] == ["Alice: new words", "Alice: and now?"]


class Racing(MemoryChanges):
    """Changes in whose steps something else happens first."""

    house: House
    ends = False
    begins = False

    async def reopen(self, asked: AskedMessage, text: str, *, edited_at: int, at: int) -> bool:
        """See the port."""
        if self.ends:
            self.ends = False
            self.house.model.script = []
            self.house.lanes.stop(100, StopReason.PERSON)
            await self.house.settle()
        return await super().reopen(asked, text, edited_at=edited_at, at=at)

    async def reword(self, rewording: Rewording) -> bool:
        """See the port."""
        if self.begins:
            return False
        return await super().reword(rewording)


def racing(model: ScriptedModel | None = None) -> tuple[House, Racing]:
    """A house whose changes meet what happens at that moment."""
    state = State()
    house = House(model=model or ScriptedModel(), state=state)
    house.changing.store = changes = Racing(state)
    changes.house = house
    return house, changes


async def test_an_edit_at_the_very_end_of_an_answer() -> None:
    """The answer ends between the look and the edit: the turn is changed, and nothing is asked again."""
    model = EndlessModel([["so far"]])
    house, changes = racing(model)
    await house.hear(100)
    await model.silent.wait()
    changes.ends = True
    await edited(house, 100, "new words")
    await house.settle()
    assert len(house.model.requests) == 1
    assert house.record(100).question.prompt == "Alice: new words"


async def test_an_edit_that_never_fits_is_given_up() -> None:
    """A question that changes at each look keeps what it is."""
    house, changes = racing()
    await house.answered(100)
    changes.begins = True
    await edited(house, 100, "new words")
    assert house.record(100).question.text == "hello"


async def test_an_edit_whose_job_has_ended_gets_another() -> None:
    """An attempt that ends between the edit's commit and its stop is followed by another one."""
    house = House()
    house.model.script = [["one"], ["two"]]
    await house.answered(100)
    position = house.record(100).question.position
    await house.followed(position)
    known = await house.changing.asked(100)
    assert known is not None
    assert await house.store.changes.reopen(known, "new words", edited_at=NOW, at=NOW)
    await house.ended(position, "late", sibling=2)
    house.intake.at_hand[100] = "new words"
    await house.changing.begin_again(GENERAL.id, 100, StopReason.EDIT)
    await house.settle()
    assert house.sent()[-1] == ("user", "Alice: new words")
    assert house.display.said(100) == ("two", "")
    await house.store.changes.erase(position, (), at=NOW)
    await house.changing.begin_again(GENERAL.id, 100, StopReason.EDIT)
    assert not house.lanes.busy


async def test_an_edit_of_what_is_gone_or_turned_down_is_no_edit() -> None:
    """A question that was erased, one over the limit, and a stranger's message are not known."""
    house = House(user_per_minute=1)
    await house.answered(100)
    await house.hear(200)
    known = await house.changing.asked(100)
    assert known is not None
    await house.changing.deleted([100])
    assert await house.changing.asked(100) is None
    assert await house.changing.asked(200) is None
    await house.changing.edited(known, "new words", NOW)
    assert house.record(100).question.text == ""


async def test_a_message_that_is_gone_when_its_edit_is_read() -> None:
    """A finished question whose message cannot be found any more is erased."""
    house = House()
    await house.answered(100)
    house.intake.deleted.add(100)
    await edited(house, 100, "new words")
    assert house.record(100).question.deleted


async def test_recovery_takes_up_what_changed_before_a_crash() -> None:
    """An attempt in writing whose question waits ends without text, and another one is made; a finished one is followed too."""
    house = House()
    house.model.script = [["again"], ["and again"]]
    first, second = await house.begun(100, 501), await house.begun(200, 601)
    for key in (100, 200):
        known = await house.changing.asked(key)
        assert known is not None
        await house.store.changes.reopen(known, "new words", edited_at=NOW, at=NOW)
        house.intake.at_hand[key] = "new words"
    await house.ended(second, "late")
    await house.restart()
    assert [answer.text for answer in house.record(100).answers] == ["", "again"]
    assert [answer.text for answer in house.record(200).answers] == ["late", "and again"]
    assert first < second


async def test_recovery_does_not_ask_for_an_old_question_that_was_edited() -> None:
    """A question too old to be answered ends without another call."""
    house = House()
    await house.begun(100, 501, at=NOW - 901_000)
    known = await house.changing.asked(100)
    assert known is not None
    await house.store.changes.reopen(known, "new words", edited_at=NOW, at=NOW)
    await house.restart()
    assert house.model.requests == []
    assert house.answer(100) == (AnswerState.FAILED, "")
    assert house.record(100).question.prompt is not None


async def test_recovery_clears_a_deleted_question_and_a_removed_answer() -> None:
    """Messages that a deletion left on Discord, recorded or not, are deleted at the next start."""
    house = House()
    first, second = await house.begun(100, 501), await house.begun(200, 601, 602)
    house.display.unknown[100] = [502]
    await house.store.changes.erase(first, (), at=NOW)
    await house.store.changes.remove([601], at=NOW)
    await house.restart()
    assert await house.store.questions.behind() == [] or house.record(200).display.messages.retired
    assert house.record(100).display.outcome is DisplayOutcome.GONE
    assert house.model.requests == []
    assert second


async def test_regenerate_is_edited_while_it_waits() -> None:
    """A follow-up that waits makes one attempt, with the new text."""
    house = House()
    house.model.script = [["one"], ["two"]]
    await house.answered(100)
    await edited(house, 100, "new words")
    assert house.chat.follow(house.record(100), Verb.REGENERATE, 1)
    await house.settle()
    assert house.sent()[-1] == ("user", "Alice: new words")
    assert [answer.text for answer in house.record(100).answers] == ["one", "two"]


async def test_the_models_finish_reason_may_be_any_word() -> None:
    """A model that ends with one of our words for a stop has its text kept."""
    house = House()
    house.model.script = [["text", Finish("edit", None)]]
    await house.answered(100)
    assert house.answer(100) == (AnswerState.DONE, "text")


async def test_a_stop_for_a_change_that_is_already_answered_repeats_nothing() -> None:
    """A job that is told of an edit whose text is asked already makes no further attempt."""
    house, _ = await growing()
    house.lanes.stop(100, StopReason.EDIT)
    await house.settle()
    assert len(house.record(100).answers) == 1


async def test_a_question_changes_again_before_its_next_attempt_begins() -> None:
    """An edit in the store that the job was not told of keeps the prepared attempt from beginning."""
    house, _ = await growing()
    house.intake.rendering.clear()
    house.intake.gate.clear()
    await edited(house, 100, "new words")
    await house.intake.rendering.wait()
    known = await house.changing.asked(100)
    assert known is not None
    await house.store.changes.reopen(known, "newer words", edited_at=house.now + 1, at=house.now + 1)
    house.intake.gate.set()
    await house.settle()
    assert len(house.record(100).answers) == 1
    assert house.record(100).question.text == "newer words"


async def test_a_person_deletes_the_line_while_an_answer_has_no_call() -> None:
    """An attempt that asked no model has nothing to charge when its question is deleted."""
    house, changes = racing()
    assert changes.house is house
    await house.hear(100, at=NOW - 901_000)
    position = house.record(100).question.position

    async def deleted() -> None:
        await until(lambda: bool(house.record(100).answers))
        await house.store.changes.erase(position, (), at=NOW)

    await asyncio.gather(deleted(), house.settle())
    assert house.record(100).question.deleted


async def test_messages_of_a_burst_go_with_the_question() -> None:
    """A bulk that holds a message of a question twice erases it once."""
    house = House()
    await house.answered(100)
    await house.changing.deleted([100, 100])
    assert house.record(100).question.deleted


async def test_a_message_of_which_nothing_is_held_is_found_empty() -> None:
    """Whatever the history holds of a message counts as found."""
    house = House()
    await house.answered(100)
    assert await house.changing.store.find([100])
    assert not await house.changing.store.find([999])


async def test_words_that_are_deleted_while_a_question_is_rendered_are_not_stored() -> None:
    """Quoted words and files that are gone when the attempt of their question begins are neither stored nor sent."""
    house = House()
    notes = Media(MediaKind.FILE, "notes.txt", 9, "old notes")
    own = Media(MediaKind.FILE, "own.txt", 9, "own notes")
    quoted = (Sourced(Text("\n> a secret"), 22, 9), Sourced(notes, 22, 9), Sourced(Text("\n> tea"), 22, 8), own)
    house.intake.files[100] = Rendered(quoted)
    house.intake.gate.clear()
    await house.hear(100)
    await house.intake.rendering.wait()
    house.intake.deleted.add(9)
    house.intake.gate.set()
    await house.settle()
    ((_, sent),) = [one for one in house.sent() if one[0] == "user"]
    assert [word in sent for word in ("secret", "old notes", DELETED, "tea")] == [False, False, True, True]
    (stored,) = house.state.contents.values()
    assert [one.content.name for one in stored if isinstance(one.content, Media)] == ["own.txt"]
    assert [one.content.text for one in stored if isinstance(one.content, Text)] == [DELETED, "\n> tea"]


async def test_a_question_that_is_edited_while_it_is_dropped_is_answered_in_its_turn() -> None:
    """`/stop` ends a waiting question beside the lane; an edit at that moment has it answered behind what the place answers."""
    house = House()
    await house.claimed(100)
    known = await house.changing.asked(100)
    assert known is not None
    assert await house.store.changes.reopen(known, "new words", edited_at=NOW, at=NOW)
    job = Job(GENERAL.id, 100, lambda _: asyncio.sleep(0))
    job.beside = True
    job.stop(StopReason.PERSON)
    job.stop(StopReason.EDIT)
    await house.answering.answer(house.record(100).question, job)
    assert house.model.requests == []
    assert house.lanes.busy == 1
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
