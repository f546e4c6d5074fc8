"""`/thread` and Branch from here: the talk goes on in a new thread, and the place that it comes from stays as it is."""

import asyncio

import pytest

from bot.cogs.texts import (
    BRANCH_FROM_HERE,
    BROKEN,
    GOES_ON,
    LACKS,
    NO_THREAD,
    NOT_A_THREAD_OPENER,
    NOT_IN_POSTS,
    NOTHING_BEFORE,
    THREAD_COMES,
)
from bot.gateway.thread_opening import UNNAMED, Refusal
from bot.sandbox import Kind, Message, Permission
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.messages import MessageType
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running
from tests.e2e.test_threads import FOLLOW, asks, sent


def threads_of(town: Town, channel: Channel | None = None) -> list[Channel]:
    """The threads of a channel, the oldest first."""
    channel = channel or town.general
    return [one for one in town.box.discord.world.channels.values() if one.parent is channel and one.thread]


async def opens(town: Town, place: Channel) -> Channel:
    """Run /thread and wait for the thread."""
    known = len(threads_of(town))
    await town.alice.runs("thread", place)
    await town.box.until(lambda: len(threads_of(town)) > known)
    return threads_of(town)[-1]


async def named(town: Town, thread: Channel, name: str) -> None:
    """Wait until a thread has this name."""
    await town.box.until(lambda: thread.name == name)


async def test_thread_goes_on_with_the_talk(town: Town) -> None:
    """/thread opens a thread on a line of the bot's; it begins with the channel's turns and is named by its first question."""
    async with running(town.box, town.folder, **FOLLOW):
        await asks(town, town.general, "one", "A1")
        response = await town.alice.runs("thread", town.general)
        assert response.content == f"{town.alice.mention} goes on with this in a thread."
        await town.box.until(lambda: threads_of(town))
        (thread,) = threads_of(town)
        assert (thread.id, thread.name) == (response.message.id, UNNAMED)
        await asks(town, town.general, "two", "A2")
        town.box.model.replies_with("A3")
        inside = await town.alice.says(thread, "what about **that**?")  # a thread of the bot's is followed
        await town.box.bot.answers(inside)
        assert sent(town, inside) == ["one", "A1", "what about **that**?"]
        await named(town, thread, "what about that?")
        await asks(town, thread, "three", "A4")
        assert sent(town, await asks(town, town.general, "four", "A5")) == ["one", "A1", "two", "A2", "four"]
    renamed = [one for one in town.box.discord.messages(thread) if one.type is MessageType.CHANNEL_NAME_CHANGE]
    assert len(renamed) == 1


@pytest.mark.parametrize("start", ["question", "answer", "anybody's"])
async def test_branch_from_here(town: Town, bot: Bot, start: str) -> None:
    """The thread is opened on the message itself: from a question without its answer, from an answer with it."""
    question = await asks(town, town.general, "one", "A1")
    answer = town.box.bot.shown(question)[0]
    other = await town.bob.says(town.general, "hm")
    await asks(town, town.general, "two", "A2")
    message = {"question": question, "answer": answer, "anybody's": other}[start]
    response = await town.bob.uses(BRANCH_FROM_HERE, message)
    assert (response.content, response.ephemeral) == (GOES_ON.format(thread=message.id), True)
    (thread,) = threads_of(town)
    prompt = sent(town, await asks(town, thread, "and?", "A3"))
    assert prompt[:-1] == (["one"] if start == "question" else ["one", "A1"])
    await named(town, thread, "and?")
    again = await town.bob.uses(BRANCH_FROM_HERE, message)
    assert again.content == NO_THREAD[Refusal.EXISTS].format(thread=thread.id)
    assert len(threads_of(town)) == 1


