"""The port `Changes`: edits and deletions of what the history holds, and messages that join a question."""

from dataclasses import replace

from bot.chat.appearance import DisplayOutcome, MessageState
from bot.chat.calls import CallEnd, CallState, Receipt, Usage
from bot.chat.content import Blob, Media, MediaKind, Text
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.changes import AskedMessage, Found, Rewording
from bot.chat.ports.history import Turn
from bot.chat.ports.intake import Sourced
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState, Change, TurnedDown
from tests.contracts.stories import (
    ALICE,
    GENERAL,
    asked,
    begin,
    begin_after,
    end,
    exchange,
    position_of,
    record_of,
    texts,
    window,
)

CAT = Media(MediaKind.IMAGE, "cat.png", 85, hash=b"1" * 32, media_type="image/png", size=5, width=9, height=9)
NOTES = Media(MediaKind.FILE, "notes.txt", 6, "\n\nIt rains.")


async def found(store: Store, *message_ids: int) -> Found:
    """The rows of messages in the history."""
    return await store.changes.find(message_ids)


async def message(store: Store, message_id: int) -> AskedMessage:
    """A message of a question that must be there."""
    (one,) = (await found(store, message_id)).asked
    return one


async def turn_of(store: Store, position: int) -> Turn:
    """The whole turn at a position."""
    turns = [turn async for turn in store.history.turns(1)]
    return next(turn for turn in turns if turn.record.question.position == position)


async def shown(store: Store, key: int) -> int:
    """A question whose answer stands in message `key` + 500; returns the position."""
    position = await exchange(store, key)
    await store.displays.sent(position, 1, key + 500)
    await store.displays.shown(position, 1, DisplayOutcome.SHOWN, at=9)
    return position


def rewording(position: int, text: str, *, revision: int = 0, offers: bool = False) -> Rewording:
    """An edit of a finished question."""
    return Rewording(position, 1, revision, text, (Text(f"Q {text}"), NOTES), 9, (), ("one",), 50, 60, offers)


async def test_messages_of_the_history_are_found_and_others_are_not(store: Store) -> None:
    """A question's message is found, and a live message of an answer; a press, a retired message, and a stranger's are not."""
    position = await shown(store, 1)
    await store.displays.sent(position, 2, 502)
    await store.displays.retire([502])
    assert not await found(store, 77, 502, 999)
    both = await found(store, 1, 501, 77)
    (question,) = both.asked
    (part,) = both.answers
    assert (question.position, question.key, question.place_id, question.text) == (position, 1, GENERAL.id, "hello")
    assert (question.joined, question.in_progress, question.turned_down, question.alone) == (False, False, False, True)
    assert question.rendered == "Q1"
    assert (part.message_id, part.key, part.place_id, part.in_progress) == (501, 1, GENERAL.id, False)


async def test_a_question_is_in_progress_until_its_attempt_ends(store: Store) -> None:
    """A question that waits and one that is being answered are in progress; one that was turned down is not."""
    position = await position_of(store, asked(1))
    assert (await message(store, 1)).in_progress
    assert (await message(store, 1)).rendered == ""
    await begin(store, position)
    await store.displays.sent(position, 1, 501)
    assert (await message(store, 1)).in_progress
    assert (await found(store, 501)).answers[0].in_progress
    await end(store, position)
    assert not (await message(store, 1)).in_progress
    await store.questions.claim(asked(2), turned_down=TurnedDown.LIMIT)
    refused = await message(store, 2)
    assert (refused.in_progress, refused.turned_down) == (False, True)


async def test_an_erased_question_leaves_nothing_but_its_place(store: Store) -> None:
    """Text, prompt, contents, blobs and answers are gone, also from later windows; the claim stays."""
    position = await position_of(store, asked(1, "a secret"))
    contents = (Text("Alice: a secret"), CAT, NOTES)
    blobs = (Blob(CAT.hash, "image/png", b"bytes", 9, 9),)
    await store.attempts.begin(NewAttempt(position, 1, "default", 9000, contents, 99, blobs, ("a remark",)))
    await end(store, position)
    await store.displays.sent(position, 1, 501)
    await store.displays.shown(position, 1, DisplayOutcome.SHOWN, at=9)
    assert await store.changes.erase(position, (), at=20)
    assert not await store.changes.erase(position, (), at=21)
    turn = await turn_of(store, position)
    question = turn.record.question
    assert (question.text, question.prompt, question.tokens, question.remarks) == ("", None, 0, ())
    assert (question.deleted, question.change, question.changed_at) == (True, Change.DELETE, 20)
    assert turn.contents == ()
    assert [(answer.text, answer.chosen, answer.tokens) for answer in turn.record.answers] == [("", False, 0)]
    assert turn.record.answers[0].state is AnswerState.DONE
    assert turn.record.display.messages.live == (501,)
    assert await store.blobs.read([CAT.hash]) == {}
    assert await store.questions.record(1) is None
    assert await store.questions.record(1, deleted=True) is not None
    assert await store.questions.claim(asked(1)) is None
    assert not await found(store, 1)
    assert await store.questions.behind() == []
    assert await window(store, 2) == ["Q2"]


