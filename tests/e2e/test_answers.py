"""Answers as people read them: long, odd and broken ones, on a Discord whose limits hold."""

import pytest

from bot.reply.layout import FileUse
from bot.reply.texts import NO_MORE
from bot.sandbox import Channel, Message, Permission
from bot.sandbox.driver.texts import bare
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running

FAMILY = "👩\u200d👩\u200d👧\u200d👦"
CODE = "\n".join(f"    result_{number} = compute(number={number}, scale=1.5)" for number in range(100))
ODD = {
    "prose of 7000": " ".join(f"Sentence number {number} has a few words." for number in range(170)),
    "code of 5000": f"Here it is:\n```python\ndef all_of_it():\n{CODE}\n```\nThat is all.",
    "a line of 7000": "abcdefghij" * 700,
    "families at the edge": FAMILY * 300,
    "Hebrew": "שלום עולם, זאת תשובה ארוכה מאוד. " * 120,
    "Chinese": "今天天气很好，我们去公园散步吧。" * 300,
    "everyone": "@everyone and @here, " * 200,
    "line separators": "one\u2028two\u2029three\x85four " * 150,
}


def said(town: Town, place: Channel) -> list[Message]:
    """The bot's messages in a place."""
    return [message for message in town.box.discord.messages(place) if message.author is town.box.bot.user]


@pytest.fixture
def limited(town: Town) -> Town:
    """A town whose Discord limits requests as it does in life, only ten times as fast."""
    town.box.discord.enforces_limits(scale=0.1)
    town.box.model.pace(first_seconds=0.01, tokens_per_second=2000)
    return town


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", ODD)
async def test_an_odd_answer_arrives_whole(limited: Town, bot: Bot, name: str) -> None:
    """A long or odd answer is shown whole, in messages that end between letters, close their code blocks and ping nobody."""
    box, text = limited.box, ODD[name]
    box.model.replies_with(text)
    question = await limited.alice.says(limited.general, "@Parley go on")
    messages = (await box.bot.answers(question, timeout=30)).messages
    assert all(0 < len(message.content) <= 2000 for message in messages)
    assert all(message.content.count("```") % 2 == 0 for message in messages)
    assert not any(message.mentions.everyone for message in messages)
    edges = [end for message in messages for end in (message.content[0], message.content[-1])]
    assert not {"\u200d", "\u200b"} & set(edges)
    assert [call.path for call in box.discord.calls if call.status == 429] == []
    assert len(said(limited, limited.general)) == len(messages)


async def test_an_answer_of_many_messages_comes_as_a_file(limited: Town, bot: Bot) -> None:
    """A very long answer is shown in four messages and attached whole as a file; the history holds all of it."""
    box, text = limited.box, " ".join(f"Sentence number {number} has a few words." for number in range(260))
    box.model.replies_with(text)
    question = await limited.alice.says(limited.general, "@Parley everything, please")
    messages = (await box.bot.answers(question, containing=FileUse.ATTACHED.value, timeout=30)).messages
    assert len(messages) == 4
    assert bare(text).startswith(bare("".join(message.content for message in messages).partition("\n-# ")[0]))
    assert [len(message.attachments) for message in messages] == [0, 0, 0, 1]
    assert messages[3].attachments[0].filename == "answer.md"
    assert messages[3].attachments[0].content.decode() == text
    later = await limited.alice.says(limited.general, "@Parley and then?")
    await box.bot.answers(later)
    assert box.bot.requests(later)[0].messages[-2]["content"] == text


async def test_a_missing_right_to_attach_files_is_named(town: Town) -> None:
    """Without the right to attach files, the last message names that right in place of the file."""
    box = town.box
    town.home.permits(town.general, deny={town.home.bot_role: Permission.ATTACH_FILES})
    async with running(box, town.folder, PARLEY_ANSWERS__MAX_MESSAGES="1"):
        box.model.replies_with("word " * 1000)
        question = await town.alice.says(town.general, "@Parley everything, please")
        messages = (await box.bot.answers(question, containing=FileUse.FORBIDDEN.value)).messages
        assert messages[-1].attachments == []


