"""Stories that are killed after each write of the store and each act on Discord; the next start always brings them to one end.

Each story runs once for each of its steps, and dies after it. Then the bot starts again, dies up to three times more in its
recovery, and comes to rest. Discord and the store must tell the same, and nobody is answered twice.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.chat.appearance import DisplayOutcome
from bot.chat.calls import CallState
from bot.chat.content import Media
from bot.chat.endings import RESTART
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState
from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.store import opened
from tests.chat.crash_stories import STORIES, Stage, Story
from tests.fakes.state import State
from tests.fakes.store import memory_store
from tests.fakes.world import Crash, Fate, World


@asynccontextmanager
async def memory(_: Path) -> AsyncGenerator[Store, None]:
    """A store in memory that is kept over a crash."""
    yield memory_store(State())


async def plays(story: Story, stage: Stage) -> bool:
    """Play a story; False where its process died before the end."""
    try:
        await story(stage)
    except Crash:
        async with asyncio.timeout(60):
            while stage.house.lanes.busy:  # noqa: ASYNC110 -- what is left of the dead process falls over
                await asyncio.sleep(0.001)
        return False
    return True


async def recovers(world: World, store: Store, number: int) -> None:
    """Start again until a start comes to rest; the first three die at different steps."""
    for start in range(4):
        fate = Fate(1 + (number + start) % 5 + 3 * start if start < 3 else None)
        stage = Stage(world, store, fate)
        if await plays(recovery, stage):
            return
    raise AssertionError("no start came to rest")


async def recovery(stage: Stage) -> None:
    """Start, and take up what the process before left."""
    await stage.house.recovery.start()
    await stage.rest()


async def check(world: World, store: Store) -> None:
    """Check what holds when everything is at rest."""
    assert list(await store.questions.behind()) == []
    turns = [turn async for turn in store.history.turns(1)]
    known: set[int] = set()
    for turn in turns:
        record = turn.record
        gone = record.display.outcome is DisplayOutcome.GONE
        hashes = [one.content.hash for one in turn.contents if isinstance(one.content, Media)]
        assert await store.blobs.read(hashes) == dict.fromkeys(hashes, b"bytes")
        assert record.answers or record.question.deleted, f"question {record.question.key} was never answered"
        assert record.question.deleted or record.question.prompt is not None, "it still waits"
        assert all(answer.state is not AnswerState.WRITING for answer in record.answers)
        assert all(call.state is not CallState.OPEN for call in turn.calls)
        ends = [(call.sibling, call.ended_at) for call in turn.calls]
        assert len(set(ends)) == len(ends), "two calls ended in one moment"
        if gone:
            assert all(not answer.chosen for answer in record.answers)
            known |= set(record.display.messages.live)
            continue
        assert all(answer.sibling == 1 or answer.reason != RESTART for answer in record.answers)
        chosen = [answer.sibling for answer in record.answers if answer.chosen]
        displayed = record.displayed
        assert displayed is not None
        assert chosen in ([], [displayed.sibling])
        messages = record.display.messages
        assert messages.retired == ()
        known |= set(messages.live)
        if any(message_id not in world.messages for message_id in messages.live):
            continue  # a person deleted it, and nobody told the dead process
        texts = [world.messages[message_id] for message_id in messages.live]
        shown = "".join(text for text in texts if not text.startswith("-# "))
        assert shown == displayed.text
    assert set(world.messages) <= known


@pytest.mark.parametrize("story", STORIES)
async def test_a_story_that_dies_after_any_step_comes_to_one_end(story: Story, tmp_path: Path) -> None:
    """A story that dies after any step comes to one end: nothing is left, lost, doubled or shown otherwise than stored."""
    number, whole = 0, False
    while not whole:
        number += 1
        async with memory(tmp_path) as store:
            world = World()
            whole = await plays(story, Stage(world, store, Fate(number)))
            await recovers(world, store, number)
            await check(world, store)
    assert number > 5


@pytest.mark.unmeasured
@pytest.mark.parametrize("story", STORIES)
async def test_the_same_on_disk(story: Story, tmp_path: Path) -> None:
    """The stories end the same way on SQLite, killed at every third step."""
    migrate(empty := tmp_path / "empty.db")
    number, whole = 0, False
    while not whole:
        number += 3
        async with opened(Path(shutil.copy(empty, tmp_path / f"{number}.db"))) as store:
            world = World()
            whole = await plays(story, Stage(world, store, Fate(number)))
            await recovers(world, store, number)
            await check(world, store)
