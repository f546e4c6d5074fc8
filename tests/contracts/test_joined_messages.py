"""Questions that several messages make, in both stores: one joins, one is edited, one leaves."""

import pytest

from bot.chat.content import Blob, Text
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.changes import Rewording
from bot.chat.ports.intake import Sourced
from bot.chat.ports.store import Store
from bot.chat.turns import Change, TurnedDown
from tests.contracts.stories import (
    ALICE,
    BOB,
    GENERAL,
    asked,
    end,
    exchange,
    position_of,
    record_of,
    texts,
    window,
)
from tests.contracts.test_changes import CAT, NOTES, message


async def test_a_message_joins_a_question_in_progress(store: Store) -> None:
    """Its claim and its text belong to the question, which waits; it counts as a question of its person."""
    position = await position_of(store, asked(1))
    assert await store.questions.join(asked(2, "and more"), position)
    assert not await store.questions.join(asked(2, "and more"), position)
    assert await store.questions.claim(asked(2)) is None
    record = await record_of(store, 2)
    assert (record.question.key, record.question.revision) == (1, 1)
    assert [(one.message_id, one.text) for one in record.question.joined] == [(2, "and more")]
    joined = await message(store, 2)
    assert (joined.joined, joined.text, joined.alone, joined.position) == (True, "and more", False, position)
    assert not (await message(store, 1)).alone
    contents = (Text("Q1"), Sourced(Text("\nQ2"), ALICE.id, 2))
    begun = await store.attempts.begin(NewAttempt(position, 3, "default", 9000, contents, 9, revision=1))
    assert begun is not None
    assert texts(begun.exchanges) == ["Q1\nQ2"]
    assert (await message(store, 2)).rendered == "\nQ2"
    assert await store.questions.join(asked(3, "and yet more"), position)
    claim = await store.questions.claim(asked(4), per_minute=3)
    assert claim is not None
    assert claim.question.turned_down is TurnedDown.LIMIT


async def test_what_does_not_join(store: Store) -> None:
    """A message by somebody else, over the limit, or after the answer or a reset does not join."""
    position = await position_of(store, asked(1))
    assert not await store.questions.join(asked(2, author=BOB), position)
    assert not await store.questions.join(asked(2), position, per_minute=1)
    await store.conversations.reset(GENERAL, by=1, at=1)
    assert not await store.questions.join(asked(2), position)
    other = await exchange(store, 5)
    assert not await store.questions.join(asked(6), other)
    assert await store.questions.claim(asked(2)) is not None


async def burst(store: Store, *, finished: bool) -> int:
    """A question of three messages, answered or being answered; returns the position."""
    position = await position_of(store, asked(1, "one"))
    for key, text in ((2, "two"), (3, "three")):
        assert await store.questions.join(asked(key, text), position)
    more = (Sourced(Text("\nQ2"), ALICE.id, 2), Sourced(NOTES, ALICE.id, 2), Sourced(Text("\nQ3"), ALICE.id, 3))
    contents = (Text("Q1"), CAT, *more)
    blobs = (Blob(CAT.hash, "image/png", b"bytes", 9, 9),)
    assert await store.attempts.begin(NewAttempt(position, 3, "default", 9000, contents, 200, blobs, revision=2))
    if finished:
        await end(store, position)
    return position


async def test_a_message_leaves_an_answered_question_of_several(store: Store) -> None:
    """Its words and files are gone with their tokens; the last one that is left is alone."""
    position = await burst(store, finished=True)
    assert not await store.changes.unjoin(position, 2, tokens=3, at=20)
    question = (await record_of(store, 1)).question
    assert (question.tokens, question.change) == (200 - 3 - 6, Change.DELETE)
    assert [one.message_id for one in question.joined] == [3]
    assert not await store.changes.unjoin(position, 1, tokens=2, at=21)
    question = (await record_of(store, 1)).question
    assert (question.text, question.prompt, question.tokens, question.about) == ("\nQ3", "\nQ3", 191 - 2 - 85, 3)
    last = await message(store, 3)
    assert (last.alone, last.joined, last.text, last.rendered) == (True, False, "\nQ3", "\nQ3")
    assert 3 in {one.message_id for one in await store.changes.recent(GENERAL.id)}
    assert await store.blobs.read([CAT.hash]) == {}
    assert (await window(store, 4))[0] == "\nQ3"


async def test_what_was_rendered_with_a_message_that_left_is_not_stored(store: Store) -> None:
    """An edit of an answered question that was rendered before one of its messages was deleted is not stored."""
    position = await burst(store, finished=True)
    revision = (await record_of(store, 1)).question.revision
    await store.changes.unjoin(position, 1, tokens=2, at=20)
    contents = (Text("Q1"), Sourced(Text("\nQ2"), ALICE.id, 2))
    edit = Rewording(position, 2, revision, "two!", contents, 9, (), (), 21, 21)
    assert not await store.changes.reword(edit)
    assert (await record_of(store, 1)).question.prompt == "\nQ2"