async def test_a_branch_of_a_thread_five_deep(town: Town, bot: Bot) -> None:
    """A branch of a thread is a thread of the same channel on a line of the bot's; each has all that its line said before."""
    expected = ["one", "A1"]
    message: Message = await asks(town, town.general, "one", "A1")
    for level in range(1, 6):
        answer = town.box.bot.shown(message)[-1]
        response = await town.alice.uses(BRANCH_FROM_HERE, answer)
        thread = threads_of(town)[-1]
        assert response.content == GOES_ON.format(thread=thread.id)
        message = await asks(town, thread, f"level {level}", f"L{level}")
        assert sent(town, message) == [*expected, f"level {level}"]
        expected += [f"level {level}", f"L{level}"]
        again = await town.alice.uses(BRANCH_FROM_HERE, answer)
        assert again.content == NO_THREAD[Refusal.EXISTS].format(thread=thread.id)
    keys = {str(one.body.get("prompt_cache_key")) for one in town.box.model.requests}
    assert len(keys) == 1
    assert sent(town, await asks(town, town.general, "two", "A2")) == ["one", "A1", "two"]


async def test_thread_in_a_thread(town: Town, bot: Bot) -> None:
    """/thread in a thread opens one beside it, with what that inherits and what was said in it, before its first turn too."""
    await asks(town, town.general, "one", "A1")
    thread = await town.alice.opens_thread(await town.bob.says(town.general, "hm"), "hm")
    assert sent(town, await asks(town, await opens(town, thread), "two", "A2")) == ["one", "A1", "two"]
    await asks(town, thread, "three", "A3")
    prompt = sent(town, await asks(town, await opens(town, thread), "four", "A4"))
    assert prompt[:2] + prompt[-2:] == ["one", "A1", "A3", "four"]


async def test_a_private_thread_branches_privately(town: Town, bot: Bot) -> None:
    """A branch of a private thread is private, has its asker in it, and leaves no line in the channel."""
    private = Permission.CREATE_PRIVATE_THREADS
    thread = await town.alice.opens_thread(town.general, "secret", private=True)
    await town.alice.adds_bot(thread)
    question = await asks(town, thread, "one", "A1")
    town.home.permits(town.general, deny={town.home.bot_role: private})
    lacking = await town.alice.uses(BRANCH_FROM_HERE, question)
    assert lacking.content == LACKS.format(permission="Create Private Threads")
    town.home.permits(town.general, allow={town.home.bot_role: private})
    before = len(town.box.discord.messages(town.general))
    await town.alice.uses(BRANCH_FROM_HERE, town.box.bot.shown(question)[0])
    branch = threads_of(town)[-1]
    assert branch.kind is Kind.PRIVATE_THREAD
    assert branch.thread is not None
    assert town.alice.id in branch.thread.joined
    assert len(town.box.discord.messages(town.general)) == before
    assert sent(town, await asks(town, branch, "two", "A2")) == ["one", "A1", "two"]


async def test_a_private_branch_is_its_askers(town: Town, bot: Bot) -> None:
    """In a private thread each person gets a branch of their own from a message, since nobody else is in it."""
    thread = await town.alice.opens_thread(town.general, "secret", private=True)
    await town.alice.adds_bot(thread)
    question = await asks(town, thread, "one", "A1")
    await town.alice.says(thread, f"{town.bob.mention} is here")
    for person in (town.alice, town.bob):
        response = await person.uses(BRANCH_FROM_HERE, question)
        branch = threads_of(town)[-1]
        assert response.content == GOES_ON.format(thread=branch.id)
        assert branch.thread is not None
        assert person.id in branch.thread.joined
    again = await town.bob.uses(BRANCH_FROM_HERE, question)
    assert again.content == NO_THREAD[Refusal.EXISTS].format(thread=branch.id)
    assert len(threads_of(town)) == 3


