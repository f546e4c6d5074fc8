"""Where a thread goes on from is settled before its first attempt begins."""

from dataclasses import replace

from bot.chat.appearance import Verb
from bot.chat.content import Text
from bot.chat.lanes import StopReason
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.beginnings import Beginning
from bot.chat.ports.intake import Sourced
from bot.chat.turns import AnswerState
from tests.chat.house import GENERAL, NOW, House, until
from tests.chat.test_changing import edited

THREAD = Place(50, PlaceKind.THREAD, "topic", guild_id=9, parent_id=GENERAL.id)
WORDS = "\n\nThis thread was opened on a message of Bob"
TOLD = (Sourced(Text(WORDS), 12, 50),)


def sent(house: House) -> list[str]:
    """The texts of the newest request, but for the system text."""
    return [message.text for message in house.model.requests[-1].prompt[1:]]


async def test_a_thread_goes_on_from_the_turn_before_its_starter() -> None:
    """The first question is sent with the channel's turns before the starter, and is told of the starter; once."""
    house = House()
    house.starts.of_threads[50] = Beginning(50, NOW, TOLD)
    await house.answered(10, "one")
    await house.answered(60, "two")
    await house.answered(70, "three", place=THREAD)
    assert sent(house) == ["Alice: one", "answer 1", f"Alice: three{WORDS}"]
    await house.answered(71, "four", place=THREAD)
    assert len(sent(house)) == 5
    assert house.starts.looked_up == [(50, 70)]


async def test_a_thread_without_a_starter_begins_empty() -> None:
    """Where Discord has no message that the thread was opened on, nothing is inherited; nobody is asked twice."""
    house = House()
    await house.answered(10, "one")
    await house.answered(70, "two", place=THREAD)
    assert sent(house) == ["Alice: two"]
    await house.answered(71, "three", place=THREAD)
    assert house.starts.looked_up == [(50, 70)]


async def test_a_thread_on_a_turn_needs_no_look() -> None:
    """A thread that was opened on a question goes on from it without a look at Discord, and so does any place but a thread."""
    house = House()
    await house.answered(10, "one")
    await house.answered(70, "two", place=replace(THREAD, id=10))
    assert sent(house) == ["Alice: one", "Alice: two"]
    assert house.starts.looked_up == []


async def test_a_starter_before_all_turns_is_told_all_the_same() -> None:
    """A thread on a message before which nobody asked inherits nothing, and its first question is told of that message."""
    house = House()
    house.starts.of_threads[50] = Beginning(50, NOW, TOLD)
    await house.answered(70, "two", place=THREAD)
    assert sent(house)[0].endswith("opened on a message of Bob")
    unknown = replace(THREAD, id=51, parent_id=None)
    house.starts.of_threads[51] = Beginning(51, NOW, TOLD)
    await house.answered(80, "three", place=unknown)
    assert sent(house)[0].startswith("Alice: three")


async def test_a_reset_before_the_first_question_is_settled_too() -> None:
    """Reset closes what the thread would have inherited, and the thread's first question is sent alone."""
    house = House()
    house.starts.of_threads[50] = Beginning(50, NOW, TOLD)
    await house.answered(10, "one")
    reset = await house.chat.reset(THREAD, 11)
    assert reset is not None
    await house.answered(70, "two", place=THREAD)
    assert sent(house) == ["Alice: two"]
    assert await house.chat.undo(reset.opened.id, THREAD.id)
    await house.answered(71, "three", place=THREAD)
    assert sent(house) == ["Alice: one", "answer 1", "Alice: three"]


async def test_a_new_thread_goes_on_from_any_message_of_another_place() -> None:
    """Before the first turn of a thread, a branch of it has what that thread inherits: its beginning is looked up first."""
    house = House()
    house.starts.of_threads[50] = Beginning(50, NOW, TOLD)
    await house.answered(10, "one")
    branch = replace(THREAD, id=90)
    assert await house.chat.branch(branch, THREAD, 60, written_at=NOW)
    await house.answered(95, "two", place=branch)
    assert sent(house)[:2] == ["Alice: one", "answer 1"]
    assert not await house.chat.branch(branch, THREAD, 60, written_at=NOW)


async def test_the_first_question_of_a_thread_is_told_of_its_beginning_again_after_an_edit() -> None:
    """The text of a first question that is rendered anew still says on which message its thread was opened."""
    house = House()
    house.starts.of_threads[50] = Beginning(50, NOW, TOLD)
    await house.answered(70, "two", place=THREAD)
    await edited(house, 70, "new words")
    await house.settle()
    await house.answered(71, "three", place=THREAD)
    assert sent(house)[0] == f"Alice: new words{WORDS}"


async def stopped_while_looked_up(house: House) -> None:
    """Stop a thread's first question while Discord does not tell what the thread was opened on."""
    house.starts.of_threads[50] = Beginning(50, NOW, TOLD)
    house.starts.gate.clear()
    await house.answered(10, "one")
    await house.hear(70, "two", place=THREAD)
    await until(lambda: bool(house.starts.looked_up))
    assert house.lanes.stop(70, StopReason.PERSON)
    await house.settle()
    assert house.answer(70) == (AnswerState.STOPPED, "")
    assert house.calls(70) == []
    house.starts.gate.set()


async def test_a_stop_ends_the_look_at_a_threads_beginning() -> None:
    """A stop while Discord hangs ends the question at once; the next one settles where the thread goes on from."""
    house = House()
    await stopped_while_looked_up(house)
    await house.answered(71, "three", place=THREAD)
    assert sent(house) == ["Alice: one", "answer 1", "Alice: two", f"Alice: three{WORDS}"]


async def test_a_retry_settles_what_a_stop_left_open() -> None:
    """Another attempt at the stopped question goes on from the channel, and the question is told of the starter."""
    house = House()
    await stopped_while_looked_up(house)
    record = await house.chat.asked(70)
    assert record is not None
    house.intake.at_hand[70] = "two"
    assert house.chat.follow(record, Verb.RETRY, 1)
    await house.settle()
    assert sent(house) == ["Alice: one", "answer 1", f"Alice: two{WORDS}"]


async def test_a_retry_of_a_message_that_is_gone_erases_the_question() -> None:
    """Another attempt that has to read a deleted message again finds that out, and asks no model."""
    house = House()
    await stopped_while_looked_up(house)
    record = await house.chat.asked(70)
    assert record is not None
    house.intake.deleted.add(70)
    assert house.chat.follow(record, Verb.RETRY, 1)
    await house.settle()
    assert house.record(70).question.deleted
    assert len(house.model.requests) == 1
