"""Places in which the bot needs no mention: threads that it follows, and channels in which each message is a question."""

from bot.gateway.login import NO_CONTENT
from bot.sandbox import Intent, Message
from tests.e2e.conftest import Town
from tests.e2e.process import ended, environment
from tests.e2e.task import running

FOLLOW = {"PARLEY_DISCORD__FOLLOW_THREADS": "true"}


async def answered(town: Town, *messages: Message) -> list[bool]:
    """Whether each message was answered, once a later mention in a channel of its own is."""
    last = await town.alice.says(town.home.channel("last"), "@Parley are you done?")
    await town.box.bot.answers(last)
    return [bool(town.box.bot.requests(one)) for one in messages]


async def test_a_thread_needs_no_mention_after_the_first(town: Town) -> None:
    """In a thread in which the bot was asked, each message is a question; other threads and the channel still need a mention."""
    async with running(town.box, town.folder, **FOLLOW):
        thread = await town.alice.opens_thread(town.general, "cats")
        other = await town.alice.opens_thread(town.general, "dogs")
        before = await town.alice.says(thread, "nobody is asked yet")
        await town.box.bot.answers(await town.alice.says(thread, "@Parley my cat is called Ada"))
        first = await town.bob.says(thread, "and what is her name?")
        await town.box.bot.answers(first)
        assert "my cat is called Ada" in str(town.box.bot.requests(first)[-1].messages)
        outside = await town.alice.says(town.general, "nobody is asked here")
        elsewhere = await town.alice.says(other, "nor here")
        assert await answered(town, before, outside, elsewhere) == [False] * 3
    async with running(town.box, town.folder, **FOLLOW):
        later = await town.alice.says(thread, "do you still follow?")
        await town.box.bot.answers(later)


async def test_what_was_missed_in_such_a_thread_is_answered(town: Town) -> None:
    """Messages that were written while the bot was away are answered at the next start, in their order."""
    async with running(town.box, town.folder, **FOLLOW):
        thread = await town.alice.opens_thread(town.general, "cats")
        await town.box.bot.answers(await town.alice.says(thread, "@Parley hello"))
    missed = [await town.alice.says(thread, f"question {number}") for number in range(3)]
    async with running(town.box, town.folder, **FOLLOW):
        for one in missed:
            await town.box.bot.answers(one)
        asked = [str(request.messages[-1]["content"])[-10:] for request in town.box.model.requests[-3:]]
        assert asked == ["question 0", "question 1", "question 2"]


async def test_what_is_for_others_is_no_question(town: Town) -> None:
    """In an always-channel each message is a question but those for others, those behind the prefix, and those of bots."""
    room = town.home.channel("always")
    settings = {"PARLEY_DISCORD__ALWAYS_CHANNELS": str(room.id)}
    async with running(town.box, town.folder, **settings):
        question = await town.alice.says(room, "what is the time?")
        answer = (await town.box.bot.answers(question)).messages[0]
        to_bob = await town.alice.says(room, f"{town.bob.mention} what do you think?")
        quiet = await town.alice.says(room, "// only between us")
        to_all = await town.alice.says(room, "@everyone look at this")
        to_alice = await town.bob.says(room, "I do not know", reply_to=question, ping=False)
        assert await answered(town, to_bob, quiet, to_all, to_alice) == [False] * 4
        back = await town.bob.says(room, "tell me more", reply_to=answer, ping=False)
        await town.box.bot.answers(back)
        thread = await town.alice.opens_thread(room, "aside")
        await town.box.bot.answers(await town.alice.says(thread, "and here?"))
        texts = [one.content for one in town.box.discord.messages(room) if one.author is town.box.bot.user]
        assert len(texts) == 2


async def test_without_the_intent_the_bot_goes_on_with_mentions(town: Town) -> None:
    """Where the portal does not grant the intent, the log names the switch, `check` warns, and mentions are answered."""
    town.box.discord.application.privileged = Intent.NONE
    settings = {**FOLLOW, "PARLEY_DISCORD__ALWAYS_CHANNELS": str(town.general.id)}
    async with running(town.box, town.folder, **settings) as bot:
        await bot.logs(NO_CONTENT)
        silent = await town.alice.says(town.general, "is this a question?")
        assert await answered(town, silent) == [False]
    variables = environment(town.box, town.folder, **settings)
    _, printed = await ended("check", variables, town.folder)
    assert f"warn  intents: {NO_CONTENT}" in printed
    town.box.discord.application.privileged = Intent.MESSAGE_CONTENT
    _, printed = await ended("check", variables, town.folder)
    assert "ok    intents: message content is needed; message content is granted" in printed


async def test_an_edit_in_such_a_place_asks_nothing_twice(town: Town) -> None:
    """A question that is edited is answered once; one that is edited out of the prefix is asked then."""
    settings = {"PARLEY_DISCORD__ALWAYS_CHANNELS": str(town.general.id)}
    async with running(town.box, town.folder, **settings):
        question = await town.alice.says(town.general, "what is the time?")
        await town.box.bot.answers(question)
        await town.alice.edits(question, "what is the time now?")
        aside = await town.alice.says(town.general, "// between us")
        await town.alice.edits(aside, "for you after all")
        await town.box.bot.answers(aside)
        assert len(town.box.model.requests) == 2
