"""Limits in a running bot: presses, the slots of a person, the tokens of a day, and the time of an answer."""

import re

from bot.chat.texts import TOO_MANY, TOOK_TOO_LONG
from bot.errors import ModelRejected
from tests.e2e.buttons import offers
from tests.e2e.conftest import Town
from tests.e2e.task import running


async def test_pressing_retry_counts_like_asking(town: Town) -> None:
    """With three questions a minute, a person asks once and presses Retry twice; the next press is turned down privately."""
    box = town.box
    box.model.fails(400, code="invalid_value", times=None)
    async with running(box, town.folder, PARLEY_LIMITS__USER_PER_MINUTE="3"):
        question = await town.alice.says(town.general, "@Parley hello")
        failed = (await box.bot.answers(question, containing=ModelRejected.public)).messages[0]
        for _ in range(2):
            button = failed.components
            await town.alice.presses(failed, "Retry")
            failed = await offers(box, question, "Retry", instead_of=button)
        assert (await town.alice.presses(failed, "Retry")).content == TOO_MANY
        await town.alice.says(town.general, "@Parley and this?")
        await box.until(lambda: any(m.content == f"-# {TOO_MANY}" for m in box.discord.messages(town.general)))
    assert len(box.model.requests) == 3


async def test_a_person_in_many_places_delays_nobody(town: Town) -> None:
    """While one person's questions wait in ten threads, another person's question is the next to be answered."""
    box = town.box
    threads = [await town.alice.opens_thread(town.general, f"topic {number}") for number in range(10)]
    box.model.stalls(times=2)
    limits = {"PARLEY_LIMITS__MODEL_REQUESTS": "3", "PARLEY_LIMITS__USER_REQUESTS": "2"}
    async with running(box, town.folder, PARLEY_SHUTDOWN__GRACE_SECONDS="0", **limits):
        for thread in threads:
            await town.alice.says(thread, "@Parley hello")
        await box.until(lambda: len(box.model.requests) == 2)
        await box.bot.answers(await town.bob.says(town.general, "@Parley hello"))
        assert len(box.model.requests) == 3


async def test_over_the_tokens_of_a_day_people_are_told_when_it_resets(town: Town) -> None:
    """The answer that would pass the day's tokens is a line with the time at which the bot answers again, after a restart too."""
    box = town.box
    settings = {
        "PARLEY_LIMITS__TOKENS_PER_DAY": "2000",
        "PARLEY_HISTORY__MAX_TOKENS": "900",
        "PARLEY_MODEL__MAX_REPLY_TOKENS": "1000",
    }
    box.model.replies_with(" ".join(["word"] * 300))
    async with running(box, town.folder, **settings):
        await box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
    async with running(box, town.folder, **settings):
        over = await town.alice.says(town.general, "@Parley hello again")
        (line,) = (await box.bot.answers(over, containing="used up")).messages
        assert re.search(r"I answer again <t:\d+:R>\.$", line.content)
        await town.bob.says(town.general, "@Parley hello")
        await box.until(lambda: sum("used up" in one.content for one in box.discord.messages(town.general)) == 2)
    assert len(box.model.requests) == 1


async def test_an_answer_that_drips_for_ever_is_ended_and_goes_on(town: Town) -> None:
    """A model that writes on and on is ended in `model.answer_seconds`: its text stays, the next question is answered."""
    box = town.box
    box.model.replies_with("drip " * 5000)
    box.model.pace(first_seconds=0.01, tokens_per_second=40)
    async with running(box, town.folder, PARLEY_MODEL__ANSWER_SECONDS="2"):
        dripping = await town.alice.says(town.general, "@Parley hello")
        ended = (await box.bot.answers(dripping, containing=TOOK_TOO_LONG)).messages[-1]
        assert ended.content.startswith("drip ")
        assert [button["label"] for row in ended.components for button in row["components"]] == ["Retry", "Continue"]
        box.model.pace()
        await box.bot.answers(await town.bob.says(town.general, "@Parley hello"))
