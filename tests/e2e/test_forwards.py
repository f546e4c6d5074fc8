"""Forwards of what people wrote who do not want to be quoted: Discord delivers them without their author."""

from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest

from bot.chat.texts import WITHHELD
from bot.intake.quotes import UNREAD_FORWARD
from bot.sandbox import Message, Permission, Sandbox
from bot.sandbox.driver.responses import Response
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running
from tests.e2e.test_look_ups import MESSAGE as LOOKED_UP
from tests.e2e.test_look_ups import fails, hangs, limits
from tests.e2e.test_message_menu import answered_reply
from tests.e2e.test_surroundings import AMBIENT, contents, link

READS = {**AMBIENT, "PARLEY_CHAT__BURST_SECONDS": "0", "PARLEY_DISCORD__LOOK_UP_SECONDS": "5"}


@pytest.fixture
async def bot(town: Town) -> AsyncGenerator[Bot, None]:
    """The bot, whose questions bring along up to three messages that were said before."""
    town.box.model.answers(lambda _: "Yes.")
    async with running(town.box, town.folder, **READS) as connected:
        yield connected


async def never(town: Town) -> Response:
    """Bob opts out."""
    return await town.bob.runs("privacy", town.general, quotes="never")


def prompts(town: Town) -> str:
    """All that was sent to the model."""
    return str([request.messages for request in town.box.model.requests])


async def by_reply(town: Town, forward: Message) -> None:
    """Alice asks in a reply."""
    await town.box.bot.answers(await town.alice.says(town.general, "@Parley so?", reply_to=forward))


async def by_link(town: Town, forward: Message) -> None:
    """Alice asks elsewhere, with a link."""
    question = await town.alice.says(town.home.channel("elsewhere"), f"@Parley is {link(forward)} true?")
    await town.box.bot.answers(question)


async def by_talk(town: Town, forward: Message) -> None:
    """Alice asks after something was forwarded."""
    await town.box.bot.answers(await town.alice.says(town.general, "@Parley so?"))


async def by_thread(town: Town, forward: Message) -> None:
    """Alice asks in a thread that she opened on a forward."""
    thread = await town.alice.opens_thread(forward, "drinks")
    await town.box.bot.answers(await town.alice.says(thread, "@Parley hello"))


async def by_menu(town: Town, forward: Message) -> None:
    """Alice uses Answer this on a forward."""
    await town.alice.uses("Answer this", forward)
    await answered_reply(town, forward, "Yes.")


async def by_forward(town: Town, forward: Message) -> None:
    """Alice forwards a forward to the bot."""
    await town.box.bot.answers(await town.alice.forwards(forward, to=await town.alice.dm()))


async def by_reply_to_herself(town: Town, forward: Message) -> None:
    """Alice forwards a forward to the bot, and replies to that."""
    dm = await town.alice.dm()
    own = await town.alice.forwards(forward, to=dm)
    await town.box.bot.answers(own)
    await town.box.bot.answers(await town.alice.says(dm, "so?", reply_to=own))


async def by_summary(town: Town, forward: Message) -> None:
    """Alice has summed up what was said."""
    await town.alice.says(town.general, "milk is cold")
    await town.alice.runs("tldr", town.general)


Way = Callable[[Town, Message], Awaitable[None]]
STORED = (by_reply, by_link, by_talk, by_thread, by_menu, by_forward, by_reply_to_herself)


async def forwarded(town: Town) -> Message:
    """Carol's forward of what Bob wrote, with a file."""
    tea = await town.bob.says(town.home.channel("news"), "tea is hot", attachments={"tea.txt": b"tea leaves"})
    return await town.box.discord.user("Carol").forwards(tea, to=town.general)


@pytest.mark.parametrize("way", [*STORED, by_summary])
async def test_a_forward_by_others_brings_along_nothing_of_who_opted_out(town: Town, bot: Bot, way: Way) -> None:
    """Whoever forwards them, words and files of a person who opted out reach no model, on no way, and are not stored."""
    await never(town)
    await way(town, await forwarded(town))
    assert "tea" not in prompts(town)
    assert "tea" not in str(contents(town))


@pytest.mark.parametrize("way", STORED)
async def test_what_others_forwarded_is_erased(town: Town, bot: Bot, way: Way) -> None:
    """Opting out erases what questions hold of the person's words and files, whoever forwarded them."""
    await way(town, await forwarded(town))
    assert "tea is hot" in prompts(town)
    await never(town)
    assert "tea" not in str(contents(town))
    assert WITHHELD in [text for _, _, text in contents(town)]


def forbids(box: Sandbox) -> None:
    """Something before Discord's API refuses each look-up, without a code of Discord's."""
    box.discord.fails("GET", LOOKED_UP, 403, code=0, times=None)


@pytest.mark.parametrize("fault", [hangs, fails, limits, forbids])
async def test_a_forward_is_left_out_while_discord_does_not_tell_whose_it_is(
    town: Town, fault: Callable[[Sandbox], None]
) -> None:
    """Where Discord fails to tell who wrote what is forwarded, the model is told that it cannot read it."""
    async with running(town.box, town.folder, **READS | {"PARLEY_DISCORD__LOOK_UP_SECONDS": "0.5"}):
        await never(town)
        tea = await town.bob.says(town.general, "tea is hot")
        fault(town.box)
        question = await town.alice.forwards(tea, to=await town.alice.dm())
        await town.box.bot.answers(question)
        assert town.box.model.requests[-1].question.endswith(UNREAD_FORWARD)


@pytest.mark.parametrize("deleted", [True, False])
async def test_a_forward_whose_original_nobody_can_read_is_read(town: Town, bot: Bot, deleted: bool) -> None:
    """A forward of a message that is gone, or in a channel that the bot cannot see, is read: nobody can tell whose it is."""
    news = town.home.channel("news")
    tea = await town.bob.says(news, "tea is hot")
    forward = await town.box.discord.user("Carol").forwards(tea, to=town.general)
    if deleted:
        await town.bob.deletes(tea)
    else:
        town.home.permits(news, deny={town.home.bot_role: Permission.VIEW_CHANNEL})
    await by_reply(town, forward)
    assert "tea is hot" in prompts(town)


async def test_the_author_of_a_forward_is_looked_up_once(town: Town, bot: Bot) -> None:
    """Discord is asked once for the author of what is forwarded, however often that is brought along."""
    forward = await forwarded(town)
    town.box.discord.calls.clear()
    for _ in range(2):
        await by_reply(town, forward)
    gets = [call for call in town.box.discord.calls if call.method == "GET"]
    assert sum(call.template == LOOKED_UP for call in gets) == 1
