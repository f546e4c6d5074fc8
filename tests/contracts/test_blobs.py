"""The port `Blobs`, and files in the others: stored with their question, read back, and never written twice."""

from dataclasses import replace
from hashlib import sha256

from bot.chat.content import Blob, Media, MediaKind, Text
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.attempts import FinishedAttempt, NewAttempt
from bot.chat.ports.intake import Sourced
from bot.chat.ports.store import Store
from bot.chat.turns import Answer, AnswerState
from tests.contracts.stories import BOB, END, GENERAL, asked, begin, end, exchange, position_of, record_of

CAT = b"bytes of a cat"
HASH = sha256(CAT).digest()
BLOB = Blob(HASH, "image/jpeg", CAT, 640, 480)
PICTURE = Media(
    MediaKind.IMAGE, "cat.jpg", 765, hash=HASH, media_type="image/jpeg", size=len(CAT), width=640, height=480
)
REPORT = Media(MediaKind.FILE, "report.txt", 12, text="file report.txt:\nIt rains.")
VOICE = Media(MediaKind.AUDIO, "voice.ogg", 9, text="voice message: “hello”")


async def shown(store: Store, key: int, *contents: Text | Media | Sourced, place: Place = GENERAL) -> int:
    """A question with files, which has been answered; returns its position."""
    position = await position_of(store, asked(key, place=place))
    beginning = NewAttempt(
        position,
        1,
        "default",
        9000,
        contents=(Text(f"Q{key}"), *contents),
        tokens=800,
        blobs=(BLOB,),
        remarks=("Cut.",),
    )
    assert await store.attempts.begin(beginning) is not None
    await end(store, position, text=f"A{key}")
    return position


async def test_a_picture_is_read_back_by_its_hash(store: Store) -> None:
    """The bytes of a picture are stored with its question; a hash that nobody knows is left out."""
    await shown(store, 1, PICTURE)
    assert await store.blobs.read([HASH, HASH, b"?" * 32]) == {HASH: CAT}
    assert await store.blobs.read([]) == {}


async def test_files_are_in_the_windows_of_later_questions(store: Store) -> None:
    """Each later window holds the files of a question, in order, as they were stored."""
    await shown(store, 1, PICTURE, REPORT, VOICE)
    begun = await begin(store, await position_of(store, asked(2)), "Q2")
    assert [one.question.contents for one in begun.exchanges] == [(Text("Q1"), PICTURE, REPORT, VOICE), (Text("Q2"),)]


async def test_a_picture_that_is_sent_twice_is_stored_once(store: Store) -> None:
    """Two questions that hold the same picture share its bytes."""
    for key in (1, 2):
        await shown(store, key, PICTURE)
    assert await store.blobs.read([HASH]) == {HASH: CAT}
    first, second = [turn async for turn in store.history.turns(1)]
    assert [one.content for one in first.contents] == [one.content for one in second.contents] == [PICTURE]


async def test_a_file_of_another_person_names_its_author_and_message(store: Store) -> None:
    """A file of a message that was replied to is stored with its author and its message."""
    await shown(store, 1, Sourced(PICTURE, BOB.id, 77), REPORT)
    (turn,) = [turn async for turn in store.history.turns(1)]
    assert [(one.content, one.author_id, one.message_id) for one in turn.contents] == [
        (PICTURE, BOB.id, 77),
        (REPORT, None, None),
    ]


async def test_remarks_of_an_attempt_in_writing_are_kept(store: Store) -> None:
    """Remarks about an attempt are stored while it is in writing, and not changed after its end."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Q1")
    await store.attempts.remark(position, 1, ("No picture was seen.", "More."))
    (written,) = (await record_of(store, 1)).answers
    assert (written.state, written.remarks) == (AnswerState.WRITING, ("No picture was seen.", "More."))
    await end(store, position, text="A1")
    await store.attempts.remark(position, 1, ("Late.",))
    (ended,) = (await record_of(store, 1)).answers
    assert ended.remarks == ()


async def test_remarks_are_kept_with_the_question_and_the_attempt(store: Store) -> None:
    """Remarks about files left out are stored: those of the question for all attempts, of an attempt for itself."""
    position = await position_of(store, asked(1))
    remarks = ("Read 2 of 9 pages of a.pdf.", "b.flac was left out.")
    await store.attempts.begin(
        NewAttempt(position, 1, "default", 9000, contents=(Text("Q1"),), tokens=1, remarks=remarks)
    )
    answer = Answer(position, 1, AnswerState.DONE, "A1", 2, "stop", finished_at=7, remarks=("No picture was seen.",))
    await store.attempts.end(FinishedAttempt(answer, END))
    record = await record_of(store, 1)
    assert record.question.remarks == remarks
    assert [one.remarks for one in record.answers] == [("No picture was seen.",)]
    await store.attempts.begin(NewAttempt(position, 3, "default", 9000, after=1))
    assert (await record_of(store, 1)).question.remarks == remarks


async def test_the_anchor_of_files_moves_with_that_of_the_window_and_never_back(store: Store) -> None:
    """A trim stores both anchors, and the next attempt begins with them."""
    for key in (1, 2, 3):
        await exchange(store, key)
    await store.conversations.trim(1, window_from=2, files_from=3)
    await store.conversations.trim(1, window_from=1, files_from=2)
    (conversation,) = await store.history.conversations(GENERAL.id)
    assert (conversation.window_from, conversation.files_from) == (2, 3)
    begun = await begin(store, await position_of(store, asked(4)), "Q4")
    assert (begun.window_from, begun.files_from) == (2, 3)


async def test_a_thread_begins_with_its_parents_anchors(store: Store) -> None:
    """A thread sends the files that its parent sent, so that both share what is cached."""
    for key in (1, 2, 3):
        await exchange(store, key)
    await store.conversations.trim(1, window_from=2, files_from=3)
    thread = Place(3, PlaceKind.THREAD, "a thread", guild_id=9, parent_id=GENERAL.id)
    begun = await begin(store, await position_of(store, asked(8, place=thread)), "Q8")
    assert (begun.window_from, begun.files_from) == (2, 3)


async def test_a_receipt_has_the_figures_of_files(store: Store) -> None:
    """A call's receipt says from where files were sent and what they cost."""
    position = await position_of(store, asked(1))
    await begin(store, position)
    assert END.receipt is not None
    receipt = replace(END.receipt, files_from=4, media_tokens=765)
    await end(store, position, call=replace(END, receipt=receipt))
    call = await store.calls.newest(position)
    assert call is not None
    assert call.end is not None
    assert call.end.receipt == receipt
