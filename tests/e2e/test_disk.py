"""A disk that takes no more writes while an answer is written: what was complete is stored when it does again.

The kernel refuses the process's writes by RLIMIT_FSIZE of 0 bytes, which SQLite reports as an error of the disk.
"""

import resource
import signal
import sqlite3
from contextlib import closing

from bot.chat.texts import NOT_KEPT, SWITCHED_OFF
from bot.sandbox import Message
from tests.e2e.buttons import offered
from tests.e2e.conftest import Town
from tests.e2e.process import Bot, running

WORDS = ["word"] * 60


def disk_fails(bot: Bot, *, fails: bool = True) -> None:
    """Let all writes of the bot to files fail, or none."""
    _, most = resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (0 if fails else most, most))


def stored(town: Town) -> list[tuple[str, list[str]]]:
    """The state and the words of each answer."""
    with closing(sqlite3.connect(town.folder / "history.db")) as database:
        rows = database.execute("SELECT state, text FROM answers ORDER BY position").fetchall()
    return [(state, text.split()) for state, text in rows]


async def answered_on_a_broken_disk(town: Town, bot: Bot) -> Message:
    """Ask a question whose answer cannot be stored, and return the message that shows it."""
    town.box.model.pace(first_seconds=0.01, tokens_per_second=40)
    town.box.model.replies_with(" ".join(WORDS), "fine")
    question = await town.alice.says(town.general, "@Parley one")
    (shown,) = await town.box.until(lambda: town.box.bot.shown(question))
    await town.box.until(lambda: shown.edited_at)  # so that its id is stored
    disk_fails(bot)
    await town.box.until(lambda: NOT_KEPT in shown.content, timeout=30)
    assert shown.content.partition("\n-#")[0].split() == WORDS
    return shown


async def test_a_complete_answer_is_stored_when_the_disk_is_back(town: Town) -> None:
    """The answer is stored whole, the remark under it goes, and the next question is asked behind it."""
    async with running(town.box, town.folder) as bot:
        shown = await answered_on_a_broken_disk(town, bot)
        disk_fails(bot, fails=False)
        await bot.logs("stored after all")
        await town.box.until(lambda: shown.content.split() == WORDS, timeout=30)
        answer = await town.box.bot.answers(await town.bob.says(town.general, "@Parley two"))
        assert answer.request is not None
        assert any(" ".join(WORDS) in str(message.get("content")) for message in answer.request.messages)
        assert stored(town)[0] == ("done", WORDS)
    assert "Traceback" not in bot.log


async def test_a_complete_answer_is_stored_at_a_stop(town: Town) -> None:
    """An answer that could not be stored is stored when the bot stops and the disk is back."""
    async with running(town.box, town.folder) as bot:
        await answered_on_a_broken_disk(town, bot)
        disk_fails(bot, fails=False)
    assert stored(town) == [("done", WORDS)]


async def test_a_complete_answer_survives_a_crash_while_the_disk_fails(town: Town) -> None:
    """The next start stores what Discord shows as the whole answer, and does not say that the bot was switched off."""
    async with running(town.box, town.folder) as bot:
        shown = await answered_on_a_broken_disk(town, bot)
        await bot.stop(signal.SIGKILL)
    async with running(town.box, town.folder):
        await town.box.until(lambda: shown.content.split() == WORDS, timeout=30)
        await town.box.bot.answers(await town.bob.says(town.general, "@Parley two"))
    assert stored(town)[0] == ("done", WORDS)
    assert SWITCHED_OFF not in shown.content


async def test_deletions_and_edits_are_carried_out_when_the_disk_is_back(town: Town) -> None:
    """A question that is deleted and one that is edited while the disk fails are erased and changed when it is back."""
    box = town.box
    box.model.replies_with("fine", "fine")
    async with running(box, town.folder) as bot:
        secret, plain = [
            await town.alice.says(town.general, f"@Parley {text}") for text in ("a secret", "my cat is Ada")
        ]
        await box.bot.answers(plain)
        await offered(box, plain, "Regenerate")
        disk_fails(bot)
        await town.alice.deletes(secret)
        await bot.logs("could not be stored yet")
        await town.alice.edits(plain, "@Parley my cat Bea")
        await town.alice.edits(plain, "@Parley my cat Cleo")
        await bot.logs("an edit of message")
        disk_fails(bot, fails=False)
        await bot.logs("was edited after its answer")
        asked = await town.bob.says(town.general, "@Parley and now?")
        answer = await box.bot.answers(asked)
        assert answer.request is not None
        prompt = str(answer.request.messages)
        assert [word in prompt for word in ("secret", "Ada", "Bea", "Cleo")] == [False, False, False, True]


async def test_an_edit_that_is_carried_out_late_holds_up_no_answer(town: Town) -> None:
    """Discord does not say who may read a message that was edited while the disk failed: questions are answered meanwhile."""
    box, news = town.box, town.home.channel("news")
    box.model.replies_with("fine", "well")
    said = await town.bob.says(news, "the code is 1234")
    link = f"https://discord.com/channels/{town.home.id}/{news.id}/{said.id}"
    async with running(box, town.folder, PARLEY_DISCORD__FOLLOW_THREADS="true") as bot:
        await box.bot.answers(await town.alice.says(town.general, f"@Parley what of {link}?"))
        disk_fails(bot)
        await town.bob.edits(said, "the code is 5678")
        await bot.logs("an edit of message")
        box.discord.stalls("GET", "/guilds/{guild_id}/members/{user_id}", times=None)
        disk_fails(bot, fails=False)
        await box.bot.answers(await town.bob.says(town.general, "@Parley how are you?"), containing="well")
    assert "Traceback" not in bot.log
