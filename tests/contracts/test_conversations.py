"""The port `Conversations`: resets, undo and threads."""

import pytest

from bot.chat.places import BranchPoint, Place, PlaceKind
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState
from tests.contracts.stories import GENERAL, asked, begin, begin_after, end, exchange, position_of, texts, window


def thread(message_id: int, parent: int = GENERAL.id) -> Place:
    """A thread that grew from a message."""
    return Place(message_id, PlaceKind.THREAD, "topic", guild_id=9, parent_id=parent)


async def test_a_reset_begins_anew_and_keeps_the_old(store: Store) -> None:
    """A reset closes the open conversation, opens another, and remembers who asked and what it closed."""
    await exchange(store, 1)
    reset = await store.conversations.reset(GENERAL, by=11, at=50)
    assert reset is not None
    assert (reset.closed.closed_at, reset.opened.closed_at) == (50, None)
    assert (reset.opened.opened_by, reset.opened.previous_id) == (11, reset.closed.id)
    assert await store.conversations.opened_by(reset.opened.id) == 11
    assert await store.conversations.opened_by(reset.closed.id) is None
    assert await window(store, 2) == ["Q2"]
    assert [one.id for one in await store.history.conversations(GENERAL.id)] == [reset.closed.id, reset.opened.id]
    assert len([turn async for turn in store.history.turns(reset.closed.id)]) == 1


async def test_a_reset_of_nothing_does_nothing(store: Store) -> None:
    """A place without an open conversation, or with an empty one, is not reset."""
    assert await store.conversations.reset(GENERAL, by=11, at=50) is None
    await exchange(store, 1)
    assert await store.conversations.reset(GENERAL, by=11, at=50) is not None
    assert await store.conversations.reset(GENERAL, by=11, at=51) is None


async def test_a_question_claimed_before_a_reset_stays_in_the_old_conversation(store: Store) -> None:
    """A question that waits during a reset is answered from the old conversation and stays in it."""
    position = await position_of(store, asked(1))
    reset = await store.conversations.reset(GENERAL, by=11, at=50)
    assert reset is not None
    assert texts((await begin(store, position, "Q1")).exchanges) == ["Q1"]
    turns = [turn.record.question.key async for turn in store.history.turns(reset.closed.id)]
    assert turns == [1]
    assert await window(store, 2) == ["Q2"]


async def test_undo_reopens_the_old_and_keeps_the_new(store: Store) -> None:
    """Undo closes the conversation that the reset opened and re-opens the one before, once."""
    await exchange(store, 1)
    reset = await store.conversations.reset(GENERAL, by=11, at=50)
    assert reset is not None
    await exchange(store, 2)
    assert await store.conversations.undo(reset.opened.id, place_id=GENERAL.id, at=60)
    assert not await store.conversations.undo(reset.opened.id, place_id=GENERAL.id, at=61)
    assert await window(store, 3) == ["Q1", "A1", "Q3"]
    opened = {one.id: one.closed_at for one in await store.history.conversations(GENERAL.id)}
    assert opened == {reset.closed.id: None, reset.opened.id: 60}


async def test_undo_ends_with_the_next_reset(store: Store) -> None:
    """Only the newest reset can be undone."""
    await exchange(store, 1)
    first = await store.conversations.reset(GENERAL, by=11, at=50)
    await exchange(store, 2)
    second = await store.conversations.reset(GENERAL, by=12, at=60)
    assert first is not None
    assert second is not None
    for conversation_id in (first.opened.id, first.closed.id, 999):
        assert not await store.conversations.undo(conversation_id, place_id=GENERAL.id, at=70)
    assert not await store.conversations.undo(second.opened.id, place_id=2, at=70)  # that is another place's
    assert await store.conversations.undo(second.opened.id, place_id=GENERAL.id, at=70)


async def test_a_thread_on_an_answer_goes_on_from_it(store: Store) -> None:
    """A thread that grew from an answer's message begins with the conversation up to and with that answer."""
    await exchange(store, 10)
    position = await exchange(store, 20)
    await store.displays.sent(position, 1, 21)
    await exchange(store, 30)
    assert await window(store, 40, place=thread(21)) == ["Q10", "A10", "Q20", "A20", "Q40"]
    assert (await store.history.conversations(21))[0].parent == BranchPoint(1, position, 1)
    assert await window(store, 42, place=thread(99)) == ["Q42"]
    assert (await store.history.conversations(1))[0].closed_at is None


async def test_a_thread_on_a_question_ends_with_that_question(store: Store) -> None:
    """A thread that grew from a question begins with the conversation up to that question, without its answer."""
    await exchange(store, 10)
    position = await exchange(store, 20)
    assert await window(store, 40, place=thread(20)) == ["Q10", "A10", "Q20", "Q40"]
    assert (await store.history.conversations(20))[0].parent == BranchPoint(1, position, 0)


