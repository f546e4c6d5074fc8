"""Questions are marked while they are rendered, until their contents are stored or their rendering is given up."""

import asyncio

from bot.chat.appearance import Verb
from bot.chat.content import Media, MediaKind
from bot.chat.ports.intake import Rendered
from bot.chat.unstored import Unstored
from tests.chat.house import NOW, House, until
from tests.fakes.model import EndlessModel

NOTES = Media(MediaKind.FILE, "notes.txt", 9, "It rains.")


async def marked(house: House, attempts: int) -> None:
    """Let a question be rendered; it has so many attempts as soon as it is not marked any more."""
    await house.intake.rendering.wait()
    (mark,) = house.changing.unstored.now()
    house.intake.gate.set()
    await mark.wait()
    assert len(house.record(100).answers) == attempts


def closed(house: House) -> None:
    """Hold what is rendered next."""
    house.intake.rendering.clear()
    house.intake.gate.clear()


def test_a_mark_is_set_at_the_end_of_its_context() -> None:
    """Only the questions of the moment are marked, each until its own end."""
    unstored = Unstored()
    assert unstored.now() == ()
    with unstored.until_stored():
        (first,) = unstored.now()
        with unstored.until_stored():
            (second,) = (one for one in unstored.now() if one is not first)
        assert second.is_set()
        assert not first.is_set()
    assert first.is_set()
    assert unstored.now() == ()


async def test_a_question_is_marked_until_its_attempt_is_stored() -> None:
    """The mark is there while a question is rendered for its first attempt, until the store has its contents."""
    house = House()
    closed(house)
    await house.hear(100)
    await marked(house, 1)
    await house.settle()


async def test_a_question_that_changed_is_marked_until_its_next_attempt_is_stored() -> None:
    """The mark is there while a question that is being answered is rendered anew, until the store has its contents."""
    house = House(model=EndlessModel([["so far"]]))
    await house.hear(100)
    await until(lambda: house.writing.has_heard(100))
    closed(house)
    known = await house.changing.asked(100)
    assert known is not None
    await house.changing.edited(known, "new words", NOW)
    await marked(house, 2)
    await house.lanes.drain(0)


async def test_a_question_is_marked_while_a_retry_reads_its_files() -> None:
    """The mark is there while the files of a question are read for a Retry, until the store has its contents."""
    house = House()
    house.intake.files[100] = Rendered((NOTES,))
    await house.hear(100, at=NOW - 901_000)
    await house.settle()
    closed(house)
    assert house.chat.follow(house.record(100), Verb.RETRY, 1)
    await marked(house, 2)
    await house.settle()


async def test_an_answered_question_that_is_edited_is_marked() -> None:
    """The mark is there while an answered question is rendered anew, until the store has its contents."""
    house = House()
    await house.answered(100)
    closed(house)
    known = await house.changing.asked(100)
    assert known is not None
    editing = asyncio.create_task(house.changing.edited(known, "new words", house.now + 1))
    await marked(house, 1)
    assert house.record(100).question.text == "new words"
    await editing
