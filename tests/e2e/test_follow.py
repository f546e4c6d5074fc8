"""`/follow`: moderators switch whether the bot needs a mention in a thread."""

from bot.cogs.texts import (
    FOLLOWED,
    FOLLOWED_AS_SET_UP,
    NO_CONTENT_YET,
    NOT_A_FOLLOWER,
    NOT_A_THREAD,
    NOT_FOLLOWED,
)
from bot.gateway.login import NO_CONTENT
from bot.sandbox import Intent, Permission
from bot.sandbox.driver.person import Person
from tests.e2e.conftest import Town
from tests.e2e.task import running
from tests.e2e.test_threads import FOLLOW, asks
from tests.e2e.test_unprompted import answered


def moderator(town: Town) -> Person:
    """A person who may manage threads."""
    mona = town.box.discord.user("Mona")
    mona.joins(town.home, [town.home.role("mods", Permission.MANAGE_THREADS)])
    return mona


async def test_a_thread_is_switched_on_and_off(town: Town) -> None:
    """The switch comes before the configuration, survives a restart, and is taken back by `default`."""
    mona = moderator(town)
    async with running(town.box, town.folder, **FOLLOW):
        thread = await town.alice.opens_thread(town.general, "cats")
        await asks(town, thread, "hello", "A1")
        off = await mona.runs("follow", thread, switch="off")
        assert (off.content, off.ephemeral) == (NOT_FOLLOWED.format(person=mona.mention), False)
        silent = await town.alice.says(thread, "are you there?")
        assert await answered(town, silent) == [False]
        assert "Without a mention: **off**" in (await town.alice.runs("settings", thread)).content
    async with running(town.box, town.folder, **FOLLOW):
        still = await town.alice.says(thread, "and now?")
        assert await answered(town, still) == [False]
        back = await mona.runs("follow", thread, switch="default")
        assert back.content == FOLLOWED_AS_SET_UP.format(person=mona.mention)
        await town.box.bot.answers(await town.alice.says(thread, "you are back"))


async def test_a_thread_is_followed_although_others_are_not(town: Town) -> None:
    """The switch alone has the next start ask for the intent; until then it says what is missing."""
    mona = moderator(town)
    async with running(town.box, town.folder):
        thread = await town.alice.opens_thread(town.general, "cats")
        on = await mona.runs("follow", thread)
        assert on.content == f"{FOLLOWED.format(person=mona.mention)}\n-# {NO_CONTENT_YET}"
        early = await town.alice.says(thread, "too early")
        assert await answered(town, early) == [False]
    async with running(town.box, town.folder):
        other = await town.alice.opens_thread(town.general, "dogs")
        elsewhere = await town.alice.says(other, "not for you")
        await town.box.bot.answers(await town.alice.says(thread, "for you"))
        assert await answered(town, elsewhere) == [False]
        on = await mona.runs("follow", thread, switch="on")
        assert on.content == FOLLOWED.format(person=mona.mention)
    town.box.discord.application.privileged = Intent.NONE
    async with running(town.box, town.folder) as bot:
        await bot.logs(NO_CONTENT)
        silent = await town.alice.says(thread, "nobody hears")
        assert await answered(town, silent) == [False]


async def test_only_moderators_switch_and_only_threads(town: Town) -> None:
    """Anybody else gets one private line, and so does a moderator in a channel."""
    mona = moderator(town)
    async with running(town.box, town.folder):
        thread = await town.alice.opens_thread(town.general, "cats")
        refused = await town.alice.runs("follow", thread)
        assert (refused.content, refused.ephemeral) == (NOT_A_FOLLOWER, True)
        assert (await mona.runs("follow", town.general)).content == NOT_A_THREAD
        assert "Without a mention" not in (await mona.runs("settings", thread)).content
