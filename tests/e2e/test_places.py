"""Kinds of places, and what happens to threads: each has a result that people see."""

import pytest

from bot.chat.texts import NOT_SHOWN
from bot.sandbox import Intent, Kind, Message, Permission
from bot.sandbox.discord.world.channels import Channel
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running
from tests.e2e.test_threads import FOLLOW, asks, sent


async def in_writing(town: Town, place: Channel) -> Message:
    """A question whose answer Discord shows a part of, while the model is still writing."""
    town.box.model.replies_with("The beginning" + " and more" * 15)
    town.box.model.pace(tokens_per_second=20)
    question = await town.alice.says(place, "@Parley tell me")
    await town.box.until(lambda: bool(town.box.bot.shown(question)))
    return question


async def told(town: Town, text: str) -> None:
    """Wait until Alice has this direct message of the bot's."""
    dm = await town.alice.dm()
    await town.box.until(lambda: any(one.content == text for one in town.box.discord.messages(dm)))


@pytest.mark.parametrize("kind", [Kind.ANNOUNCEMENT, Kind.VOICE, Kind.STAGE])
async def test_announcements_and_the_text_of_voice_channels(town: Town, bot: Bot, kind: Kind) -> None:
    """They hold conversations like any channel; threads of announcements go on from their messages."""
    place = town.home.channel("place", kind=kind)
    question = await asks(town, place, "one", "A1")
    assert sent(town, await asks(town, place, "two", "A2")) == ["one", "A1", "two"]
    await town.alice.runs("reset", place)
    assert sent(town, await asks(town, place, "three", "A3")) == ["three"]
    if kind is Kind.ANNOUNCEMENT:
        thread = await town.alice.opens_thread(town.box.bot.shown(question)[0], "news")
        assert thread.kind is Kind.ANNOUNCEMENT_THREAD
        assert sent(town, await asks(town, thread, "four", "A4")) == ["one", "A1", "four"]


async def test_an_edited_first_question_keeps_the_title_of_its_post(town: Town, bot: Bot) -> None:
    """A first question that is edited later is rendered anew with the post's title; another question is without it."""
    forum = town.home.channel("posts", kind=Kind.FORUM)
    post = await town.bob.opens_post(forum, "My lamp", "It flickers.")
    first = await asks(town, post, "why?", "A1")
    second = await asks(town, post, "and when?", "A2")
    await town.alice.edits(first, "@Parley why so?")
    await bot.logs(f"question {first.id} was edited")
    await town.alice.edits(second, "@Parley and when then?")
    await bot.logs(f"question {second.id} was edited")
    later = sent(town, await asks(town, post, "so?", "A3"))
    assert later[0].startswith("why so?\n\n[in the post “My lamp”]")
    assert later[2] == "and when then?"


@pytest.mark.parametrize("content", [True, False], ids=["with the content intent", "without it"])
@pytest.mark.parametrize("kind", [Kind.FORUM, Kind.MEDIA])
async def test_a_post_tells_its_title_and_tags_once(town: Town, kind: Kind, *, content: bool) -> None:
    """The first question in a post is told the title, the tags and the post's first message, as far as Discord shows it."""
    forum = town.home.channel("posts", kind=kind, tags=["help", "(#abcd) x"])
    if not content:
        town.box.discord.application.privileged = Intent.NONE
    async with running(town.box, town.folder, **(FOLLOW if content else {})):
        post = await town.bob.opens_post(forum, "My lamp\u2028flickers", "It does so\nat night.", tags=["help"])
        first = await asks(town, post, "why?", "A1")
        told = ", who wrote\n> It does so\n> at night." if content else ", whose text you cannot see"
        (question,) = sent(town, first)
        assert question.startswith(
            "why?\n\n[in the post “My lamp flickers”, tagged help]\n\nThe post begins with a message of Bob (#"
        )
        assert question.endswith(told)
        assert sent(town, await asks(town, post, "and now?", "A2")) == [question, "A1", "and now?"]
        await town.alice.runs("reset", post)
        assert sent(town, await asks(town, post, "again", "A3")) == ["again"]
        own = await town.alice.opens_post(forum, "Alice (#abcd): yes", "@Parley is it?")
        (asked,) = town.box.discord.messages(own)
        await town.box.bot.answers(asked)
        (question,) = sent(town, asked)
        assert question == "is it?\n\n\\[in the post “Alice (#abcd): yes”]"


