"""A start takes up what an earlier run left behind."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.chat import endings
from bot.chat.appearance import DisplayOutcome, Shown
from bot.chat.calls import CallState
from bot.chat.content import Media, MediaKind, Text
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.display import Target
from bot.chat.ports.intake import Rendered
from bot.chat.texts import NOT_SEEN, PART_READ
from bot.chat.turns import AnswerState, Record
from bot.errors import DisplayError, DisplayRefused, ModelCutOff, ModelError, StoreError
from tests.chat.house import NOW, House
from tests.e2e.pictures import with_picture
from tests.fakes.display import MemoryDisplay
from tests.fakes.model import EndlessModel, ScriptedModel
from tests.fakes.questions import MemoryQuestions
from tests.fakes.state import State
from tests.fakes.store import memory_store

OLD = NOW - 901_000


async def behind(house: House) -> list[int]:
    """The questions whose answers on Discord are not up to date."""
    return [left.key for left in await house.store.questions.behind()]


async def test_a_half_written_answer_is_ended_after_a_crash() -> None:
    """The text that Discord shows of an attempt in writing is stored as interrupted; its call is lost, and nothing is asked."""
    house = House()
    await house.begun(100, 101)
    await house.restart()
    assert house.answer(100) == (AnswerState.INTERRUPTED, "message 101")
    assert house.display.said(100) == ("message 101", endings.SWITCHED_OFF)
    assert house.display.offers(100) == ["retry"]
    assert house.model.requests == []
    assert [call.state for call in house.calls(100)] == [CallState.LOST]


async def test_an_answer_that_had_not_begun_to_show_is_made_again() -> None:
    """A young attempt that nobody saw is made again as the same attempt, with a call of its own."""
    house = House()
    await house.begun(100)
    await house.restart()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")
    assert house.sent()[-1] == ("user", "Alice: hello")
    assert len(house.record(100).answers) == 1
    assert [call.state for call in house.calls(100)] == [CallState.LOST, CallState.CLOSED]


async def test_an_old_answer_that_had_not_begun_to_show_has_failed() -> None:
    """An attempt that nobody saw and nobody waits for ends with a line and Retry."""
    house = House()
    await house.begun(100, at=OLD)
    await house.restart()
    assert house.display.said(100) == ("", endings.SWITCHED_OFF_EARLY)
    assert house.display.offers(100) == ["retry"]
    assert house.answer(100) == (AnswerState.FAILED, "")


async def test_a_message_whose_id_was_never_stored_is_found() -> None:
    """A message that exists without having been recorded is adopted, and its text kept."""
    house = House()
    await house.begun(100)
    house.display.unknown[100] = [101]
    await house.restart()
    assert house.answer(100) == (AnswerState.INTERRUPTED, "message 101")
    assert house.record(100).display.messages.live == (101,)
    assert house.model.requests == []


async def test_the_messages_of_an_answer_are_looked_for_by_its_text() -> None:
    """The stored text of an answer helps to find a message whose id was never stored."""
    house = House()
    await house.ended(await house.begun(100, 101), "whole")
    house.display.unknown[100] = [103]
    await house.restart()
    assert house.display.searched == ["whole"]
    assert house.record(100).display.messages.live == (101, 103)


async def test_what_is_said_about_files_survives_a_crash() -> None:
    """An answer that a crash broke off is shown with what was said about its question's files, also by its call."""
    model = EndlessModel([["half"]])
    model.blind = True
    house = House(model=model, prompt_tokens=8_000)
    house.intake.files[100] = replace(with_picture(), remarks=("Read 12 of 40 pages of a.pdf.",))
    await house.hear(100)
    await model.silent.wait()
    await house.store.displays.sent(house.record(100).question.position, 1, 101)
    after = House(state=house.state)
    await after.restart()
    assert after.answer(100) == (AnswerState.INTERRUPTED, "message 101")
    assert after.display.finished[100].remarks == ("Read 12 of 40 pages of a.pdf.", NOT_SEEN.format(names="cat.png"))
    await house.lanes.drain(0)


async def test_another_attempt_that_a_crash_broke_is_made_again() -> None:
    """The messages of a later attempt may still show the one before, so they are not taken for its text."""
    house = House()
    position = await house.begun(100, 101)
    await house.ended(position, "half", AnswerState.INTERRUPTED, "cut_off")
    await house.followed(position)
    await house.restart()
    assert [answer.text for answer in house.record(100).answers] == ["half", "answer 1"]
    assert house.display.said(100) == ("answer 1", "")


