"""The buttons under answers: Retry makes another attempt in the place of the one that failed, Continue goes on."""

import signal

import pytest

from bot.chat.texts import CUT_BY_LENGTH
from bot.cogs.texts import NOT_YOUR_QUESTION, NOTHING_TO_RETRY
from bot.errors import ModelRejected
from bot.sandbox import Permission
from tests.e2e import process
from tests.e2e.buttons import labels, offered, offers
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running


async def test_a_failed_answer_is_tried_again_in_its_place(town: Town, bot: Bot) -> None:
    """Retry replaces an error with the answer, in the same message."""
    box = town.box
    box.model.fails(400, code="invalid_value")
    question = await town.alice.says(town.general, "@Parley hello")
    failed = (await box.bot.answers(question, containing=ModelRejected.public)).messages
    await town.alice.presses(failed[0], "Retry")
    answer = await box.bot.answers(question)
    assert [message.id for message in answer.messages] == [failed[0].id]
    await offered(box, question, "Regenerate")


async def test_half_an_answer_is_replaced_by_the_whole(town: Town, bot: Bot) -> None:
    """The asker's Retry replaces half an answer with the whole one, in its message and in the history."""
    box = town.box
    box.model.cuts_after(3)
    question = await town.alice.says(town.general, "@Parley hello")
    half = (await box.bot.answers(question, containing="cut off")).messages
    assert (await town.bob.presses(half[0], "Retry")).content == NOT_YOUR_QUESTION
    await town.alice.presses(half[0], "Retry")
    answer = await box.bot.answers(question)
    assert [message.id for message in answer.messages] == [half[0].id]
    later = await town.alice.says(town.general, "@Parley and now?")
    await box.bot.answers(later)
    assert [one["role"] for one in box.bot.requests(later)[0].messages] == ["system", "user", "assistant", "user"]


async def test_a_longer_answer_after_a_shorter_one_is_whole(town: Town, bot: Bot) -> None:
    """A retry that breaks off sooner than the attempt before it leaves that on display; one that goes on replaces it."""
    box = town.box
    long = " ".join(f"wonderful{number}" for number in range(280))
    box.model.replies_with(long)
    box.model.cuts_after(800)
    question = await town.alice.says(town.general, "@Parley hello")
    half = (await box.bot.answers(question, containing="cut off")).messages
    assert len(half) == 2
    first_button = half[-1].components
    box.model.replies_with(long)
    box.model.cuts_after(3)
    await town.alice.presses(half[-1], "Retry")
    await offers(box, question, "Retry", instead_of=first_button)
    assert [message.content for message in box.bot.shown(question)] == [message.content for message in half]
    box.model.replies_with(long)
    await town.alice.presses(box.bot.shown(question)[-1], "Retry")
    answer = await box.bot.answers(question)
    assert len(answer.messages) == 2
    assert answer.messages[0].id == half[0].id


async def test_a_retry_that_fails_leaves_the_answer_before_it(town: Town, bot: Bot) -> None:
    """A retry that fails keeps the half answer before it on display, in the history and in what the model is sent next."""
    box = town.box
    box.model.cuts_after(3)
    question = await town.alice.says(town.general, "@Parley hello")
    (half,) = (await box.bot.answers(question, containing="cut off")).messages
    before = half.content.split("\n")[0]
    box.model.fails(400, code="invalid_value")
    await town.alice.presses(half, "Retry")
    (still,) = (await box.bot.answers(question, containing=ModelRejected.public)).messages
    assert (still.id, still.content.split("\n")[0]) == (half.id, before)
    later = await town.alice.says(town.general, "@Parley and now?")
    await box.bot.answers(later)
    assert box.bot.requests(later)[0].messages[2] == {"role": "assistant", "content": before}


async def test_a_moderator_may_retry_and_an_old_button_says_that_it_is_old(town: Town, bot: Bot) -> None:
    """A moderator may retry; a button pressed while its retry runs says that there is nothing to retry."""
    box = town.box
    town.bob.joins(town.home, roles=[town.home.role("mods", Permission.MANAGE_MESSAGES)])
    box.model.cuts_after(3)
    question = await town.alice.says(town.general, "@Parley hello")
    half = (await box.bot.answers(question, containing="cut off")).messages[0]
    box.model.delays(1)
    await town.bob.presses(half, "Retry")
    await box.until(lambda: len(box.model.requests) == 2)
    assert (await town.alice.presses(half, "Retry")).content == NOTHING_TO_RETRY
    await box.bot.answers(question)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_retry_works_after_a_restart(town: Town, number: signal.Signals) -> None:
    """A Retry button works after a restart of the bot."""
    box = town.box
    async with process.running(box, town.folder) as bot:
        box.model.cuts_after(3)
        question = await town.alice.says(town.general, "@Parley hello")
        half = (await box.bot.answers(question, containing="cut off")).messages
        await bot.stop(number)
    async with running(box, town.folder):
        await town.alice.presses(half[0], "Retry")
        answer = await box.bot.answers(question)
        assert [message.id for message in answer.messages] == [half[0].id]


async def test_an_answer_cut_by_its_length_goes_on(town: Town) -> None:
    """Continue, for the asker and also after a restart, adds the rest to an answer that was cut by its length."""
    box = town.box
    settings = {"PARLEY_MODEL__MAX_REPLY_TOKENS": "20"}
    words = [f"word{number}" for number in range(30)]
    async with running(box, town.folder, **settings) as bot:
        box.model.replies_with(" ".join(words))
        question = await town.alice.says(town.general, "@Parley hello")
        cut = (await box.bot.answers(question, containing=CUT_BY_LENGTH)).messages
        shown = cut[0].content.split("\n")[0].split()
        assert 0 < len(shown) < 30
        await bot.stop()
    async with running(box, town.folder, **settings):
        assert (await town.bob.presses(cut[0], "Continue")).content == NOT_YOUR_QUESTION
        box.model.replies_with(" and the rest")
        await town.alice.presses(cut[0], "Continue")
        await box.until(lambda: "the rest" in cut[0].content)
        await box.until(lambda: labels(cut[0]) == ["Regenerate"])
        assert cut[0].content.split() == [*shown, "and", "the", "rest"]
        assert [one["role"] for one in box.model.requests[-1].messages] == ["system", "user", "assistant", "user"]
        assert len(box.bot.shown(question)) == 1
