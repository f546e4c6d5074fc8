"""Where the prompt of an attempt differs from the prompts before it: `StartedAttempt.broken`."""

from dataclasses import replace

from bot.chat.breaks import Break
from bot.chat.content import Text
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.attempts import NewAttempt, StartedAttempt
from bot.chat.ports.changes import Rewording
from bot.chat.ports.questions import Press
from bot.chat.ports.store import Store
from bot.chat.turns import Change
from tests.contracts.stories import GENERAL, asked, begin, end, position_of


async def answered(store: Store, key: int, at: int, *, place: Place = GENERAL) -> int:
    """A question whose answer began at a moment; returns the position."""
    position = await position_of(store, asked(key, place=place))
    await begin(store, position, at=at)
    await end(store, position)
    return position


async def next_one(store: Store, key: int, at: int, *, place: Place = GENERAL) -> StartedAttempt:
    """The beginning of an answer to another question, which ends at once."""
    position = await position_of(store, asked(key, place=place))
    begun = await begin(store, position, at=at)
    await end(store, position)
    return begun


async def edit(store: Store, position: int, at: int) -> None:
    """Edit a finished question."""
    assert await store.changes.reword(Rewording(position, 1, 0, "new", (Text("new"),), 1, (), (), at, at))


async def test_what_only_grows_is_not_broken(store: Store) -> None:
    """Without a change, no prompt names a break."""
    await answered(store, 1, 10)
    assert (await next_one(store, 2, 20)).broken is None


async def test_an_edit_breaks_the_next_prompt_and_no_later_one(store: Store) -> None:
    """The next attempt names the turn that was edited; the one after it grows on."""
    first = await answered(store, 1, 10)
    await answered(store, 2, 20)
    await edit(store, first, 30)
    assert (await next_one(store, 3, 40)).broken == Break(first, Change.EDIT)
    assert (await next_one(store, 4, 50)).broken is None


async def test_the_first_of_several_changes_is_named(store: Store) -> None:
    """Of a deletion and a later turn's edit, the earlier turn is named."""
    first, second = await answered(store, 1, 10), await answered(store, 2, 20)
    await edit(store, second, 30)
    await store.changes.erase(first, (), at=31)
    begun = await next_one(store, 3, 40)
    assert begun.broken == Break(first, Change.DELETE)
    assert begun.exchanges[0].position == second


async def test_a_removed_answer_breaks_what_was_sent_after_it(store: Store) -> None:
    """An answer that no later call was sent breaks nothing when it is removed."""
    first, second = await answered(store, 1, 10), await answered(store, 2, 20)
    await store.displays.sent(first, 1, 501)
    await store.displays.sent(second, 1, 502)
    await store.changes.remove([502], at=30)
    assert (await next_one(store, 3, 40)).broken is None
    await store.changes.remove([501], at=50)
    assert (await next_one(store, 4, 60)).broken == Break(first, Change.REMOVED)


async def test_another_attempt_breaks_what_was_sent_after_the_first(store: Store) -> None:
    """Regenerate and a pick break the prompts of later questions, not those of the question itself."""
    first = await answered(store, 1, 10)
    await answered(store, 2, 20)
    again = NewAttempt(first, 30, "default", 9000, after=1)
    begun = await store.attempts.begin(again)
    assert begun is not None
    assert begun.broken is None
    await end(store, first, 2, "another")  # at the moment 7
    third = await position_of(store, asked(3))
    assert await store.attempts.pick(first, 1, Press(900, GENERAL.id, 11, 40))
    assert (await begin(store, third, at=50)).broken == Break(first, Change.PICK)


async def test_an_edit_of_the_asked_question_is_named_by_its_next_attempt(store: Store) -> None:
    """A question that was edited after its first attempt: the second attempt's prompt differs at its end."""
    first = await answered(store, 1, 10)
    await edit(store, first, 20)
    begun = await store.attempts.begin(NewAttempt(first, 30, "default", 9000, after=1, revision=1))
    assert begun is not None
    assert begun.broken == Break(first, Change.EDIT)


async def test_a_branch_has_the_breaks_of_its_parent(store: Store) -> None:
    """A thread whose parent's turn is edited names it in its next prompt."""
    first = await answered(store, 1, 10)
    await answered(store, 7, 20)
    thread = replace(GENERAL, id=7, kind=PlaceKind.THREAD, parent_id=GENERAL.id)
    await next_one(store, 8, 30, place=thread)
    await edit(store, first, 40)
    assert (await next_one(store, 9, 50, place=thread)).broken == Break(first, Change.EDIT)