async def test_a_private_branch_that_fails_is_closed(town: Town, bot: Bot) -> None:
    """Where nothing was asked, or its asker cannot be added, the person is told so, and no open thread is left behind."""

    def still_open() -> list[Channel]:
        return [one for one in threads_of(town) if one.thread is not None and not one.thread.archived]

    thread = await town.alice.opens_thread(town.general, "secret", private=True)
    await town.alice.adds_bot(thread)
    said = await town.alice.says(thread, "hm")
    assert (await town.alice.uses(BRANCH_FROM_HERE, said)).content == NOTHING_BEFORE
    assert still_open() == [thread]
    question = await asks(town, thread, "one", "A1")
    town.box.discord.fails("PUT", "/channels/{channel_id}/thread-members/{user_id}", 400, code=50035)
    assert (await town.alice.uses(BRANCH_FROM_HERE, question)).content == BROKEN
    assert still_open() == [thread]


async def test_a_branch_from_before_a_reset(town: Town, bot: Bot) -> None:
    """From a message that was written before a reset in its thread, a branch has what was said before; /thread begins anew."""
    thread = await town.alice.opens_thread(await asks(town, town.general, "one", "A1"), "mine")
    await asks(town, thread, "two", "A2")
    said = await town.bob.says(thread, "hm")
    town.box.clock.moves(seconds=5)
    await town.alice.runs("reset", thread)
    await town.alice.uses(BRANCH_FROM_HERE, said)
    assert sent(town, await asks(town, threads_of(town)[-1], "three", "A3")) == ["one", "two", "A2", "three"]
    assert (await town.alice.runs("thread", thread)).content == NOTHING_BEFORE


async def test_a_deleted_branch_can_be_opened_anew(town: Town, bot: Bot) -> None:
    """Where the branch of a thread was deleted, another one can be opened from the same message."""
    thread = await town.alice.opens_thread(await asks(town, town.general, "one", "A1"), "mine")
    question = await asks(town, thread, "two", "A2")
    await town.alice.uses(BRANCH_FROM_HERE, question)
    town.box.discord.deletes_channel(threads_of(town)[-1])
    await asks(town, thread, "three", "A3")  # the deletion was heard before
    response = await town.alice.uses(BRANCH_FROM_HERE, question)
    assert response.content == GOES_ON.format(thread=threads_of(town)[-1].id)


async def test_two_presses_at_once_make_one_thread(town: Town, bot: Bot) -> None:
    """A second press while the thread is being opened is told so, or of the thread."""
    question = await asks(town, town.general, "one", "A1")
    pressed = await asyncio.gather(*(town.alice.uses(BRANCH_FROM_HERE, question) for _ in range(3)))
    assert len(threads_of(town)) == 1
    known = {THREAD_COMES, GOES_ON.format(thread=question.id), NO_THREAD[Refusal.EXISTS].format(thread=question.id)}
    assert {one.content for one in pressed} <= known


async def test_rights_are_looked_at_when_the_thread_is_asked_for(town: Town, bot: Bot) -> None:
    """A person who may not create threads here gets one private line, and so does whoever asks a bot that may not."""
    creates = Permission.CREATE_PUBLIC_THREADS
    question = await asks(town, town.general, "one", "A1")
    town.home.permits(town.general, deny={town.bob.user: creates})
    for response in (await town.bob.uses(BRANCH_FROM_HERE, question), await town.bob.runs("thread", town.general)):
        assert (response.content, response.ephemeral) == (NOT_A_THREAD_OPENER, True)
    town.home.permits(town.general, deny={town.home.bot_role: creates})
    response = await town.alice.uses(BRANCH_FROM_HERE, question)
    assert (response.content, response.ephemeral) == (LACKS.format(permission="Create Public Threads"), True)
    town.home.permits(town.general, allow={town.home.bot_role: creates})
    town.home.permits(town.general, deny={town.home.bot_role: Permission.SEND_MESSAGES_IN_THREADS})
    response = await town.alice.uses(BRANCH_FROM_HERE, question)
    assert response.content == LACKS.format(permission="Send Messages in Threads")
    assert threads_of(town) == []


