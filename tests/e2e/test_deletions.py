"""People delete questions and answers, while these grow and later."""

import asyncio

import pytest

from bot.sandbox import Permission
from bot.sandbox.model.requests import Outcome
from tests.e2e.asking import growing, of_bot, prompt_of
from tests.e2e.buttons import labels, offered
from tests.e2e.conftest import Town
from tests.e2e.stored import rows
from tests.e2e.task import Bot, running


async def test_deleting_a_question_stops_its_answer(town: Town, bot: Bot) -> None:
    """The request to the model is closed, the half answer is deleted, and nothing of either is kept or sent again."""
    box = town.box
    question, message = await growing(town, "a secret")
    await town.alice.deletes(question)
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)
    await box.until(lambda: message.deleted)
    box.model.is_well()
    assert "secret" not in await prompt_of(town, "and now?")
    assert await rows(town, "SELECT state, text, prompt, shown = wanted FROM questions WHERE position = 1") == [
        ("deleted", "", None, 1)
    ]
    assert await rows(town, "SELECT state, reason, text, chosen FROM answers WHERE position = 1") == [
        ("stopped", "deletion", "", 0)
    ]
    ((state, reason, model),) = await rows(town, "SELECT state, reason, model <> '' FROM calls WHERE position = 1")
    assert (state, reason, model) == ("closed", "deletion", 1)
    assert len(of_bot(town)) == 1


async def test_deleting_a_finished_question_takes_both_out_of_the_window(town: Town, bot: Bot) -> None:
    """Question and answer are erased and sent no more; the answer stays on Discord as people have read it."""
    box = town.box
    box.model.replies_with("a blue one")
    question = await town.alice.says(town.general, "@Parley which colour?")
    answer = (await box.bot.answers(question)).messages[0]
    await town.alice.deletes(question)
    await bot.logs("was deleted")
    prompt = await prompt_of(town, "and now?")
    assert "colour" not in prompt
    assert "a blue one" not in prompt
    assert answer.content == "a blue one"
    assert labels(answer) == []
    assert await rows(town, "SELECT text, chosen FROM answers WHERE position = 1") == [("", 0)]


async def test_deleting_a_question_that_waits_answers_the_next(town: Town, bot: Bot) -> None:
    """A question that waits behind another and is deleted asks no model; the one behind it is answered."""
    box = town.box
    await growing(town)
    waiting = await town.alice.says(town.general, "@Parley waiting")
    last = await town.bob.says(town.general, "@Parley last")
    await town.alice.deletes(waiting)
    await bot.logs("was deleted")
    box.model.is_well()
    await town.alice.runs("stop", town.general)
    await box.bot.answers(last)
    assert not box.bot.requests(waiting)
    assert "waiting" not in str(box.bot.requests(last)[-1].messages)


async def test_deleting_the_message_of_an_answer_that_grows_is_a_stop(town: Town, bot: Bot) -> None:
    """The request to the model is closed, nothing is sent again, and what was said is in no later prompt."""
    box = town.box
    town.bob.joins(town.home, roles=[town.home.role("mods", Permission.MANAGE_MESSAGES)])
    _, message = await growing(town)
    await town.bob.deletes(message)
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)
    box.model.is_well()
    prompt = await prompt_of(town, "and now?")
    assert "hello" in prompt
    assert "word0" not in prompt
    assert len(of_bot(town)) == 1
    assert await rows(town, "SELECT state, reason, chosen FROM answers WHERE position = 1") == [
        ("stopped", "person", 0)
    ]
    assert await rows(town, "SELECT outcome, change, shown = wanted FROM questions WHERE position = 1") == [
        ("gone", "removed", 1)
    ]