async def test_erasing_a_question_ends_its_attempt_and_call(store: Store) -> None:
    """The attempt ends as stopped by the deletion, its call closes, and what Discord shows of it is to be deleted."""
    position = await position_of(store, asked(1))
    begun = await begin(store, position)
    assert begun.call_id is not None
    await store.displays.sent(position, 1, 501)
    assert await store.changes.erase(position, (), at=20)
    turn = await turn_of(store, position)
    (answer,) = turn.record.answers
    assert (answer.state, answer.reason, answer.finished_at) == (AnswerState.STOPPED, "deletion", 20)
    assert [(call.state, call.end) for call in turn.calls] == [(CallState.CLOSED, CallEnd("deletion", usage=None))]
    assert turn.record.display.messages.retired == (501,)
    assert [one.key for one in await store.questions.behind()] == [1]
    await store.displays.shown(position, 1, DisplayOutcome.SHOWN, at=21)
    await store.displays.gone([501])
    assert [one.key for one in await store.questions.behind()] == [1]
    await store.displays.shown(position, 1, DisplayOutcome.GONE, at=21)
    assert await store.questions.behind() == []
    closed = CallEnd("deletion", "default", "m", Receipt(0, 0, 0, 1, 2, 3), Usage(6), estimated=True)
    await store.calls.close(begun.call_id, closed, at=30)
    await store.calls.close(begun.call_id, replace(closed, reason="twice"), at=31)
    assert [call.end for call in (await turn_of(store, position)).calls] == [closed]


async def test_no_attempt_begins_at_a_question_that_was_erased_or_edited(store: Store) -> None:
    """An attempt that was prepared before the change does not begin."""
    first, second = await position_of(store, asked(1)), await position_of(store, asked(2))
    await store.changes.erase(first, (), at=20)
    assert await store.changes.reopen(await message(store, 2), "new", edited_at=30, at=40)
    for position in (first, second):
        old = NewAttempt(position, 50, "default", 9000, (Text("old"),), 1)
        assert await store.attempts.begin(old) is None
    fresh = NewAttempt(second, 50, "default", 9000, (Text("new"),), 1, revision=1)
    assert await store.attempts.begin(fresh) is not None


async def test_a_deleted_message_takes_its_answer_out_of_the_window(store: Store) -> None:
    """No attempt is chosen, the message is gone, the question stays; another attempt is chosen when it ends."""
    position = await shown(store, 1)
    await store.changes.remove([501, 999], at=20)
    record = await record_of(store, 1)
    assert [answer.chosen for answer in record.answers] == [False]
    assert (record.display.outcome, record.display.behind) == (DisplayOutcome.GONE, False)
    assert [one.state for one in record.display.messages.all] == [MessageState.GONE]
    assert (record.question.change, record.question.changed_at) == (Change.REMOVED, 20)
    assert await window(store, 2) == ["Q1", "Q2"]
    assert await begin_after(store, position, 1) is not None
    await end(store, position, 2, "another")
    assert await window(store, 3) == ["Q1", "another", "Q2", "Q3"]


async def test_the_text_of_a_removed_answer_is_erased(store: Store) -> None:
    """The shown attempt has no text any more, in no export and in no window, not of a branch; its calls stay."""
    position = await shown(store, 1)
    thread = Place(501, PlaceKind.THREAD, "thread", guild_id=9, parent_id=GENERAL.id)
    branched = await position_of(store, asked(600, place=thread))
    await store.changes.remove([501], at=20)
    turn = await turn_of(store, position)
    (answer,) = turn.record.answers
    assert (answer.text, answer.tokens, answer.remarks, answer.state) == ("", 0, (), AnswerState.DONE)
    assert [call.state for call in turn.calls] == [CallState.CLOSED]
    assert texts((await begin(store, branched, "Q600")).exchanges) == ["Q1", "Q600"]
    assert turn.record.siblings == ()
    assert await begin_after(store, position, 1, continues=True) is not None
    assert (await record_of(store, 1)).answers[-1].text == ""