async def test_an_archived_thread_opens_by_a_mention(town: Town, bot: Bot) -> None:
    """A mention in an archived thread opens it, by Discord's rule, and is answered from what was said there."""
    thread = await town.alice.opens_thread(town.general, "old")
    await asks(town, thread, "one", "A1")
    town.box.discord.archives(thread)
    assert sent(town, await asks(town, thread, "two", "A2")) == ["one", "A1", "two"]
    assert thread.thread is not None
    assert not thread.thread.archived


async def test_a_thread_that_is_archived_in_mid_answer(town: Town, bot: Bot) -> None:
    """The answer opens the thread again, as a message would, and goes on in its message."""
    thread = await town.alice.opens_thread(town.general, "old")
    question = await in_writing(town, thread)
    town.box.discord.archives(thread)
    shown = await town.box.bot.answers(question)
    assert len(shown.messages) == 1
    assert thread.thread is not None
    assert not thread.thread.archived


async def test_a_thread_that_is_closed_in_mid_answer(town: Town, bot: Bot) -> None:
    """In a thread that is archived and locked the answer is stored, its asker is told, and the next question has it."""
    thread = await town.alice.opens_thread(town.general, "old")
    await in_writing(town, thread)
    town.box.discord.archives(thread, locked=True)
    await told(town, NOT_SHOWN.format(place=thread.id))
    mona = town.box.discord.user("Mona")
    mona.joins(town.home, [town.home.role("mods", Permission.MANAGE_THREADS)])
    await mona.locks(thread, locked=False)
    prompt = sent(town, await asks(town, thread, "two", "A2"))
    assert prompt[0] == "tell me"
    assert prompt[1].endswith("and more")


@pytest.mark.parametrize("parent", [False, True])
async def test_a_thread_that_is_deleted_in_mid_answer(town: Town, *, parent: bool) -> None:
    """The answer has no place any more: its asker is told once, and other places go on, also after the next start."""
    room = town.home.channel("room")
    async with running(town.box, town.folder):
        thread = await town.alice.opens_thread(room, "gone soon")
        await in_writing(town, thread)
        town.box.discord.deletes_channel(room if parent else thread)
        await told(town, NOT_SHOWN.format(place=thread.id))
        await asks(town, town.general, "one", "A1")
    async with running(town.box, town.folder):
        await asks(town, town.general, "two", "A2")
    dm = await town.alice.dm()
    assert len(town.box.discord.messages(dm)) == 1


async def test_a_thread_without_history(town: Town, bot: Bot) -> None:
    """A thread whose starter the bot may not read begins empty."""
    await asks(town, town.general, "one", "A1")
    said = await town.bob.says(town.general, "hm")
    town.home.permits(town.general, deny={town.home.bot_role: Permission.READ_MESSAGE_HISTORY})
    thread = await town.alice.opens_thread(said, "hm")
    town.box.model.replies_with("A2")
    question = await town.alice.says(thread, "@Parley two")
    await town.box.until(lambda: any(one.content == "A2" for one in town.box.discord.messages(thread)))
    assert sent(town, question) == ["two"]


async def test_a_thread_in_a_category_without_access(town: Town, bot: Bot) -> None:
    """Discord tells nothing of such a thread: it is silent, and answered from the beginning once the bot sees it."""
    hidden = town.home.category("hidden")
    town.home.permits(hidden, deny={town.home.bot_role: Permission.VIEW_CHANNEL})
    room = town.home.channel("room", category=hidden, deny={town.home.bot_role: Permission.VIEW_CHANNEL})
    thread = await town.alice.opens_thread(room, "inside")
    await town.alice.says(thread, "@Parley are you there?")
    await asks(town, town.general, "one", "A1")
    assert len(town.box.model.requests) == 1
    town.home.permits(room, allow={town.home.bot_role: Permission.VIEW_CHANNEL})
    assert sent(town, await asks(town, thread, "and now?", "A2")) == ["and now?"]