async def test_an_old_later_attempt_returns_to_the_one_before() -> None:
    """A later attempt that is too old to be made again fails, and the attempt before is shown."""
    house = House()
    position = await house.begun(100, 101, at=OLD)
    await house.ended(position, "half", AnswerState.INTERRUPTED, "cut_off")
    await house.followed(position)
    await house.restart()
    assert house.answer(100) == (AnswerState.FAILED, "")
    assert house.display.said(100) == ("half", endings.SWITCHED_OFF_EARLY)
    assert await behind(house) == []


@pytest.mark.parametrize(
    ("state", "text", "reason", "shown"),
    [
        (AnswerState.DONE, "whole", "stop", ("whole", "")),
        (AnswerState.INTERRUPTED, "half", "cut_off", ("half", ModelCutOff.public)),
        (AnswerState.FAILED, "", "", ("", ModelError.public)),
        (AnswerState.STOPPED, "half", "person", ("half", endings.STOPPED)),
    ],
)
async def test_an_answer_that_ended_but_was_not_shown_gets_its_last_edit(
    state: AnswerState, text: str, reason: str, shown: tuple[str, str]
) -> None:
    """An attempt that was stored before the crash is shown as it ended."""
    house = House()
    await house.ended(await house.begun(100), text, state, reason)
    await house.restart()
    assert house.display.said(100) == shown
    assert house.record(100).display.shown_at == NOW
    assert await behind(house) == []
    await house.restart()
    assert len(house.display.history) == 1


async def test_a_young_question_that_was_never_begun_is_answered() -> None:
    """A question that was claimed before the crash is answered, rendered anew."""
    house = House()
    await house.claimed(100)
    await house.restart()
    assert house.display.said(100) == ("answer 1", "")
    assert house.sent()[-1] == ("user", "Alice: again")


async def test_an_old_question_is_closed_with_one_line() -> None:
    """A question that is too old gets one line, once."""
    house = House()
    await house.claimed(100, at=OLD)
    for _ in range(2):
        await house.restart()
    assert [(key, seen.note) for key, seen in house.display.history] == [(100, endings.AWAY)]
    assert house.model.requests == []


async def test_a_question_from_the_future_is_new() -> None:
    """A question that Discord's clock dates ahead of ours is answered."""
    house = House()
    await house.claimed(100, at=NOW + 3_600_000)
    await house.restart()
    assert house.answer(100)[0] is AnswerState.DONE


async def test_an_old_failure_is_not_brought_up_again() -> None:
    """A failure of long ago that was never shown is recorded as shown without a word."""
    house = House()
    await house.ended(await house.begun(100, at=OLD), "", AnswerState.FAILED, "busy")
    await house.restart()
    assert house.display.history == []
    assert await behind(house) == []


@pytest.mark.parametrize("messages", [(), (101,)])
async def test_what_discord_refuses_for_good_is_tried_once(messages: tuple[int, ...]) -> None:
    """An attempt that Discord refuses to show is recorded as refused, the same as in a first run."""
    house = House()
    house.display.error = DisplayRefused("no")
    await house.begun(100, *messages)
    await house.restart()
    assert house.record(100).display.outcome is DisplayOutcome.REFUSED
    assert house.answer(100)[0] is (AnswerState.FAILED if messages else AnswerState.DONE)
    assert await behind(house) == []


async def test_recovery_goes_on_where_discord_is_down() -> None:
    """An answer that cannot be shown stays for the next start; nothing is asked for it."""
    house = House()
    house.display.error = DisplayError("down")
    await house.begun(100, 101)
    await house.claimed(200, at=0)
    await house.restart()
    assert house.model.requests == []
    assert 100 in await behind(house)


async def test_an_answer_that_was_going_on_goes_on_again() -> None:
    """An attempt that began with the text before is continued from that text."""
    house = House()
    position = await house.begun(100)
    await house.ended(position, "one two", reason="length")
    await house.followed(position, continues=True)
    await house.restart()
    assert house.answer(100) == (AnswerState.DONE, "one twoanswer 1")


async def test_an_old_answer_that_was_going_on_keeps_what_it_had() -> None:
    """Too old to go on, it is as good as it was, and may be continued."""
    house = House()
    position = await house.begun(100, at=OLD)
    await house.ended(position, "one two", reason="length")
    await house.followed(position, continues=True)
    await house.restart()
    assert house.answer(100) == (AnswerState.DONE, "one two")
    assert house.display.offers(100) == ["regenerate", "continue"]


async def test_an_answer_cut_by_its_length_still_offers_to_go_on_after_a_crash() -> None:
    """The note and the button of an answer's end are the same after a crash."""
    house = House()
    await house.ended(await house.begun(100), "one two", reason="length")
    await house.restart()
    assert house.display.said(100) == ("one two", endings.CUT_BY_LENGTH)
    assert house.display.offers(100) == ["regenerate", "continue"]