async def test_only_what_was_shown_of_an_answer_is_erased(store: Store) -> None:
    """An attempt that continues the shown one, or that it continues, holds its text and is erased; another attempt stays."""
    position = await shown(store, 1)
    for sibling, continues in ((2, False), (3, True), (4, True)):
        assert await begin_after(store, position, sibling - 1, continues=continues) is not None
        await end(store, position, sibling, f"text {sibling}")
    assert await store.attempts.pick(position, 3)
    await store.changes.remove([501], at=20)
    assert [one.text for one in (await record_of(store, 1)).answers] == ["A1", "", "", ""]
    assert await store.attempts.pick(position, 1)
    assert not await store.attempts.pick(position, 2)
    assert await window(store, 2) == ["Q1", "A1", "Q2"]


async def test_an_answer_is_erased_while_another_attempt_is_made(store: Store) -> None:
    """A message is deleted while a later attempt is written, or before one that an edit asks for: the answer in it is erased."""
    for key in (1, 2):
        position = await shown(store, key)
        assert await begin_after(store, position, 1) is not None
        if key == 2:
            assert await store.changes.reopen(await message(store, 2), "new", edited_at=30, at=40)
        await store.changes.remove([key + 500], at=50)
        record = await record_of(store, key)
        assert [(one.text, one.chosen) for one in record.answers] == [("", False), ("", False)]
        assert record.display.behind is (key == 2)


async def test_deleting_the_message_of_a_growing_answer_ends_the_attempt(store: Store) -> None:
    """The attempt is stopped by a person, its call is closed, and its other messages are to be deleted."""
    position = await position_of(store, asked(1))
    await begin(store, position)
    for number in (1, 2):
        await store.displays.sent(position, number, 500 + number)
    await store.changes.remove([501], at=20)
    turn = await turn_of(store, position)
    (answer,) = turn.record.answers
    assert (answer.state, answer.reason, answer.text, answer.chosen) == (AnswerState.STOPPED, "person", "", False)
    assert [call.state for call in turn.calls] == [CallState.CLOSED]
    assert turn.record.display.messages.retired == (502,)


async def test_deleting_the_line_of_a_question_that_waits_changes_nothing_else(store: Store) -> None:
    """A message of a question without an attempt is gone, and the question still waits."""
    position = await position_of(store, asked(1))
    await store.displays.sent(position, 1, 501)
    await store.changes.remove([501], at=20)
    record = await record_of(store, 1)
    assert (record.display.behind, record.display.outcome, record.question.change) == (True, None, None)


async def test_words_of_others_are_replaced_and_their_files_deleted(store: Store) -> None:
    """A quote's text becomes a placeholder with fewer tokens, an image goes with its bytes; words that changed stay."""
    position = await position_of(store, asked(1))
    contents = (Text("Q"), Sourced(Text("\n> a quote"), 12, 900), Sourced(CAT, 12, 900), NOTES)
    blobs = (Blob(CAT.hash, "image/png", b"bytes", 9, 9),)
    assert await store.attempts.begin(NewAttempt(position, 1, "default", 9000, contents, 200, blobs))
    await end(store, position)
    quote, picture = (await found(store, 900)).words
    assert (quote.position, quote.text, quote.media, picture.media) == (position, "\n> a quote", False, True)
    await store.changes.forget(replace(quote, text="other"), "gone", tokens=3, at=20)
    assert (await record_of(store, 1)).question.change is None
    await store.changes.forget(quote, "gone", tokens=3, at=20)
    await store.changes.forget(picture, "gone", tokens=0, at=21)
    turn = await turn_of(store, position)
    assert [one.content for one in turn.contents] == [Text("gone"), NOTES]
    assert turn.record.question.tokens == 200 - 3 - 85
    assert (turn.record.question.change, turn.record.question.changed_at) == (Change.DELETE, 21)
    assert await store.blobs.read([CAT.hash]) == {}