async def test_a_thread_on_a_question_that_waits_never_has_its_answer(store: Store) -> None:
    """A thread that was opened while the answer was awaited keeps to the question when the answer has come."""
    position = await position_of(store, asked(10))
    assert await window(store, 40, place=thread(10)) == ["Q40"]
    await begin(store, position, "Q10")
    await end(store, position, text="A10")
    assert await window(store, 41, place=thread(10)) == ["Q10", "Q40", "Q41"]


async def test_a_thread_stays_with_the_attempt_that_it_began_at(store: Store) -> None:
    """Another attempt in the channel changes nothing for a thread that went on from the one before."""
    position = await position_of(store, asked(10))
    await begin(store, position, "Q10")
    await store.displays.sent(position, 1, 11)
    await store.displays.sent(position, 2, 12)
    await end(store, position, text="half", state=AnswerState.INTERRUPTED)
    assert await window(store, 40, place=thread(11)) == ["Q10", "half", "Q40"]
    assert await begin_after(store, position, 1) is not None
    await end(store, position, 2, "whole")
    assert await window(store, 41, place=thread(11)) == ["Q10", "half", "Q40", "Q41"]
    assert await window(store, 42, place=thread(12)) == ["Q10", "whole", "Q42"]
    assert await window(store, 43) == ["Q10", "whole", "Q43"]


async def test_a_thread_on_an_answer_in_writing_has_that_attempt(store: Store) -> None:
    """A thread that was opened on an answer while it grew has it whole once it has ended."""
    position = await position_of(store, asked(10))
    await begin(store, position, "Q10")
    await store.displays.sent(position, 1, 11)
    assert await window(store, 40, place=thread(11)) == ["Q10", "Q40"]
    await end(store, position, text="A10")
    assert await window(store, 41, place=thread(11)) == ["Q10", "A10", "Q40", "Q41"]


async def test_a_branch_goes_back_to_its_root(store: Store) -> None:
    """A thread on a thread's answer has the whole line, and names the conversation that it all began with."""
    await store.displays.sent(await exchange(store, 10), 1, 11)
    await store.displays.sent(await exchange(store, 20, place=thread(11)), 1, 21)
    deep = await begin(store, await position_of(store, asked(30, place=thread(21, parent=11))), "Q30")
    assert texts(deep.exchanges) == ["Q10", "A10", "Q20", "A20", "Q30"]
    assert deep.root_id == (await store.history.conversations(GENERAL.id))[0].id
    beside = await begin(store, await position_of(store, asked(40, place=thread(99))), "Q40")
    assert beside.root_id == (await store.history.conversations(99))[0].id


async def test_a_thread_shares_its_parents_window(store: Store) -> None:
    """A thread inside the channel's window begins where that begins."""
    for key in range(1, 9):
        await exchange(store, key)
    await store.conversations.trim(1, window_from=6)
    assert await window(store, 40, place=thread(7)) == ["Q6", "A6", "Q7", "Q40"]


async def test_a_thread_on_an_old_message_knows_what_was_said_then(store: Store) -> None:
    """A thread before the channel's window looks back up to fifty exchanges."""
    for key in range(1, 9):
        await exchange(store, key)
    await store.conversations.trim(1, window_from=7)
    assert await window(store, 40, place=thread(3)) == ["Q1", "A1", "Q2", "A2", "Q3", "Q40"]


@pytest.mark.parametrize("spoken", [True, False])
async def test_a_reset_thread_does_not_look_back_at_its_parent(store: Store, *, spoken: bool) -> None:
    """A thread can be reset, also before anybody spoke in it, and then begins with nothing."""
    await exchange(store, 10)
    if spoken:
        assert await window(store, 40, place=thread(10)) == ["Q10", "Q40"]
    assert await store.conversations.reset(thread(10), by=11, at=50) is not None
    assert await window(store, 41, place=thread(10)) == ["Q41"]
    assert await store.conversations.reset(thread(99), by=11, at=50) is None


async def test_the_open_conversation_of_a_place_is_known(stores: tuple[Store, Store]) -> None:
    """Every connection sees which conversation of a place is open; there is none before something was said."""
    store, other = stores
    assert await other.conversations.open_in(GENERAL.id) is None
    await exchange(store, 1)
    first = await other.conversations.open_in(GENERAL.id)
    reset = await store.conversations.reset(GENERAL, by=1, at=2)
    assert reset is not None
    assert first == reset.closed.id
    assert await other.conversations.open_in(GENERAL.id) == reset.opened.id


async def test_the_threads_of_questions_are_known(stores: tuple[Store, Store]) -> None:
    """Every connection sees the threads in which something was asked; channels and direct messages are none of them."""
    store, other = stores
    assert await other.conversations.threads() == []
    threads = [Place(number, PlaceKind.THREAD, "a thread", guild_id=9, parent_id=1) for number in (8, 7)]
    for key, place in enumerate([GENERAL, *threads, Place(6, PlaceKind.DM, "direct messages")], start=1):
        await exchange(store, key, place=place)
    assert await other.conversations.threads() == [7, 8]