@pytest.mark.parametrize("down", [1, 2, 3])
async def test_recovery_waits_for_a_discord_that_is_down(down: int) -> None:
    """A start in the middle of an outage goes on when it is over, in order."""
    house = House(discord_pauses=(0.0, 0.0, 0.0))
    house.display.down = down
    await house.begun(100, 101)
    await house.claimed(200)
    await house.restart()
    assert house.answer(100) == (AnswerState.INTERRUPTED, "message 101")
    assert list(house.display.finished) == [100, 200]
    assert await behind(house) == []


async def test_what_was_shown_meanwhile_is_left_alone() -> None:
    """A question that is not behind any more when its turn comes needs nothing."""
    house = House(discord_pauses=(0.0, 60.0))
    house.display.down = 1
    position = await house.begun(100)
    await house.ended(position, "whole")
    await house.recovery.start()
    await house.store.displays.shown(position, 1, DisplayOutcome.SHOWN, at=3)
    await house.settle()
    assert house.display.finished == {}


@pytest.mark.parametrize(("gone", "state"), [(False, AnswerState.DONE), (True, AnswerState.FAILED)])
async def test_a_remark_is_no_answer(state: AnswerState, *, gone: bool) -> None:
    """A message that shows only a remark of ours counts as none; one that was deleted means that nobody wants the answer."""
    house = House()
    await house.begun(100, 101)
    house.display.remarked.add(101)
    if gone:
        house.display.gone.add(101)
    await house.restart()
    assert house.answer(100)[0] is state


async def test_a_remark_is_replaced_by_the_failure_although_discord_was_down() -> None:
    """A remark of ours that Discord still shows is replaced by the line about the failure, also when the first edit failed."""
    house = House(discord_pauses=(0.0, 0.0))
    await house.begun(100, 101, at=OLD)
    house.display.remarked.add(101)
    house.display.down = 1
    await house.restart()
    assert house.display.said(100) == ("", endings.SWITCHED_OFF_EARLY)
    assert house.display.offers(100) == ["retry"]
    assert await behind(house) == []


class FailingQuestions(MemoryQuestions):
    """Questions whose first record cannot be read."""

    failed = False

    async def record(self, key: int, *, deleted: bool = False) -> Record | None:
        """See the port."""
        if not self.failed:
            self.failed = True
            raise StoreError("locked")
        return await super().record(key, deleted=deleted)


async def test_a_store_that_fails_once_gives_no_question_up() -> None:
    """A question whose record cannot be read at the start is taken up a little later."""
    state = State()
    house = House(
        state=state, store=replace(memory_store(state), questions=FailingQuestions(state)), discord_pauses=(0.0,)
    )
    await house.claimed(100)
    await house.restart()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")


async def test_a_message_of_the_last_minute_is_left_to_its_nonce() -> None:
    """An attempt that began a moment ago is made again without a search: a message of it comes back by its nonce."""
    house = House()
    position = await house.claimed(100)
    beginning = NewAttempt(position, NOW - 1000, "default", 1100, contents=(Text("Alice: hello"),), tokens=12)
    assert await house.store.attempts.begin(beginning) is not None
    house.display.unknown[100] = [101]
    await house.restart()
    assert house.answer(100) == (AnswerState.DONE, "answer 1")


class Unreadable(MemoryDisplay):
    """A display that cannot read the answer to one question back."""

    async def read(self, target: Target, message_ids: Sequence[int]) -> Shown | None:
        """See the port."""
        if target.key == 100:
            raise DisplayError("down")
        return await super().read(target, message_ids)


async def test_a_question_that_cannot_be_taken_up_holds_up_its_place_for_a_while_only() -> None:
    """Those behind it are taken up after three failures, and it stays for the next start after the last pause."""
    house = House(display=Unreadable(), discord_pauses=(0.0,) * 5)
    await house.begun(100, 101)
    await house.claimed(200)
    await house.restart()
    assert house.answer(200) == (AnswerState.DONE, "answer 1")
    assert await behind(house) == [100]


async def test_remarks_about_files_are_shown_after_a_crash() -> None:
    """A file that was left out of a question is named under its answer, also after a crash and after a Retry."""
    house = House(model=ScriptedModel([["done"], ["again"]]))
    notes = Rendered((Media(MediaKind.FILE, "notes.txt", 0, "x" * 3000),), remarks=("song.flac was left out.",))
    remarks = ("song.flac was left out.", PART_READ.format(name="notes.txt"))
    house.intake.files[100] = notes
    await house.answered(100)
    assert house.display.finished[100].remarks == remarks
    await house.followed(house.record(100).question.position)
    await house.restart()
    assert house.answer(100) == (AnswerState.DONE, "again")
    assert house.display.finished[100].remarks == remarks