async def test_words_of_others_are_edited(store: Store) -> None:
    """Held words tell of their question; an edit changes text and tokens, and words that changed meanwhile stay."""
    position = await position_of(store, asked(1))
    contents = (Text("Q"), Sourced(Text("\n> a quote"), 12, 900), Sourced(replace(NOTES, file_id=77), 12, 900))
    assert await store.attempts.begin(NewAttempt(position, 1, "default", 9000, contents, 200))
    await end(store, position)
    quote, notes = (await found(store, 900)).words
    assert (quote.place_id, quote.guild_id, quote.asker_id, quote.name) == (GENERAL.id, GENERAL.guild_id, ALICE.id, "")
    assert (notes.name, notes.file_id, quote.file_id) == ("notes.txt", 77, 0)
    assert await store.changes.requote(quote, "\n> a longer quote", tokens=7, at=20)
    assert not await store.changes.requote(quote, "\n> late", tokens=7, at=21)
    turn = await turn_of(store, position)
    assert [one.content for one in turn.contents] == [Text("\n> a longer quote"), NOTES]
    assert [one.content.file_id for one in turn.contents if isinstance(one.content, Media)] == [77]
    question = turn.record.question
    assert (question.tokens, question.change, question.changed_at) == (207, Change.EDIT, 20)
    assert (question.edited_at, question.revision) == (None, 0)
    assert (await window(store, 2))[0] == "Q\n> a longer quote"


async def test_an_edit_lets_a_question_in_progress_wait_again(store: Store) -> None:
    """The question has the new text and no prompt; its attempt ends, and another begins with what is rendered anew."""
    position = await position_of(store, asked(1))
    await store.attempts.begin(NewAttempt(position, 1, "default", 9000, (Text("old"), NOTES), 9))
    assert await store.changes.reopen(await message(store, 1), "new words", edited_at=30, at=40)
    question = (await record_of(store, 1)).question
    assert (question.text, question.prompt, question.edited_at, question.revision) == ("new words", None, 30, 1)
    await end(store, position, state=AnswerState.STOPPED, reason="edit", text="")
    await store.displays.shown(position, 1, DisplayOutcome.SHOWN, at=41)
    assert [one.key for one in await store.questions.behind()] == [1]
    again = NewAttempt(position, 50, "default", 9000, (Text("new"),), 3, after=1, revision=1)
    begun = await store.attempts.begin(again)
    assert begun is not None
    assert texts(begun.exchanges) == ["new"]
    assert (await turn_of(store, position)).contents == ()


async def test_an_edit_of_a_finished_question_changes_its_prompt(store: Store) -> None:
    """Later windows have the new prompt, contents and tokens; an edit of an older revision is not stored."""
    position = await shown(store, 1)
    assert not await store.changes.reopen(await message(store, 1), "new", edited_at=30, at=40)
    assert await store.changes.reword(rewording(position, "new"))
    assert not await store.changes.reword(rewording(position, "newer"))
    record = await record_of(store, 1)
    question = record.question
    assert (question.text, question.prompt, question.tokens, question.remarks) == ("new", "Q new", 9, ("one",))
    assert (question.edited_at, question.change, question.changed_at) == (50, Change.EDIT, 60)
    assert not record.display.behind
    assert await store.changes.reword(rewording(position, "newest", revision=1, offers=True))
    assert (await record_of(store, 1)).display.behind
    assert (await window(store, 2))[0] == "Q newest"
    assert await store.attempts.begin(NewAttempt(position, 3, "default", 9000, after=1, revision=2))
    assert not await store.changes.reword(rewording(position, "late", revision=2))


async def test_an_edit_keeps_the_bytes_of_an_image(store: Store) -> None:
    """An image of the question before the edit and after it is kept."""
    position = await position_of(store, asked(1))
    blobs = (Blob(CAT.hash, "image/png", b"bytes", 9, 9),)
    await store.attempts.begin(NewAttempt(position, 1, "default", 9000, (Text("Q"), CAT), 90, blobs))
    await end(store, position)
    edit = replace(rewording(position, "new"), contents=(Text("Q new"), CAT), blobs=blobs)
    assert await store.changes.reword(edit)
    assert await store.blobs.read([CAT.hash]) == {CAT.hash: b"bytes"}


async def test_the_recent_messages_of_a_place(store: Store) -> None:
    """Messages of questions, joined ones and live ones of answers are listed; deleted and other places' ones are not."""
    await shown(store, 1)
    position = await position_of(store, asked(2))
    await store.questions.join(asked(3, "three"), position)
    deleted = await shown(store, 4)
    await store.changes.erase(deleted, (), at=20)
    elsewhere = Place(2, PlaceKind.CHANNEL, "other")
    await exchange(store, 5, place=elsewhere)
    about = replace(asked(6), about=77)
    await store.questions.claim(about)
    listed = {(one.message_id, one.ours) for one in await store.changes.recent(GENERAL.id)}
    assert listed == {(1, False), (501, True), (2, False), (3, False)}