async def test_deleting_a_message_of_a_finished_answer_takes_the_answer_out_of_the_window(town: Town, bot: Bot) -> None:
    """With one of two messages deleted, the whole answer leaves the window, without a word; Regenerate makes another."""
    box = town.box
    town.bob.joins(town.home, roles=[town.home.role("mods", Permission.MANAGE_MESSAGES)])
    box.model.replies_with(" ".join(f"wonderful{number}" for number in range(280)))
    question = await town.alice.says(town.general, "@Parley hello")
    first, second = (await box.bot.answers(question)).messages
    await town.bob.deletes(first)
    await bot.logs("messages of the answer")
    assert "wonderful" not in await prompt_of(town, "and now?")
    assert not second.deleted
    assert await rows(town, "SELECT text, tokens FROM answers WHERE position = 1") == [("", 0)]
    exported = await town.alice.runs("export", town.general, format="json")
    assert "wonderful" not in next(iter(exported.files.values())).decode()
    box.model.replies_with("short")
    await town.alice.uses("Regenerate", second)
    await box.until(lambda: second.content == "short")
    assert "short" in await prompt_of(town, "and then?")


async def test_messages_that_the_bot_deletes_itself_are_no_such_event(town: Town, bot: Bot) -> None:
    """A shorter Regenerate deletes the second message of the answer, which stays in the window."""
    box = town.box
    box.model.replies_with(" ".join(f"wonderful{number}" for number in range(280)))
    question = await town.alice.says(town.general, "@Parley hello")
    _, second = (await box.bot.answers(question)).messages
    box.model.replies_with("short")
    await town.alice.presses(second, "Regenerate")
    await box.until(lambda: second.deleted)
    assert "short" in await prompt_of(town, "and now?")
    assert await rows(town, "SELECT outcome FROM questions WHERE position = 1") == [("shown",)]


async def test_many_messages_are_deleted_at_once(town: Town, bot: Bot) -> None:
    """A moderator's purge of questions and answers, together with messages that the bot never handled."""
    box = town.box
    chatter = [await town.bob.says(town.general, f"chatter {number}") for number in range(20)]
    questions = [await town.alice.says(town.general, f"@Parley secret {number}") for number in range(3)]
    answers = [(await box.bot.answers(one)).messages[0] for one in questions]
    box.discord.deletes_many([*chatter, questions[0], answers[1], questions[2], answers[2]])
    await bot.logs("messages of the answer")
    prompt = await prompt_of(town, "and now?")
    assert "secret 1" in prompt
    assert "secret 0" not in prompt
    assert "secret 2" not in prompt
    assert await rows(town, "SELECT state FROM questions ORDER BY position LIMIT 3") == [
        ("deleted",), ("begun",), ("deleted",)
    ]  # fmt: skip


async def test_a_proxied_message_is_deleted_and_its_copy_is_not_answered(town: Town, bot: Bot) -> None:
    """A bot like PluralKit deletes a question and posts it by a webhook: its answer stops, and nobody is answered again."""
    box = town.box
    hook = town.home.webhook(town.general, "PluralKit")
    question, message = await growing(town, "one of us asks")
    await hook.replaces(question, "Fox")
    await box.until(lambda: message.deleted)
    box.model.is_well()
    assert "one of us asks" not in await prompt_of(town, "and now?")
    assert len(box.model.requests) == 2


async def test_three_people_replied_to_a_question_that_is_deleted(town: Town, bot: Bot) -> None:
    """The answers to those who replied to it stay as they are, and are sent to the model as before."""
    box = town.box
    carol = box.discord.user("Carol")
    question = await town.alice.says(town.general, "@Parley what about cats?")
    await box.bot.answers(question)
    replies = [
        await one.says(town.general, f"@Parley {one.name} agrees", reply_to=question)
        for one in (town.alice, town.bob, carol)
    ]
    for one in replies:
        await box.bot.answers(one)
    await town.alice.deletes(question)
    await bot.logs("was deleted")
    prompt = await prompt_of(town, "and now?")
    assert all(f"{name} agrees" in prompt for name in ("Alice", "Bob", "Carol"))
    assert await rows(town, "SELECT count(*) FROM questions WHERE state = 'deleted'") == [(1,)]


