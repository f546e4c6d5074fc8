"""Choices hold for what the bot does before Discord has told it about servers and channels."""

import json
import signal
from typing import Any

from bot.sandbox import Permission
from tests.e2e import process, task
from tests.e2e.conftest import Town

PIRATE = json.dumps({"system_prompt": "Say arr."})


async def test_a_question_of_before_a_crash_is_answered_as_its_category_says(town: Town) -> None:
    """A question that a crash left is answered by what was chosen for the category of its thread's channel."""
    mona = town.box.discord.user("Mona")
    mona.joins(town.home, roles=[town.home.role("mods", Permission.MANAGE_CHANNELS | Permission.MANAGE_GUILD)])
    room = town.home.channel("room", category=town.home.category("rooms"))
    town.box.model.stalls(before_headers=True, times=2)
    async with process.running(town.box, town.folder, PARLEY_PERSONAS__PIRATE=PIRATE) as bot:
        options: dict[str, Any] = {"for": "category", "name": "pirate"}
        await mona.runs("persona", room, **options)
        thread = await town.alice.opens_thread(room, "a thread")
        questions = [await town.alice.says(place, "@Parley hello") for place in (room, thread)]
        await town.box.until(lambda: len(town.box.model.requests) == len(questions))
        await bot.stop(signal.SIGKILL)
    async with task.running(town.box, town.folder, PARLEY_PERSONAS__PIRATE=PIRATE):
        for question in questions:
            await town.box.bot.answers(question)
        assert {str(one.messages[0]["content"]).split("\n")[0] for one in town.box.model.requests} == {"Say arr."}
