"""The port `Conversations`: where a thread goes on from, whoever wrote the message that it was opened on."""

import pytest

from bot.chat.content import Text
from bot.chat.places import BranchPoint, Place, PlaceKind
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState, TurnedDown
from tests.contracts.stories import GENERAL, asked, begin, begin_after, end, exchange, position_of, texts, window


def thread(place_id: int, parent: int = GENERAL.id) -> Place:
    """A thread of a channel."""
    return Place(place_id, PlaceKind.THREAD, "topic", guild_id=9, parent_id=parent)


async def branched(store: Store, place_id: int, source: int = GENERAL.id, *, message: int = 0, at: int = 0) -> bool:
    """Let a thread go on from a message, its starter unless another is named; a message is written at its id's second."""
    message = message or place_id
    written_at = at or message * 1000
    return await store.conversations.branch(
        thread(place_id), 90, source_id=source, message_id=message, written_at=written_at
    )


async def point_of(store: Store, place_id: int) -> BranchPoint | None:
    """Where the newest conversation of a place goes on from."""
    return (await store.history.conversations(place_id))[-1].parent


async def answered(store: Store, key: int, *, place: Place = GENERAL) -> int:
    """An exchange whose answer Discord shows in one message, whose id is the next one."""
    position = await exchange(store, key, place=place)
    await store.displays.sent(position, 1, key + 1)
    return position


async def test_a_thread_on_anybodys_message_goes_on_from_the_last_turn_before_it(store: Store) -> None:
    """A message between two exchanges branches after the first of them, with its answer."""
    position = await answered(store, 10)
    await answered(store, 30)
    assert await store.conversations.is_new(20)
    assert await branched(store, 20)
    assert await point_of(store, 20) == BranchPoint(1, position, 1)
    assert await window(store, 40, place=thread(20)) == ["Q10", "A10", "Q40"]


async def test_a_message_before_the_answer_branches_without_it(store: Store) -> None:
    """A message that was written after a question and before the first message of its answer branches after the question."""
    position = await exchange(store, 10)
    await store.displays.sent(position, 1, 14)
    assert await branched(store, 12)
    assert await point_of(store, 12) == BranchPoint(1, position, 0)
    assert await branched(store, 15)
    assert await point_of(store, 15) == BranchPoint(1, position, 1)


async def test_the_first_question_may_wait_already(store: Store) -> None:
    """The parent is set although the thread's first question was claimed, and before its first attempt begins."""
    await answered(store, 10)
    position = await position_of(store, asked(40, place=thread(20)))
    assert await store.conversations.is_new(20)
    assert await branched(store, 20)
    begun = await begin(store, position, "Q40")
    assert texts(begun.exchanges) == ["Q10", "A10", "Q40"]
    assert begun.root_id == 1
    assert not await store.conversations.is_new(20)


async def test_an_attempt_without_a_call_settles_nothing(store: Store) -> None:
    """A thread whose first question was stopped before a model was asked still goes on from any message; the next has both."""
    await answered(store, 10)
    position = await position_of(store, asked(40, place=thread(20)))
    new = NewAttempt(position, 1, "default", None, contents=(Text("Q40"),), tokens=1)
    assert await store.attempts.begin(new) is not None
    await end(store, position, state=AnswerState.STOPPED, text="")
    assert await store.conversations.is_new(20)
    assert await branched(store, 20)
    assert await window(store, 41, place=thread(20)) == ["Q10", "A10", "Q40", "Q41"]


