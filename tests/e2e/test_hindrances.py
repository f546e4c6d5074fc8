"""Questions that wait for an answer in their place while the bot loses the right to write there."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox import Channel, Message, Permission
from tests.e2e.buttons import offers
from tests.e2e.conftest import Town
from tests.e2e.task import Bot


def questions(folder: Path) -> int:
    """The number of questions that the bot has stored."""
    with closing(sqlite3.connect(folder / "history.db")) as database:
        return database.execute("SELECT count(*) FROM questions").fetchone()[0]


async def wait_in_line(town: Town, place: Channel) -> Message:
    """Let Alice ask, and Bob behind her while her answer is being written. Return her question, once both are stored."""
    town.box.model.pace(first_seconds=0.01, tokens_per_second=40)
    town.box.model.replies_with("red " * 60)
    first = await town.alice.says(place, "@Parley what is red?")
    await town.box.until(lambda: town.box.bot.shown(first))
    await town.bob.says(place, "@Parley and blue?")
    await town.box.until(lambda: questions(town.folder) == 2)
    return first


@pytest.mark.parametrize("hindrance", ["locked", "archived", "threads", "channel", "timed out"])
async def test_a_question_that_waits_is_not_paid_for_once_the_bot_may_not_write(
    town: Town, bot: Bot, hindrance: str
) -> None:
    """The model is not asked for a question that waited while its thread was locked or a permission was taken away.

    Its asker learns why in a direct message. Once the hindrance is gone, questions are answered again.
    """
    box, home = town.box, town.home
    home.admits(town.bob.user)
    threads = Permission.SEND_MESSAGES_IN_THREADS
    place = town.general
    if hindrance in {"locked", "archived", "threads"}:
        place = await town.alice.opens_thread(town.general, "Topic")
    await wait_in_line(town, place)
    if hindrance == "locked":
        told = "the thread is locked"
        box.discord.locks(place)
    elif hindrance == "archived":
        told = "the thread is locked"
        box.discord.archives(place, locked=True)
    elif hindrance == "threads":
        told = "“Send Messages in Threads”"
        home.permits(town.general, deny={home.bot_role: threads})
    elif hindrance == "channel":
        told = "“Send Messages”"
        home.permits(town.general, deny={home.bot_role: Permission.SEND_MESSAGES})
    else:
        told = "timed me out until"
        home.times_out(box.bot.user, 3600)
    dm = await town.bob.dm()
    await box.until(lambda: box.discord.messages(dm))
    (notice,) = box.discord.messages(dm)
    assert told in notice.content
    assert f"<#{place.id}>" in notice.content
    assert len(box.model.requests) == 1
    await bot.logs("stays unanswered: in channel")

    if hindrance == "threads":
        home.permits(town.general, allow={home.bot_role: threads})
        box.model.replies_with("Blue is a colour.")
        again = await town.bob.says(place, "@Parley and blue?")
        assert (await box.bot.answers(again)).text == "Blue is a colour."
        assert len(box.model.requests) == 2


async def test_a_retry_that_waits_is_not_paid_for_once_the_bot_may_not_write(town: Town, bot: Bot) -> None:
    """The model is not asked for a Retry that waited while its thread was locked; the asker of the question learns why."""
    box = town.box
    thread = await town.alice.opens_thread(town.general, "Topic")
    box.model.fails(400)
    failed = await town.alice.says(thread, "@Parley hello")
    await offers(box, failed, "Retry")
    asked = len(box.model.requests)
    box.model.pace(first_seconds=0.01, tokens_per_second=40)
    box.model.replies_with("red " * 60)
    first = await town.bob.says(thread, "@Parley what is red?")
    await box.until(lambda: box.bot.shown(first))
    await town.alice.presses(box.bot.shown(failed)[0], "Retry")
    box.discord.locks(thread)
    dm = await town.alice.dm()
    await box.until(lambda: any("the thread is locked" in one.content for one in box.discord.messages(dm)))
    assert len(box.model.requests) == asked + 1
