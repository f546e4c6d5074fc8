"""Two processes with one token and two databases: each answers, and neither touches the other's messages."""

import asyncio
import shutil
import signal
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from bot.chat.texts import SWITCHED_OFF
from bot.sandbox.discord.world.messages import Message
from tests.e2e.conftest import Town
from tests.e2e.log import ANOTHER
from tests.e2e.process import Bot, running

ENDINGS = (SWITCHED_OFF, "ours at last")


def answers(town: Town, question: Message) -> list[Message]:
    """All replies of the bot to a question, oldest first."""
    messages = town.box.discord.messages(town.general)
    return [one for one in messages if one.reference is not None and one.reference.message_id == question.id]


def words(message: Message) -> list[str]:
    """The words of an answer, without a line of ours."""
    return message.content.partition("\n-#")[0].split()


async def both(stack: AsyncExitStack, town: Town) -> tuple[Bot, Bot]:
    """Two processes, each with a database of its own, both connected."""
    started: list[Bot] = []
    for name in ("first", "second"):
        (town.folder / name).mkdir(exist_ok=True)
        bot = await stack.enter_async_context(running(town.box, town.folder / name, expected=ANOTHER))
        await bot.logs("connected as")
        started.append(bot)
    return started[0], started[1]


async def test_each_answers_in_messages_of_its_own(town: Town) -> None:
    """Both answer each question, each in its own message, which the other never edits; both say so in their log."""
    box = town.box
    box.model.pace(first_seconds=0.05, tokens_per_second=200)
    async with AsyncExitStack() as stack:
        first, second = await both(stack, town)
        box.model.replies_with("red " * 80, "blue " * 80)
        question = await town.alice.says(town.general, "@Parley hello")
        await box.until(lambda: sorted(len(words(one)) for one in answers(town, question)) == [80, 80], timeout=20)
        assert {frozenset(words(one)) for one in answers(town, question)} == {frozenset({"red"}), frozenset({"blue"})}
        await first.logs(ANOTHER)
        await second.logs(ANOTHER)


@pytest.mark.long
async def test_a_copy_of_a_database_is_another_database(town: Town) -> None:
    """A database that was copied to a second folder answers in messages of its own, and both say so in their log."""
    box = town.box
    first, second = town.folder / "first", town.folder / "second"
    first.mkdir()
    async with running(box, first):
        await box.bot.answers(await town.alice.says(town.general, "@Parley before"))
    second.mkdir()
    shutil.copy(first / "history.db", second)
    await box.bot.disconnected()
    async with AsyncExitStack() as stack:
        bots = await both(stack, town)
        box.model.replies_with("red", "blue")
        question = await town.alice.says(town.general, "@Parley hello")
        await box.until(lambda: sorted(one.content for one in answers(town, question)) == ["blue", "red"])
        for bot in bots:
            await bot.logs(ANOTHER)


@pytest.mark.long
async def test_a_copy_that_looks_like_the_original_is_another_database(town: Town) -> None:
    """Two databases with one id, as a copy on another computer may have, answer in messages of their own, and both say so."""
    box = town.box
    folders = [town.folder / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
        async with running(box, folder):
            pass
        with closing(sqlite3.connect(folder / "history.db")) as connection, connection:
            connection.execute("UPDATE facts SET value = 'abcd' WHERE key = 'id of the database'")
    async with AsyncExitStack() as stack:
        bots = await both(stack, town)
        box.clock.moves(seconds=60)  # what is sent now is not from the run before
        box.model.replies_with("red " * 80, "blue " * 80)
        question = await town.alice.says(town.general, "@Parley hello")
        await box.until(lambda: sorted(len(words(one)) for one in answers(town, question)) == [80, 80], timeout=20)
        assert {frozenset(words(one)) for one in answers(town, question)} == {frozenset({"red"}), frozenset({"blue"})}
        for bot in bots:
            await bot.logs(ANOTHER)


@pytest.mark.parametrize("shown", [True, False])
async def test_a_start_leaves_the_others_messages_alone(town: Town, *, shown: bool) -> None:
    """A start after a crash takes the answer of another database for its own neither where it has a message nor where not."""
    box = town.box
    ours, others = town.folder / "ours", town.folder / "others"
    for folder in (ours, others):
        folder.mkdir()
    async with running(box, others):
        pass
    await box.bot.disconnected()
    async with running(box, ours) as bot:
        box.model.stalls(after=3 if shown else 0)
        question = await town.alice.says(town.general, "@Parley hello")
        await box.until(lambda: box.bot.requests(question))
        async with asyncio.timeout(30):
            while recorded(ours) != shown:  # noqa: ASYNC110 -- a file
                await asyncio.sleep(0.05)
        await bot.stop(signal.SIGKILL)
    half = [one.id for one in answers(town, question)]
    await box.bot.disconnected()
    box.model.is_well()
    box.model.replies_with("the whole answer of another")
    async with running(box, others, expected=ANOTHER):
        await box.until(lambda: any("of another" in one.content for one in answers(town, question)))
    await box.bot.disconnected()
    box.model.replies_with("ours at last")
    async with running(box, ours, expected=ANOTHER) as bot:
        await box.until(lambda: any(ending in one.content for one in answers(town, question) for ending in ENDINGS))
        if shown:
            await bot.logs(ANOTHER)
    contents = {one.id: one.content for one in answers(town, question)}
    assert len(contents) == 2
    assert list(contents.values()).count("the whole answer of another") == 1
    assert all("of another" not in contents[one] for one in half)


def recorded(folder: Path) -> bool:
    """Whether a message of an answer is in a database."""
    with closing(sqlite3.connect(folder / "history.db")) as connection:
        return bool(connection.execute("SELECT count(*) FROM answer_messages").fetchone()[0])