async def test_a_place_that_has_begun_keeps_its_beginning(store: Store) -> None:
    """A thread with an attempt, a reset thread, and one that was opened on a message of a turn are settled."""
    await answered(store, 10)
    assert await window(store, 40, place=thread(20)) == ["Q40"]
    assert not await store.conversations.is_new(20)
    assert not await branched(store, 20)
    assert await window(store, 41, place=thread(11)) == ["Q10", "A10", "Q41"]
    assert not await store.conversations.is_new(11)
    await position_of(store, asked(42, place=thread(10)))
    assert not await store.conversations.is_new(10)
    assert not await branched(store, 10)
    assert await branched(store, 21)
    assert not await branched(store, 21)
    assert await store.conversations.reset(thread(21), by=1, at=95) is not None
    assert not await store.conversations.is_new(21)
    assert not await branched(store, 21)
    assert await window(store, 50, place=thread(21)) == ["Q50"]


async def test_the_first_question_of_a_place_is_known(store: Store) -> None:
    """The first question that was ever asked in a place begins it, unless the place was reset since."""
    first = await exchange(store, 10)
    later = await exchange(store, 30)
    elsewhere = await exchange(store, 40, place=thread(20))
    begin_with = store.conversations.begins_with
    assert [await begin_with(GENERAL.id, one) for one in (first, later)] == [True, False]
    assert await begin_with(20, elsewhere)
    assert await begin_with(21, later)
    await store.conversations.reset(thread(20), by=1, at=90)
    assert not await begin_with(20, elsewhere)


async def test_a_reset_before_the_message_leaves_nothing_to_go_on_from(store: Store) -> None:
    """A message after a reset branches off nothing; one before it from the old conversation; and after Undo from it again."""
    await answered(store, 10)
    reset = await store.conversations.reset(GENERAL, by=1, at=20_000)
    assert reset is not None
    assert not await branched(store, 25)
    assert await window(store, 60, place=thread(25)) == ["Q60"]
    assert await branched(store, 15)
    assert await point_of(store, 15) == BranchPoint(1, 1, 1)
    assert await store.conversations.undo(reset.opened.id, place_id=GENERAL.id, at=30_000)
    assert await branched(store, 26)
    assert await window(store, 61, place=thread(26)) == ["Q10", "A10", "Q61"]


async def test_nothing_before_the_message_is_no_branch(store: Store) -> None:
    """Questions after the message, questions that were turned down, and those of other places are not gone on from."""
    await answered(store, 30)
    assert await store.questions.claim(asked(10), turned_down=TurnedDown.UNANSWERABLE) is not None
    await answered(store, 11, place=thread(99))
    assert not await branched(store, 20)
    assert not await branched(store, 20, source=77)
    assert await window(store, 40, place=thread(20)) == ["Q40"]


async def test_a_question_that_was_missed_is_among_the_last_before_a_message(store: Store) -> None:
    """A question that is claimed late has the last position: a thread on a later message goes on from it."""
    await answered(store, 10)
    await answered(store, 30)
    late = await answered(store, 20)
    await answered(store, 50)
    assert await branched(store, 40)
    assert await point_of(store, 40) == BranchPoint(1, late, 1)


async def test_a_turn_after_the_threads_first_question_is_not_gone_on_from(store: Store) -> None:
    """A question of the channel that was missed, and claimed after the thread's, lies behind it: the thread begins empty."""
    await position_of(store, asked(40, place=thread(20)))
    await answered(store, 10)
    assert not await branched(store, 20)


async def test_an_answer_in_writing_is_gone_on_from_with_its_attempt(store: Store) -> None:
    """A message that was written while an answer grew has that attempt whole once it has ended."""
    position = await position_of(store, asked(10))
    assert await branched(store, 13)
    assert await point_of(store, 13) == BranchPoint(1, position, 0)
    await begin(store, position, "Q10")
    await store.displays.sent(position, 1, 11)
    assert await branched(store, 12)
    await end(store, position, text="half", state=AnswerState.INTERRUPTED)
    assert await begin_after(store, position, 1) is not None
    await end(store, position, 2, "whole")
    assert await window(store, 40, place=thread(12)) == ["Q10", "half", "Q40"]
    assert await window(store, 41, place=thread(13)) == ["Q10", "Q41"]


