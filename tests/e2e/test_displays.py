"""Answers that Discord does not take: it fails on them, or refuses them."""

import sqlite3
from collections.abc import Callable

import pytest

from bot.chat.texts import NOT_SHOWN
from bot.reply import texts
from bot.sandbox import Channel, Message
from bot.sandbox.discord.rest.calls import Call
from bot.sandbox.wire import as_object
from tests.e2e.buttons import labels
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running

SEND = ("POST", "/channels/{channel_id}/messages")
EDIT = ("PATCH", "/channels/{channel_id}/messages/{message_id}")


def content(call: Call) -> str:
    """The text of a message that the bot sends or edits."""
    return str((as_object(call.body) or {}).get("content", ""))


def holds(text: str) -> Callable[[Call], bool]:
    """Whether a call shows a text with these words."""
    return lambda call: text in content(call)


def within(channel: Channel) -> Callable[[Call], bool]:
    """Whether a call is about a channel."""
    return lambda call: f"/channels/{channel.id}/" in call.path


def said(town: Town, channel: Channel) -> list[str]:
    """The texts of the bot's messages in a channel."""
    return [one.content for one in town.box.discord.messages(channel) if one.author is town.box.bot.user]


async def private(town: Town) -> list[str]:
    """Return the texts that the bot told Alice in direct messages."""
    return said(town, await town.alice.dm())


def outcomes(town: Town) -> list[tuple[str, str, int]]:
    """Of each question: the state of its answer, what became of its display, and whether it is behind."""
    with sqlite3.connect(town.folder / "history.db") as database:
        return database.execute(
            "SELECT a.state, q.outcome, q.shown < q.wanted FROM questions q JOIN answers a USING (position) ORDER BY position"
        ).fetchall()


async def test_an_edit_that_discord_fails_on_is_made_when_discord_takes_it(town: Town, bot: Bot) -> None:
    """The next question of the place is answered after seconds, others at once, and the edit is made in the end."""
    box = town.box
    elsewhere = town.home.channel("elsewhere")
    box.model.pace(first_seconds=0.01, tokens_per_second=100)
    box.model.replies_with("first " * 60, "second", "third")
    question = await town.alice.says(town.general, "@Parley one")
    (first,) = await box.until(lambda: box.bot.shown(question))
    box.discord.fails(*EDIT, 500, times=None, when=lambda call: str(first.id) in call.path)
    behind = await town.bob.says(town.general, "@Parley two")
    await bot.logs("once more later")
    tries = [call for call in box.discord.calls if call.status == 500]
    assert 1 <= len(tries) <= 6
    await box.bot.answers(behind)
    await box.bot.answers(await town.bob.says(elsewhere, "@Parley three"))
    box.discord.is_well()
    await box.until(lambda: first.content.split() == ["first"] * 60, timeout=30)
    await bot.logs(f"{question.id}: done")
    assert outcomes(town) == [("done", "shown", 0)] * 3


@pytest.mark.long
async def test_what_could_not_be_shown_is_shown_in_order(town: Town, bot: Bot) -> None:
    """Answers that a place did not take come in the order of their questions when it takes messages again."""
    box = town.box
    box.model.replies_with("first", "second")
    box.discord.fails(*SEND, 503, times=None, when=within(town.general))
    await town.alice.says(town.general, "@Parley one")
    await town.bob.says(town.general, "@Parley two")
    await box.until(lambda: bot.log.count("once more later") == 2, timeout=30)
    box.discord.is_well()
    await box.until(lambda: said(town, town.general) == ["first", "second"], timeout=30)


async def test_an_edit_that_discord_fails_on_is_made_at_the_next_start(town: Town) -> None:
    """An edit that Discord did not take until the bot ended is made when it starts again."""
    box = town.box
    box.model.pace(first_seconds=0.01, tokens_per_second=100)
    box.model.replies_with("first " * 60)
    async with running(box, town.folder) as bot:
        question = await town.alice.says(town.general, "@Parley one")
        (first,) = await box.until(lambda: box.bot.shown(question))
        box.discord.fails(*EDIT, 503, times=None)
        await bot.logs("once more later")
    box.discord.is_well()
    async with running(box, town.folder):
        await box.until(lambda: first.content.split() == ["first"] * 60)