async def test_places_without_threads(town: Town, bot: Bot) -> None:
    """In a direct message, a voice channel and a post there is one private line; and on a message of Discord's own."""
    dm = await town.alice.dm()
    voice, forum = town.home.channel("voice", kind=Kind.VOICE), town.home.channel("posts", kind=Kind.FORUM)
    post = await town.alice.opens_post(forum, "A post", "@Parley hello")
    for place, text in (
        (dm, NO_THREAD[Refusal.NOT_HERE]),
        (voice, NO_THREAD[Refusal.NOT_HERE]),
        (post, NOT_IN_POSTS),
    ):
        question = await asks(town, place, "one", "A1")
        assert (await town.alice.uses(BRANCH_FROM_HERE, question)).content == text
        assert (await town.alice.runs("thread", place)).content == text
    thread = await town.alice.opens_thread(town.general, "aside")
    (told,) = town.box.discord.messages(town.general)
    assert told.type is MessageType.THREAD_CREATED
    assert (await town.alice.uses(BRANCH_FROM_HERE, told)).content == NO_THREAD[Refusal.NO_MESSAGE]
    assert threads_of(town) == [thread]


@pytest.mark.parametrize(("code", "refusal"), [(160006, Refusal.TOO_MANY), (160005, Refusal.LOCKED)])
async def test_what_discord_refuses_has_words(town: Town, bot: Bot, code: int, refusal: Refusal) -> None:
    """Where Discord opens no thread, the person gets one private line, and the bot's own line is taken back."""
    question = await asks(town, town.general, "one", "A1")
    thread = await town.alice.opens_thread(question, "mine")
    inside = await asks(town, thread, "two", "A2")
    before = len(town.box.discord.messages(town.general))
    town.box.discord.fails("POST", "/channels/{channel_id}/messages/{message_id}/threads", 400, code=code, times=3)
    response = await town.alice.uses(BRANCH_FROM_HERE, town.box.bot.shown(question)[0])
    assert (response.content, response.ephemeral) == (NO_THREAD[refusal], True)
    assert (await town.alice.uses(BRANCH_FROM_HERE, inside)).content == NO_THREAD[refusal]
    await town.alice.runs("thread", town.general)
    await town.box.until(lambda: len(town.box.discord.messages(town.general)) == before)
    assert threads_of(town) == [thread]


async def test_a_crash_before_the_first_question_loses_nothing(town: Town) -> None:
    """Threads that were opened before the bot went away go on from their messages after it has come back."""
    async with running(town.box, town.folder):
        question = await asks(town, town.general, "one", "A1")
        first = await opens(town, town.general)
        await town.alice.uses(BRANCH_FROM_HERE, question)
        inside = await asks(town, first, "two", "A2")
        await town.alice.uses(BRANCH_FROM_HERE, inside)
    _, on_question, beside = threads_of(town)
    async with running(town.box, town.folder):
        assert sent(town, await asks(town, on_question, "three", "A3")) == ["one", "three"]
        assert sent(town, await asks(town, beside, "four", "A4")) == ["one", "A1", "two", "four"]
        assert sent(town, await asks(town, first, "five", "A5")) == ["one", "A1", "two", "A2", "five"]


async def test_a_thread_in_which_nothing_was_said_has_nothing_to_go_on_from(town: Town, bot: Bot) -> None:
    """A branch of such a thread is declined, and does not take over what was said in the channel."""
    await asks(town, town.general, "one", "A1")
    thread = await town.alice.opens_thread(town.general, "aside")
    said = await town.bob.says(thread, "nobody asked")
    before = len(town.box.discord.messages(town.general))
    for response in (await town.bob.uses(BRANCH_FROM_HERE, said), await town.bob.runs("thread", thread)):
        assert (response.content, response.ephemeral) == (NOTHING_BEFORE, True)
    assert len(town.box.discord.messages(town.general)) == before
    assert threads_of(town) == [thread]
