"""Contents of questions: quotes, links, and what was said before, as contents of their own that no restart changes."""

import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing

import pytest

from bot.chat.speakers import short_id
from bot.gateway.login import NO_CONTENT
from bot.intake.quotes import BEFORE, UNREAD_LINK
from bot.sandbox import Intent, Message, Permission
from tests.e2e.conftest import Town
from tests.e2e.process import ended, environment
from tests.e2e.task import Bot, running

AMBIENT = {"PARLEY_HISTORY__AMBIENT": "3"}


@pytest.fixture
async def hearing(town: Town) -> AsyncGenerator[Bot, None]:
    """The bot, whose questions bring along up to three messages that were said before."""
    async with running(town.box, town.folder, **AMBIENT) as connected:
        yield connected


def link(to: Message) -> str:
    """The link to a message."""
    guild = to.channel.guild
    assert guild is not None
    return f"https://discord.com/channels/{guild.id}/{to.channel.id}/{to.id}"


def stored(town: Town) -> str:
    """All texts of questions in the database."""
    with closing(sqlite3.connect(town.folder / "history.db")) as database:
        return str(database.execute("SELECT text, prompt, origin FROM questions").fetchall())


def contents(town: Town) -> list[tuple[int | None, int | None, str]]:
    """Author, message and text of each content beside the questions' own texts."""
    with closing(sqlite3.connect(town.folder / "history.db")) as database:
        return database.execute("SELECT author_id, message_id, text FROM contents ORDER BY position, number").fetchall()


async def test_words_of_others_are_stored_apart_and_sent_the_same_after_a_restart(town: Town) -> None:
    """A quote, a linked message and what was said before are contents by their author and message; each prompt only grows."""
    box, news = town.box, town.home.channel("news")
    async with running(box, town.folder, **AMBIENT):
        quoted = await town.bob.says(town.general, "tea is hot")
        linked = await town.bob.says(news, "coffee is hotter")
        aside = await town.bob.says(town.general, "milk is cold")
        question = await town.alice.says(town.general, f"@Parley is {link(linked)} true?", reply_to=quoted)
        await box.bot.answers(question)
        assert contents(town)[0][:2] == (town.bob.id, quoted.id)
        assert [(author, message) for author, message, _ in contents(town)] == [
            (town.bob.id, quoted.id), (town.bob.id, linked.id), (None, None), (town.bob.id, aside.id)
        ]  # rows of a table # fmt: skip
        assert all(word not in stored(town) for word in ("tea", "coffee", "milk", "Bob"))
        first = box.model.requests[-1].messages
        assert [word in str(first[-1]["content"]) for word in ("> tea", "> coffee", "> milk")] == [True] * 3
    async with running(box, town.folder, **AMBIENT):
        await box.bot.answers(await town.alice.says(town.general, "@Parley and now?"))
        second = box.model.requests[-1].messages
        assert second[: len(first)] == first
        exported = await town.alice.runs("export", town.general, format="json")
        (turn, *_) = json.loads(next(iter(exported.files.values())))["conversations"][0]["turns"]
        assert turn["contents"][0]["author_id"] == str(town.bob.id)
        assert "tea is hot" in turn["contents"][0]["text"]
        exported = await town.alice.runs("export", town.general)
        assert "> > milk is cold" in next(iter(exported.files.values())).decode()


async def test_a_plain_question_has_no_contents(town: Town, bot: Bot) -> None:
    """A question without anything beside it has no row in the contents, and causes no request to Discord but its answer's."""
    town.box.discord.calls.clear()
    await town.box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
    assert contents(town) == []
    assert not [call for call in town.box.discord.calls if call.method == "GET"]


async def test_an_answer_is_quoted_where_the_window_has_lost_it(town: Town, bot: Bot) -> None:
    """A reply to an answer of the open conversation quotes nothing; after a reset the same reply quotes the answer."""
    box = town.box
    box.model.replies_with("Oil burns in the lamp.")
    answer = (await box.bot.answers(await town.alice.says(town.general, "@Parley what burns?"))).messages[0]
    await box.bot.answers(await town.alice.says(town.general, "@Parley why?", reply_to=answer))
    assert "In reply" not in box.model.requests[-1].question
    await town.alice.runs("reset", town.general)
    await box.bot.answers(await town.alice.says(town.general, "@Parley why?", reply_to=answer))
    head = f"In reply to you, Parley (#{short_id(box.bot.user.id)}), who wrote:"
    assert box.model.requests[-1].question.endswith(f"why?\n{head}\n> Oil burns in the lamp.")


