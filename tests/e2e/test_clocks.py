"""Computers whose clock is wrong: the age of a question is measured on Discord's clock alone."""

from pathlib import Path

import pytest

from bot.chat.texts import AWAY
from tests.e2e.task import running
from tests.truth.watch import Watch

WARNING = "the clock of this computer is"


@pytest.mark.parametrize("ahead_seconds", [-960, -100_000, 960, 100_000])
async def test_a_question_that_arrives_is_new(watch: Watch, tmp_path: Path, ahead_seconds: int) -> None:
    """A question is answered on a computer whose clock is minutes or a day off, and the log says once to set it."""
    async with watch.sandbox(ahead_seconds=ahead_seconds) as box:
        general, alice = box.discord.guild("Home").channel("general"), box.discord.user("Alice")
        async with running(box, tmp_path) as bot:
            for place in (general, await alice.dm()):
                await box.bot.answers(await alice.says(place, "@Parley hello"))
            assert bot.log.count(WARNING) == 1


@pytest.mark.parametrize("ahead_seconds", [-960, 960])
async def test_what_was_missed_is_as_old_as_discord_says(watch: Watch, tmp_path: Path, ahead_seconds: int) -> None:
    """A question from a short downtime is answered, one from a long downtime is closed with one line, by Discord's clock."""
    async with watch.sandbox(ahead_seconds=ahead_seconds) as box:
        general, alice = box.discord.guild("Home").channel("general"), box.discord.user("Alice")
        async with running(box, tmp_path):
            await box.bot.answers(await alice.says(general, "@Parley one"))
        missed = await alice.says(general, "@Parley two")
        async with running(box, tmp_path):
            await box.bot.answers(missed)
        late = await alice.says(general, "@Parley three")
        box.clock.moves(seconds=1000)
        async with running(box, tmp_path):
            await box.bot.answers(late, containing=AWAY)