@pytest.mark.parametrize("gone", [True, False])
async def test_a_message_that_was_deleted_is_no_starter(store: Store, *, gone: bool) -> None:
    """A thread on a message of an answer begins empty where that message is gone before anybody asks in it."""
    position = await answered(store, 10)
    assert position
    if gone:
        await store.displays.gone([11])
    assert await window(store, 40, place=thread(11)) == (["Q40"] if gone else ["Q10", "A10", "Q40"])


async def test_branches_of_branches_walk_up_to_the_root(store: Store) -> None:
    """Five branches deep, each window has the turns of every level up to its branch, and one root for the provider's cache."""
    source, last = GENERAL.id, await answered(store, 10)
    expected = ["Q10", "A10"]
    for level in range(1, 6):
        place, key = thread(1000 + level), 20 * level
        assert await branched(store, place.id, source, message=key)
        point = await point_of(store, place.id)
        assert point is not None
        assert point.position == last
        await answered(store, key + 2, place=place)
        last = await position_of(store, asked(key + 4, place=place))
        begun = await begin(store, last, f"Q{key + 4}")
        expected += [f"Q{key + 2}", f"A{key + 2}", f"Q{key + 4}"]
        assert texts(begun.exchanges) == expected
        assert begun.root_id == 1
        await end(store, last, text="end")
        expected.append("end")
        source = place.id


async def test_the_anchors_of_a_branch_are_its_own(store: Store) -> None:
    """A trim of the thread moves nothing in the channel, and one of the channel nothing in the thread."""
    for key in range(10, 60, 10):
        await answered(store, key)
    assert await branched(store, 35)
    assert await window(store, 60, place=thread(35)) == ["Q10", "A10", "Q20", "A20", "Q30", "A30", "Q60"]
    branch = await store.conversations.open_in(35)
    assert branch is not None
    await store.conversations.trim(branch, window_from=2)
    assert await window(store, 61, place=thread(35)) == ["Q20", "A20", "Q30", "A30", "Q60", "Q61"]
    await store.conversations.trim(1, window_from=4)
    assert await window(store, 62, place=thread(35)) == ["Q20", "A20", "Q30", "A30", "Q60", "Q61", "Q62"]
    assert (await window(store, 63))[:2] == ["Q40", "A40"]


async def test_undo_restores_the_branch(store: Store) -> None:
    """Reset in a thread opens an empty conversation, and Undo brings the branch back with what it inherited."""
    await answered(store, 10)
    assert await branched(store, 20)
    reset = await store.conversations.reset(thread(20), by=1, at=95)
    assert reset is not None
    assert reset.opened.parent is None
    assert await store.conversations.undo(reset.opened.id, place_id=20, at=96)
    assert await window(store, 40, place=thread(20)) == ["Q10", "A10", "Q40"]


async def test_a_branch_of_a_thread_in_which_nothing_was_said_goes_on_where_that_does(store: Store) -> None:
    """Before its first turn a thread has those that it inherits, and so has a branch of it; not after a reset."""
    position = await answered(store, 10)
    assert await branched(store, 20)
    assert await branched(store, 30, 20)
    assert await point_of(store, 30) == BranchPoint(1, position, 1)
    await answered(store, 40, place=thread(20))
    assert await branched(store, 35, 20)
    assert await point_of(store, 35) == BranchPoint(1, position, 1)
    assert await store.conversations.reset(thread(20), by=1, at=50_000) is not None
    assert not await branched(store, 60, 20)


async def test_a_branch_goes_on_without_an_answer_that_people_deleted(store: Store) -> None:
    """A thread on an answer ends with its question once a message of the answer is deleted, until another attempt is shown."""
    await answered(store, 10)
    assert await window(store, 40, place=thread(11)) == ["Q10", "A10", "Q40"]
    await store.changes.remove([11], at=20)
    assert await window(store, 41, place=thread(11)) == ["Q10", "Q40", "Q41"]
