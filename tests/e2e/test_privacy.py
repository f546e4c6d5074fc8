"""`/privacy`: people decide whether other people's questions may quote them."""

from collections.abc import AsyncGenerator

import pytest

from bot.chat.texts import WITHHELD
from bot.cogs import texts
from bot.intake.quotes import UNREAD_FORWARD, UNREAD_LINK, UNSEEN
from bot.sandbox import Channel
from bot.sandbox.driver.responses import Response
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running
from tests.e2e.test_surroundings import AMBIENT, contents, link

READS = {**AMBIENT, "PARLEY_CHAT__BURST_SECONDS": "0"}


@pytest.fixture
async def bot(town: Town) -> AsyncGenerator[Bot, None]:
    """The bot, whose questions bring along up to three messages that were said before."""
    async with running(town.box, town.folder, **READS) as connected:
        yield connected


async def never(town: Town, channel: Channel | None = None) -> Response:
    """Bob opts out."""
    return await town.bob.runs("privacy", channel or town.general, quotes="never")


def sent(town: Town) -> str:
    """The whole prompt of the last question."""
    return "\n".join(str(one["content"]) for one in town.box.model.requests[-1].messages)


async def test_what_was_quoted_is_erased_and_stays_so(town: Town) -> None:
    """Opting out erases quote, link, forward, ambient words and files, in prompts, database and exports, over a restart."""
    news = town.home.channel("news")
    town.box.model.replies_with("Yes.")
    async with running(town.box, town.folder, **READS):
        reply = await town.bob.says(town.general, "tea is hot", attachments={"tea.txt": b"tea leaves"})
        linked = await town.bob.says(news, "tea is green")
        await town.bob.says(town.general, "tea is wet")
        first = await town.alice.says(town.general, f"@Parley is {link(linked)} true?", reply_to=reply)
        await town.box.bot.answers(first)
        forward = await town.alice.forwards(linked, to=await town.alice.dm())
        await town.box.bot.answers(forward)
        assert "tea" in sent(town)
        assert sum(author == town.bob.id for author, _, _ in contents(town)) == 5
        said = await never(town, news)
        assert (said.content, said.ephemeral) == (f"{texts.NEVER_QUOTED} {texts.ERASED.format(count=5)}", True)
        assert "tea" not in str(contents(town))
        await town.box.bot.answers(await town.alice.says(town.general, "@Parley and now?"))
        assert "tea" not in sent(town)
        assert sent(town).count(WITHHELD) == 3
        assert "its question, or words in it, were deleted" in (await town.alice.runs("context", town.general)).content
    async with running(town.box, town.folder, **READS):
        exported = await town.alice.runs("export", town.general, format="json")
        assert b"tea" not in next(iter(exported.files.values()))
        await town.box.bot.answers(await town.alice.says(town.general, "@Parley again?", reply_to=reply))
        assert sent(town).endswith(f"again?\n{UNSEEN}")
        assert (await town.bob.runs("privacy", news)).content == texts.IS_NEVER_QUOTED


async def test_nothing_of_who_opted_out_is_quoted(town: Town, bot: Bot) -> None:
    """Reply, link, forward, talk before, a summary, the menu and a thread's beginning leave the person's words out."""
    assert (await never(town)).content == f"{texts.NEVER_QUOTED} {texts.ERASED_NONE}"
    tea = await town.bob.says(town.general, "tea is hot")
    await town.box.discord.user("Carol").says(town.general, "milk is cold")
    await town.box.bot.answers(await town.alice.says(town.general, f"@Parley is {link(tea)} so?", reply_to=tea))
    assert sent(town).endswith("milk is cold")
    assert f"so?\n{UNSEEN}" in sent(town)
    other = await town.alice.says(town.general, f"@Parley and {link(tea)}?")
    await town.box.bot.answers(other)
    assert UNREAD_LINK.format(link=link(tea)) in sent(town)
    forward = await town.alice.forwards(tea, to=await town.alice.dm())
    await town.box.bot.answers(forward)
    assert sent(town).endswith(UNREAD_FORWARD)
    assert (await town.alice.uses("Answer this", tea)).content == texts.NOTHING_TO_READ
    await town.alice.runs("tldr", town.general)
    assert "milk is cold" in sent(town)
    thread = await town.alice.opens_thread(tea, "drinks")
    await town.box.bot.answers(await town.alice.says(thread, "@Parley hello"))
    assert "tea is hot" not in str([request.messages for request in town.box.model.requests])
    assert "tea" not in str(contents(town))


async def test_ones_own_questions_bring_ones_own_words_along(town: Town, bot: Bot) -> None:
    """A person who opted out may still reply to and forward their own words, and is a speaker like others."""
    await never(town)
    mine = await town.bob.says(town.general, "tea is hot")
    await town.box.bot.answers(await town.bob.says(town.general, "@Parley is that so?", reply_to=mine))
    assert "> tea is hot" in sent(town)
    await town.box.bot.answers(await town.bob.forwards(mine, to=await town.bob.dm()))
    assert "> tea is hot" in sent(town)
    await never(town)
    assert "tea is hot" in str(contents(town))


async def test_quotes_are_allowed_again(town: Town, bot: Bot) -> None:
    """People who opt in are quoted from then on; an edit of a message whose words were erased does not bring them back."""
    town.box.model.replies_with("Yes.")
    tea = await town.bob.says(town.general, "tea is hot")
    await town.box.bot.answers(await town.alice.says(town.general, "@Parley so?", reply_to=tea))
    assert (await never(town)).content == f"{texts.NEVER_QUOTED} {texts.ERASED_ONE}"
    await town.bob.edits(tea, "tea is cold")
    allowed = await town.bob.runs("privacy", town.general, quotes="allow")
    assert (allowed.content, allowed.ephemeral) == (texts.QUOTED_AGAIN, True)
    assert (await town.bob.runs("privacy", town.general)).content == texts.IS_QUOTED
    await town.bob.edits(tea, "tea is lukewarm")
    await town.box.bot.answers(await town.alice.says(town.general, "@Parley and now?", reply_to=tea))
    assert sent(town).count("tea is") == 1
    assert sent(town).endswith("> tea is lukewarm")


async def test_everybody_may_opt_out(town: Town) -> None:
    """People whom the access lists let ask nothing may opt out, also in a direct message."""
    lists = {"PARLEY_ACCESS__ALLOW_USERS": f"[{town.alice.id}]"}
    async with running(town.box, town.folder, **lists):
        assert (await town.bob.runs("stop", town.general)).content == texts.NOT_HERE
        assert (await never(town, await town.bob.dm())).content == f"{texts.NEVER_QUOTED} {texts.ERASED_NONE}"
        tea = await town.bob.says(town.general, "tea is hot")
        await town.box.bot.answers(await town.alice.says(town.general, "@Parley so?", reply_to=tea))
        assert sent(town).endswith(f"so?\n{UNSEEN}")


async def test_a_question_that_waits_for_its_model_goes_without_them(town: Town, bot: Bot) -> None:
    """While the model is away, the words that a waiting question quotes are erased: the request that follows has none of them."""
    town.box.model.replies_with("Yes.")
    tea = await town.bob.says(town.general, "tea is hot")
    town.box.model.goes_away()
    question = await town.alice.says(town.general, "@Parley so?", reply_to=tea)
    await bot.logs("waits:")
    assert (await never(town)).content == f"{texts.NEVER_QUOTED} {texts.ERASED_ONE}"
    town.box.model.comes_back()
    await town.box.bot.answers(question)
    assert sent(town).endswith(f"so?{WITHHELD}")