async def test_a_message_leaves_with_what_it_quotes(store: Store) -> None:
    """A message of several is deleted: its quotes are no contents of the question any more; those of the others stay."""
    position = await position_of(store, asked(1, "one"))
    assert await store.questions.join(asked(2, "two"), position)
    assert await store.questions.join(asked(3, "three"), position)
    of_first = Sourced(Text("\n> tea"), BOB.id, 91)
    of_second = (Sourced(Text("\nQ2"), ALICE.id, 2), Sourced(Text("\n> milk"), BOB.id, 92), Sourced(NOTES, ALICE.id, 2))
    of_third = (Sourced(Text("\nQ3"), ALICE.id, 3), Sourced(Text("\n> salt"), BOB.id, 93))
    contents = (Text("Q1"), of_first, CAT, *of_second, *of_third)
    blobs = (Blob(CAT.hash, "image/png", b"bytes", 9, 9),)
    assert await store.attempts.begin(NewAttempt(position, 3, "default", 9000, contents, 200, blobs, revision=2))
    await end(store, position)
    assert [(await message(store, one)).rendered for one in (1, 2, 3)] == ["Q1\n> tea", "\nQ2\n> milk", "\nQ3\n> salt"]
    assert not await store.changes.unjoin(position, 2, tokens=3, at=20)
    assert (await window(store, 4))[0] == "Q1\n> tea\nQ3\n> salt"
    assert not await store.changes.unjoin(position, 1, tokens=2, at=21)
    assert (await window(store, 5))[0] == "\nQ3\n> salt"
    assert (await record_of(store, 1)).question.tokens == 200 - 3 - 6 - 2 - 85
    assert (await store.changes.find((92,))).words == ()
    assert len((await store.changes.find((93,))).words) == 1


@pytest.mark.parametrize("finished", [True, False])
async def test_a_first_message_that_was_not_rendered_leaves_its_question(store: Store, *, finished: bool) -> None:
    """A question whose first message was gone when it was rendered goes on with the others when its deletion is told."""
    position = await position_of(store, asked(1, "one"))
    assert await store.questions.join(asked(2, "two"), position)
    contents = (Text(""), Sourced(Text("\nQ2"), ALICE.id, 2))
    assert await store.attempts.begin(NewAttempt(position, 3, "default", 9000, contents, 9, revision=1))
    if finished:
        await end(store, position)
    first = await message(store, 1)
    assert (first.alone, first.rendered) == (False, "")
    assert await store.changes.unjoin(position, 1, tokens=0, at=20) is not finished
    question = (await record_of(store, 1)).question
    assert (question.deleted, question.text, question.about) == (False, "\nQ2", 2)
    assert (await message(store, 2)).alone


@pytest.mark.parametrize("message_id", [1, 2])
async def test_a_message_leaves_a_question_in_progress(store: Store, message_id: int) -> None:
    """The question waits again without it; where its first message is gone, the next one stands first."""
    position = await burst(store, finished=False)
    assert await store.changes.unjoin(position, message_id, tokens=3, at=20)
    question = (await record_of(store, 1)).question
    assert (question.prompt, question.revision, question.key) == (None, 3, 1)
    if message_id == 1:
        assert (question.text, question.about) == ("\nQ2", 2)
        assert [one.message_id for one in question.joined] == [3]
        assert await store.changes.unjoin(position, 3, tokens=0, at=21)
        assert (await message(store, 2)).alone
    else:
        assert (question.text, question.about) == ("one", 0)
        assert [one.message_id for one in question.joined] == [3]


@pytest.mark.parametrize("finished", [True, False])
async def test_a_first_message_that_left_its_question_is_found_no_more(store: Store, *, finished: bool) -> None:
    """A deletion that is carried out twice does not erase the question, which its other messages still ask."""
    position = await burst(store, finished=finished)
    for message_id in (1, 2):
        await store.changes.unjoin(position, message_id, tokens=0, at=20)
        assert not (await store.changes.find((1,))).asked
    assert (await message(store, 3)).alone


@pytest.mark.parametrize("message_id", [1, 2])
async def test_an_edit_of_a_message_that_left_its_question_changes_nothing(store: Store, message_id: int) -> None:
    """A message is deleted right before its edit is stored: none of its words come back."""
    position = await burst(store, finished=False)
    edited = await message(store, message_id)
    await store.changes.unjoin(position, message_id, tokens=0, at=20)
    assert not await store.changes.reopen(edited, "new words", edited_at=21, at=21)
    assert "new words" not in str((await record_of(store, 1)).question)


async def test_a_question_that_another_message_joined_is_not_erased(store: Store) -> None:
    """A question is erased for the messages that are known to be deleted only."""
    position = await position_of(store, asked(1, "one"))
    assert await store.questions.join(asked(2, "two"), position)
    assert not await store.changes.erase(position, (1,), at=20)
    assert not (await record_of(store, 1)).question.deleted
    assert await store.changes.erase(position, (1, 2), at=21)


async def test_an_edit_of_a_joined_message_reaches_it_alone(store: Store) -> None:
    """The first message keeps its text, and the question waits with the other text."""
    position = await position_of(store, asked(1, "one"))
    await store.questions.join(asked(2, "two"), position)
    assert await store.changes.reopen(await message(store, 2), "two!", edited_at=30, at=40)
    question = (await record_of(store, 1)).question
    assert (question.text, [one.text for one in question.joined]) == ("one", ["two!"])


@pytest.mark.parametrize("waits", [True, False])
async def test_a_message_that_was_taken_out_of_a_question_is_not_taken_out_again(store: Store, waits: bool) -> None:
    """A deletion that is carried out twice changes nothing the second time, be it of the first message or of another."""
    position = await position_of(store, asked(1, "one"))
    for key in (2, 3):
        assert await store.questions.join(asked(key, f"word {key}"), position)
    if not waits:
        words = (Sourced(Text(f"\nword {key}"), ALICE.id, key) for key in (2, 3))
        new = NewAttempt(position, 9, "default", 9000, (Text("one"), *words), 30, revision=2)
        assert await store.attempts.begin(new)
        await end(store, position)
    for key, left in ((2, "one"), (1, "word 3" if waits else "\nword 3")):
        assert await store.changes.unjoin(position, key, tokens=3, at=20) is waits
        before = (await record_of(store, 1)).question
        assert not await store.changes.unjoin(position, key, tokens=3, at=30)
        after = (await record_of(store, 1)).question
        assert (after.text, after.revision, after.joined) == (left, before.revision, before.joined)