async def test_a_channel_that_is_deleted_ends_its_answer(town: Town, bot: Bot) -> None:
    """An answer grows in a channel that is deleted: it stops with those that wait behind it, and other channels are answered."""
    box = town.box
    other = town.home.channel("other")
    await growing(town)
    await town.alice.says(town.general, "@Parley waiting")
    box.discord.deletes_channel(town.general)
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)
    box.model.is_well()
    later = await town.bob.says(other, "@Parley are you there?")
    await box.bot.answers(later)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_question_is_deleted_before_the_model_says_a_word(town: Town, bot: Bot, at_once: bool) -> None:
    """Deleted with its claim, or a moment later: the question is erased, and nothing stands on Discord."""
    box = town.box
    box.model.stalls(after=0)
    question = await town.alice.says(town.general, "@Parley hello")
    if not at_once:
        await box.until(lambda: bool(box.model.requests))
    await town.alice.deletes(question)
    await bot.logs("was deleted") if not at_once else await asyncio.sleep(0)
    box.model.is_well()
    assert "hello" not in await prompt_of(town, "and now?")
    assert len(of_bot(town)) == 1


async def test_what_was_deleted_while_the_bot_was_away_is_found(town: Town) -> None:
    """A question and a message of another answer are deleted; one new mention lets the bot look, and both leave the window."""
    box = town.box
    town.bob.joins(town.home, roles=[town.home.role("mods", Permission.MANAGE_MESSAGES)])
    async with running(box, town.folder):
        questions = [await town.alice.says(town.general, f"@Parley secret {number}") for number in range(3)]
        answers = [(await box.bot.answers(one)).messages[0] for one in questions]
        await offered(box, questions[2], "Regenerate")
    await town.alice.deletes(questions[0])
    await town.bob.deletes(answers[1])
    missed = await town.bob.says(town.general, "@Parley and now?")
    box.model.replies_with("answered")
    async with running(box, town.folder):
        await box.bot.answers(missed, containing="answered")
        prompt = str(box.bot.requests(missed)[-1].messages)
        assert "secret 0" not in prompt
        assert prompt.count("secret 1") == 1
        assert prompt.count("secret 2") == 2
        assert await rows(town, "SELECT state, outcome FROM questions ORDER BY position LIMIT 3") == [
            ("deleted", "gone"), ("begun", "gone"), ("begun", "shown")
        ]  # fmt: skip


async def test_a_place_that_is_full_of_talk_is_searched_only_as_far_as_it_is_listed(town: Town) -> None:
    """A question that lies further back than the newest hundred messages is not taken for deleted."""
    box = town.box
    async with running(box, town.folder):
        old = await town.alice.says(town.general, "@Parley an old one")
        await box.bot.answers(old)
    for number in range(120):
        await town.bob.says(town.general, f"chatter {number}")
    missed = await town.bob.says(town.general, "@Parley and now?")
    async with running(box, town.folder):
        await box.bot.answers(missed)
        assert "an old one" in str(box.bot.requests(missed)[-1].messages)
        assert await rows(town, "SELECT state FROM questions ORDER BY position LIMIT 1") == [("begun",)]


async def test_a_message_is_deleted_while_a_question_that_replies_to_it_waits(town: Town) -> None:
    """The model is told that it was deleted, and nothing of it is stored."""
    box = town.box
    async with running(box, town.folder, PARLEY_DISCORD__FOLLOW_THREADS="true"):
        await growing(town)
        quoted = await town.alice.says(town.general, "a secret plan")
        question = await town.bob.says(town.general, "@Parley is that right?", reply_to=quoted)
        await town.alice.deletes(quoted)
        box.model.is_well()
        await town.alice.runs("stop", town.general)
        await box.bot.answers(question)
        prompt = str(box.bot.requests(question)[-1].messages)
        assert "secret plan" not in prompt
        assert "a message that was deleted" in prompt
        assert await rows(town, "SELECT count(*) FROM contents") == [(0,)]