@pytest.mark.parametrize(
    ("status", "code", "said"), [(413, 40005, FileUse.REFUSED.value), (403, 50013, FileUse.FORBIDDEN.value)]
)
async def test_a_refused_file_takes_no_text_along(town: Town, status: int, code: int, said: str) -> None:
    """When Discord refuses the file, the message is filled with text up to its limit and says why there is no file."""
    box, edit = town.box, "/channels/{channel_id}/messages/{message_id}"
    async with running(box, town.folder, PARLEY_ANSWERS__MAX_MESSAGES="1"):
        box.model.replies_with("word " * 1000)
        box.discord.fails("PATCH", edit, status, code=code, times=None, when=lambda call: bool(call.uploads))
        question = await town.alice.says(town.general, "@Parley everything, please")
        messages = (await box.bot.answers(question, containing=said)).messages
        assert 1700 < len(messages[0].content) <= 2000
        assert messages[0].attachments == []


async def test_a_right_that_is_lost_midway_is_named(town: Town, bot: Bot) -> None:
    """An answer during which the bot loses the right to send fills its first message and names that right below."""
    box = town.box
    box.model.pace(first_seconds=0.01, tokens_per_second=300)
    box.model.replies_with(" ".join(f"wonderful{number}" for number in range(400)))
    question = await town.alice.says(town.general, "@Parley go on")
    await box.until(lambda: box.bot.shown(question))
    town.home.permits(town.general, deny={town.home.bot_role: Permission.SEND_MESSAGES})
    lost = NO_MORE.format(permission="Send Messages")
    messages = (await box.bot.answers(question, containing=lost)).messages
    assert len(messages) == 1
    assert len(messages[0].content) > 1700


async def test_a_retry_takes_the_file_of_a_longer_answer_away(town: Town) -> None:
    """A retry with a short answer removes the attached file of the longer attempt before it."""
    box = town.box
    async with running(box, town.folder, PARLEY_ANSWERS__MAX_MESSAGES="1"):
        box.model.pace(first_seconds=0.01, tokens_per_second=3000)
        box.model.cuts_after(900)
        box.model.replies_with("word " * 1000)
        question = await town.alice.says(town.general, "@Parley everything, please")
        messages = (await box.bot.answers(question, containing=FileUse.ATTACHED.value)).messages
        box.model.replies_with("In short: no.")
        await town.alice.presses(messages[-1], "Retry")
        answer = await box.bot.answers(question)
        await box.until(lambda: answer.messages[-1].attachments == [])
        assert len(said(town, town.general)) == 1


async def test_half_a_code_block_is_shown_as_one(limited: Town, bot: Bot) -> None:
    """A code block is closed at each edit while it grows."""
    box = limited.box
    box.model.pace(first_seconds=0.01, tokens_per_second=100)
    box.model.replies_with("Look:\n```python\n" + "x = 1\n" * 60 + "```\nDone.")
    question = await limited.alice.says(limited.general, "@Parley code, please")
    await box.until(lambda: any("x = 1" in message.content for message in box.bot.shown(question)))
    shown = box.bot.shown(question)[0].content
    assert shown.count("```") == 2
    assert shown.endswith("```")
    await box.bot.answers(question, timeout=30)


async def test_the_typing_indicator_is_for_silence_only(town: Town, bot: Bot) -> None:
    """The typing indicator is sent once for an answer that is slow to begin, and not for a quick one."""
    box = town.box
    typing = "/channels/{channel_id}/typing"
    await box.bot.answers(await town.alice.says(town.general, "@Parley quick"))
    assert not any(call.template == typing for call in box.discord.calls)
    box.model.pace(first_seconds=0.8)
    await box.bot.answers(await town.alice.says(town.general, "@Parley slow"))
    assert sum(call.template == typing for call in box.discord.calls) == 1


async def test_an_answer_that_nobody_can_see_is_said_to_be_empty(limited: Town, bot: Bot) -> None:
    """An answer of nothing but blanks is shown as a line that says that it is empty."""
    limited.box.model.replies_with(" \n\t \u3000\n")
    question = await limited.alice.says(limited.general, "@Parley hello")
    await limited.box.bot.answers(question, containing="empty answer")
