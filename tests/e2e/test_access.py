"""Rules of access and limits on questions, in a running bot."""

import pytest

from bot.sandbox import Permission
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running


async def test_denied_people_get_silence_and_are_not_stored(town: Town) -> None:
    """A denied person's mention is neither answered nor stored; a command of theirs is declined."""
    box = town.box
    async with running(box, town.folder, PARLEY_ACCESS__DENY_USERS=f"[{town.bob.user.id}]"):
        await town.bob.says(town.general, "@Parley secret")
        question = await town.alice.says(town.general, "@Parley hello")
        await box.bot.answers(question)
        response = await town.bob.runs("help", town.general)
        assert response.content == "I may not serve you here."
    assert [message.author.name for message in box.discord.messages(town.general)] == ["Bob", "Alice", "Parley"]
    assert b"secret" not in (town.folder / "history.db").read_bytes()


@pytest.mark.parametrize("key", ["ALLOW_CHANNELS", "DENY_CHANNELS"])
async def test_a_category_stands_for_its_channels_and_their_threads(town: Town, key: str) -> None:
    """A rule for a category holds for its channels and for their threads."""
    box = town.box
    category = town.home.category("Bots")
    inside = town.home.channel("inside", category=category)
    thread = await town.alice.opens_thread(inside, "topic")
    async with running(box, town.folder, **{f"PARLEY_ACCESS__{key}": f"[{category.id}]"}):
        allowed = [inside, thread] if key == "ALLOW_CHANNELS" else [town.general]
        denied = [town.general] if key == "ALLOW_CHANNELS" else [inside, thread]
        for place in denied:
            await town.alice.says(place, "@Parley no")
        for place in allowed:
            await box.bot.answers(await town.alice.says(place, "@Parley yes"))
    assert len(box.model.requests) == len(allowed)


async def test_roles_and_dms(town: Town) -> None:
    """With an allowed role and without direct messages, only people with that role are answered, and only in servers."""
    box = town.box
    friends = town.home.role("friends")
    town.alice.joins(town.home, roles=[friends])
    async with running(box, town.folder, PARLEY_ACCESS__ALLOW_ROLES=f"[{friends.id}]", PARLEY_ACCESS__DMS="false"):
        await town.bob.says(town.general, "@Parley no")
        await town.alice.says(await town.alice.dm(), "no")
        await box.bot.answers(await town.alice.says(town.general, "@Parley yes"))
    assert len(box.model.requests) == 1


async def test_too_many_questions_get_one_notice(town: Town) -> None:
    """The first question above a person's limit gets a notice, the next none; other people are answered."""
    box = town.box
    async with running(box, town.folder, PARLEY_LIMITS__USER_PER_MINUTE="2"):
        questions = [await town.alice.says(town.general, f"@Parley {n}") for n in range(4)]
        await box.until(lambda: box.bot.shown(questions[2]))
        other = await town.bob.says(town.general, "@Parley me too")
        await box.bot.answers(other)
    assert "faster than I may answer" in box.bot.shown(questions[2])[0].content
    shown = [message for message in box.discord.messages(town.general) if message.author.name == "Parley"]
    assert len(shown) == 4


async def test_a_public_bot_is_warned_about(town: Town) -> None:
    """The log warns of a bot that anybody may add to their server and so spend its key, and of no other."""
    async with running(town.box, town.folder) as public:
        assert "this bot is public" in public.log
    closed = {"PARLEY_ACCESS__ALLOW_GUILDS": f"[{town.home.id}]", "PARLEY_ACCESS__DMS": "false"}
    async with running(town.box, town.folder, **closed) as closed_bot:
        assert "this bot is public" not in closed_bot.log
    town.box.discord.application.bot_public = False
    async with running(town.box, town.folder) as private:
        assert "this bot is public" not in private.log


async def test_the_invite_asks_for_exactly_what_is_needed(town: Town, bot: Bot) -> None:
    """The invite link in the log asks for five permissions and two scopes, and for no more."""
    needed = (
        Permission.VIEW_CHANNEL
        | Permission.SEND_MESSAGES
        | Permission.SEND_MESSAGES_IN_THREADS
        | Permission.READ_MESSAGE_HISTORY
        | Permission.ATTACH_FILES
    )
    assert f"permissions={int(needed)}" in bot.log
    assert "scope=bot+applications.commands" in bot.log


async def test_channels_that_can_only_be_read_are_named(town: Town) -> None:
    """The log names a channel in which the bot may not write; whoever asks there gets one direct message that says so."""
    box = town.box
    dm = await town.alice.dm()
    quiet = town.home.channel("quiet", deny={town.home.bot_role: Permission.SEND_MESSAGES})
    async with running(box, town.folder) as bot:
        await town.alice.says(quiet, "@Parley hello?")
        await town.alice.says(quiet, "@Parley hello??")
        await box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
        await bot.logs("can read but not write: #quiet")
        await box.until(lambda: box.discord.messages(dm))
    assert f"in channel {quiet.id} I lack the permission Send Messages" in bot.log
    (told,) = box.discord.messages(dm)
    assert f"I cannot answer you in <#{quiet.id}>: I lack the permission “Send Messages”" in told.content
    assert len(box.model.requests) == 1


async def test_limits_hold_over_a_restart(town: Town) -> None:
    """Questions from before a restart count for the limits of a person and of a place."""
    box = town.box
    settings = {"PARLEY_LIMITS__USER_PER_MINUTE": "1", "PARLEY_LIMITS__PLACE_PER_MINUTE": "1"}
    async with running(box, town.folder, **settings) as bot:
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
        await bot.logs(": done")
    async with running(box, town.folder, **settings) as bot:
        again = await town.alice.says(town.general, "@Parley two")
        await box.bot.answers(again, containing="faster than I may answer")
        await town.bob.says(town.general, "@Parley three")
        await bot.logs("questions in a minute: the next waits")
    assert len(box.model.requests) == 1