async def test_a_question_that_discord_hides_is_quoted_from_the_history(town: Town, bot: Bot) -> None:
    """Without the content intent, a reply to a question that the bot was asked before quotes it as it was stored."""
    box = town.box
    asked = await town.bob.says(town.general, "@Parley what burns?")
    await box.bot.answers(asked)
    await box.bot.answers(await town.alice.says(town.general, "@Parley answer him", reply_to=asked))
    head = f"In reply to Bob (#{short_id(town.bob.id)}), who wrote:"
    assert box.model.requests[-1].question.endswith(f"answer him\n{head}\n> @Parley what burns?")


async def test_a_hidden_message_is_not_told_of(town: Town, bot: Bot) -> None:
    """A link to a place that the asker does not see, and one to no message, lead to the same words."""
    secret = town.home.channel("secret", deny={town.alice.user: Permission.VIEW_CHANNEL})
    hidden = link(await town.bob.says(secret, "the code is 1234"))
    gone = await town.bob.says(town.general, "gone")
    await town.bob.deletes(gone)
    for url in (hidden, link(gone)):
        await town.box.bot.answers(await town.alice.says(town.general, f"@Parley what is {url}"))
        assert town.box.model.requests[-1].question.endswith(f"what is {url}\n{UNREAD_LINK.format(link=url)}")
    assert "1234" not in str([request.messages for request in town.box.model.requests])


async def test_what_was_said_is_brought_along_once(town: Town, hearing: Bot) -> None:
    """The talk before a question comes with it, and not again with the next one; bots' words never do."""
    box = town.box
    await town.home.webhook(town.general).says("from a hook")
    for number in range(5):
        await town.bob.says(town.general, f"word {number}")
    first = await town.alice.says(town.general, "@Parley what do you think?")
    await box.bot.answers(first)
    asked = box.model.requests[-1].question
    assert f"what do you think?\n{BEFORE}\n" in asked
    assert [f"word {number}" in asked for number in range(5)] == [False, False, True, True, True]
    assert "hook" not in asked
    await town.bob.says(town.general, "one more")
    await box.bot.answers(await town.alice.says(town.general, "@Parley and now?"))
    asked = box.model.requests[-1].question
    assert [word in asked for word in ("word 4", "one more")] == [False, True]


async def test_nothing_is_fetched_for_what_is_not_for_the_bot(town: Town, hearing: Bot) -> None:
    """Messages that are not for the bot cause no request to Discord; a question causes one for all of them."""
    for number in range(20):
        await town.bob.says(town.general, f"word {number}")
    await town.box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
    reads = [call for call in town.box.discord.calls if call.method == "GET" and call.path.endswith("/messages")]
    assert len(reads) == 1


async def test_without_the_intent_check_and_start_say_so(town: Town) -> None:
    """Where the portal does not grant the intent, `history.ambient` does nothing, and the log and `check` name the switch."""
    town.box.discord.application.privileged = Intent.NONE
    async with running(town.box, town.folder, **AMBIENT) as bot:
        await bot.logs(NO_CONTENT)
        await town.bob.says(town.general, "tea is hot")
        await town.box.bot.answers(await town.alice.says(town.general, "@Parley what is hot?"))
        assert BEFORE not in town.box.model.requests[-1].question
    _, printed = await ended("check", environment(town.box, town.folder, **AMBIENT), town.folder)
    assert f"warn  intents: {NO_CONTENT}" in printed


async def test_another_persons_message_that_is_answered_is_stored_apart(town: Town, bot: Bot) -> None:
    """“Answer this” on another person's message quotes it as a content of its author; nothing of it is the asker's own text."""
    said = await town.bob.says(town.general, "Who has seen my lamp?")
    await town.alice.uses("Answer this", said)
    await town.box.until(lambda: contents(town))
    assert contents(town) == [(town.bob.id, said.id, "\n> Who has seen my lamp?")]
    assert "lamp" not in stored(town)