@pytest.mark.parametrize(("code", "remark"), [(50035, texts.REFUSED), (240000, texts.BLOCKED), (200000, texts.BLOCKED)])
async def test_a_text_that_discord_refuses_is_told_under_what_it_took(
    town: Town, bot: Bot, code: int, remark: str
) -> None:
    """Text that Discord refuses is tried once while it grows and once at its end; a remark says where all of it is."""
    box = town.box
    box.model.pace(first_seconds=0.01, tokens_per_second=20)
    box.model.replies_with("good " * 10 + "BAD " + "good " * 40)
    box.discord.fails(*EDIT, 400, code=code, times=None, when=holds("BAD"))
    question = await town.alice.says(town.general, "@Parley one")
    await box.until(lambda: box.bot.shown(question) and remark in box.bot.shown(question)[0].content, timeout=30)
    assert box.bot.shown(question)[0].content.startswith("good")
    assert sum(call.status == 400 for call in box.discord.calls) == 2
    await bot.logs(": done")
    assert outcomes(town) == [("done", "refused", 0)]
    assert await private(town) == []


async def test_an_answer_that_its_place_refuses_wholly_is_told_in_private(town: Town, bot: Bot) -> None:
    """Where the place takes no word, the asker is told once in a direct message; commands and other places go on."""
    box = town.box
    box.model.replies_with("an answer")
    for route in (SEND, EDIT):
        box.discord.fails(*route, 400, code=50035, times=None, when=within(town.general))
    await town.alice.says(town.general, "@Parley one")
    await bot.logs(": done")
    assert outcomes(town) == [("done", "refused", 0)]
    assert await private(town) == [NOT_SHOWN.format(place=town.general.id)]
    export = await town.alice.runs("export", town.general)
    assert b"an answer" in b"".join(export.files.values())


async def test_a_bot_that_may_write_no_more_tells_the_asker_in_private(town: Town, bot: Bot) -> None:
    """An answer in a channel that shut the bot out before its first message is told in a direct message."""
    box = town.box
    box.model.pace(first_seconds=0.3)
    box.model.replies_with("an answer")
    question: Message = await town.alice.says(town.general, "@Parley one")
    await box.until(lambda: box.bot.requests(question))
    box.discord.fails(*SEND, 403, code=50013, times=None, when=within(town.general))
    await bot.logs(": done")
    assert outcomes(town) == [("done", "refused", 0)]
    assert await private(town) == [NOT_SHOWN.format(place=town.general.id)]


async def test_a_hint_that_its_place_refuses_comes_in_private(town: Town, bot: Bot) -> None:
    """A hint that the channel refuses reaches the asker in a direct message that names the channel."""
    town.box.discord.fails(*SEND, 400, code=50035, times=None, when=within(town.general))
    await town.alice.says(town.general, "@Parley")
    dm = await town.alice.dm()
    await town.box.until(lambda: said(town, dm))
    assert said(town, dm)[0].startswith(f"In <#{town.general.id}>: ")


@pytest.mark.parametrize(("buttons", "own"), [("last", "Regenerate"), ("failed", "")])
async def test_an_answer_that_is_sent_whole_is_not_edited(town: Town, buttons: str, own: str) -> None:
    """A model that says all at once: the answer is one message, with the buttons that it keeps, and no edit of it follows."""
    box = town.box
    box.model.replies_with("fine")
    async with running(box, town.folder, PARLEY_ANSWERS__BUTTONS=buttons) as bot:
        question = await town.alice.says(town.general, "@Parley hello")
        (answer,) = (await box.bot.answers(question)).messages
        await bot.logs(f"question {question.id}: done")
    assert labels(answer) == [own] * bool(own)
    assert not [call for call in box.discord.calls if call.method == "PATCH" and str(answer.id) in call.path]
