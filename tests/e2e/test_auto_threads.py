"""`discord.auto_thread`: an answer in a channel opens a thread for what follows."""

import asyncio
import signal

import pytest

from bot.gateway.thread_opening import UNNAMED
from bot.sandbox import Intent, Kind, Permission
from bot.sandbox.discord.rest.calls import Call
from tests.e2e import process
from tests.e2e.buttons import offered, offers
from tests.e2e.conftest import Town
from tests.e2e.task import running
from tests.e2e.test_new_threads import threads_of
from tests.e2e.test_threads import FOLLOW, asks, sent

AUTO = {"PARLEY_DISCORD__AUTO_THREAD": "channels"}
OPEN = ("POST", "/channels/{channel_id}/messages/{message_id}/threads")


@pytest.mark.parametrize("content", [True, False], ids=["with the content intent", "without it"])
async def test_what_follows_an_answer_has_a_thread(town: Town, *, content: bool) -> None:
    """The answer stays in the channel; the thread on it goes on from it, without a mention where the intent allows."""
    if not content:
        town.box.discord.application.privileged = Intent.NONE
    async with running(town.box, town.folder, **AUTO, **(FOLLOW if content else {})):
        question = await asks(town, town.general, "**how** do magnets work?", "A1")
        await town.box.until(lambda: len(threads_of(town)) == 1)
        (thread,) = threads_of(town)
        assert (thread.id, thread.name) == (town.box.bot.shown(question)[0].id, "how do magnets work?")
        town.box.model.replies_with("A2")
        follow_up = await town.bob.says(thread, "and why?" if content else "@Parley and why?")
        await town.box.bot.answers(follow_up)
        assert sent(town, follow_up) == ["**how** do magnets work?", "A1", "and why?"]
        if not content:
            await town.bob.says(thread, "without a mention")
        other = await asks(town, town.general, "two", "A3")
        assert sent(town, other) == ["**how** do magnets work?", "A1", "two"]
        await town.box.until(lambda: len(threads_of(town)) == 2)
        await offered(town.box, other, "Regenerate")
        town.box.model.replies_with("A4")
        await town.alice.presses(town.box.bot.shown(other)[0], "Regenerate")
        await offers(town.box, other, "2/2")
        await asks(town, await town.alice.dm(), "three", "A5")
        await asks(town, town.home.channel("voice", kind=Kind.VOICE), "four", "A6")
        assert len(threads_of(town)) == 2
        assert len(town.box.model.requests) == 6


async def test_a_thread_without_words_and_one_that_exists(town: Town) -> None:
    """A question of nothing but a spoiler names no thread until the next one; a thread that people were faster with stays."""
    async with running(town.box, town.folder, **AUTO):
        await asks(town, town.general, "||secret||", "A1")
        await town.box.until(lambda: len(threads_of(town)) == 1)
        assert threads_of(town)[0].name == UNNAMED
        town.box.discord.fails(*OPEN, 400, code=160004)
        await asks(town, town.general, "two", "A2")
        await asks(town, town.general, "three", "A3")
        await town.box.until(lambda: len(threads_of(town)) == 2)


async def test_a_thread_that_cannot_be_opened_harms_no_answer(town: Town) -> None:
    """Where the bot may not, or Discord fails, the answer stands, the log says why, and the start names the channels."""
    town.home.permits(town.general, deny={town.home.bot_role: Permission.CREATE_PUBLIC_THREADS})
    async with running(town.box, town.folder, **AUTO) as bot:
        await bot.logs("discord.auto_thread: in Home")
        await asks(town, town.general, "one", "A1")
        room = town.home.channel("room")
        for status, code in ((400, 160006), (403, 50013)):
            town.box.discord.fails(*OPEN, status, code=code)
            await asks(town, room, f"two {code}", f"A{code}")
            await bot.logs("no thread is opened on answer")
        assert threads_of(town) == []
        assert threads_of(town, room) == []


async def test_a_crash_between_answer_and_thread_opens_one(town: Town) -> None:
    """An answer that is shown, and whose thread was not opened before the bot was killed, has it after the next start."""
    asked = asyncio.Event()

    def opens(_: Call) -> bool:
        asked.set()
        return True

    async with process.running(town.box, town.folder, PARLEY_DISCORD__AUTO_THREAD="channels") as killed:
        town.box.discord.stalls(*OPEN, when=opens)
        town.box.model.replies_with("A1")
        question = await town.alice.says(town.general, "@Parley one")
        async with asyncio.timeout(30):
            await asked.wait()
        await killed.stop(signal.SIGKILL)
    async with running(town.box, town.folder, **AUTO):
        await town.box.until(lambda: len(threads_of(town)) == 1)
        assert [one.content for one in town.box.bot.shown(question)] == ["A1"]
        assert sent(town, await asks(town, threads_of(town)[0], "two", "A2")) == ["one", "A1", "two"]


async def test_check_names_what_threads_need(town: Town) -> None:
    """`check` says which permissions the setting needs, and nothing of them where it is off."""
    _, printed = await process.ended("check", process.environment(town.box, town.folder, **AUTO), town.folder)
    assert "ok    threads: discord.auto_thread needs the permissions Create Public Threads" in printed
    _, printed = await process.ended("check", process.environment(town.box, town.folder), town.folder)
    assert "threads:" not in printed


async def test_a_page_of_a_proxy_in_place_of_the_thread(town: Town) -> None:
    """Where an answer of Discord's to the opening or the naming of a thread is damaged, the answers end like any others."""
    async with running(town.box, town.folder, **AUTO) as bot:
        box = town.box
        box.discord.garbles("POST", "/channels/{channel_id}/messages/{message_id}/threads")
        question = await asks(town, town.general, "<@&1>", "A1")
        await bot.logs("no thread is opened on answer")
        thread = next(one for one in box.discord.world.channels.values() if one.thread)
        box.discord.garbles("PATCH", "/channels/{channel_id}")
        await asks(town, thread, "two", "A2")
        await bot.logs(f"thread {thread.id} cannot be named")
        assert box.bot.shown(question)[0].id == thread.id
