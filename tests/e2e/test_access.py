"""Rules of access and limits on questions, in a running bot."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox import Permission, Sandbox
from bot.sandbox.discord.rest.calls import Call
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
    """The invite link in the log asks for six permissions and two scopes, and for no more."""
    needed = (
        Permission.VIEW_CHANNEL
        | Permission.SEND_MESSAGES
        | Permission.SEND_MESSAGES_IN_THREADS
        | Permission.CREATE_PUBLIC_THREADS
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


async def test_a_denied_role_holds_in_direct_messages(town: Town) -> None:
    """Whoever has a denied role in a shared server gets silence in direct messages too, and no text of theirs is stored."""
    box = town.box
    muted = town.home.role("muted")
    town.bob.joins(town.home, roles=[muted])
    from_bob, from_alice = await town.bob.dm(), await town.alice.dm()
    async with running(box, town.folder, PARLEY_ACCESS__DENY_ROLES=f"[{muted.id}]") as bot:
        denied = await town.bob.says(from_bob, "my secret")
        await town.bob.says(from_bob, "@Parley")
        response = await town.bob.runs("help", from_bob)
        assert response.content == "I may not serve you here."
        await box.bot.answers(await town.alice.says(from_alice, "hello"))
        assert (await town.alice.runs("help", from_alice)).content != response.content
        assert not box.bot.requests(denied)
        await bot.stop()
    assert box.discord.messages(from_bob)[-1].author is not box.bot.user
    assert (denied.id, "denied", "") in stored(town)
    assert b"my secret" not in b"".join(path.read_bytes() for path in town.folder.glob("history.db*"))


async def test_a_direct_message_is_admitted_after_a_restart(town: Town) -> None:
    """A direct message that was claimed by its ids when the bot was stopped is answered, with its text, at the next start."""
    box = town.box
    muted = town.home.role("muted")
    dm = await town.alice.dm()
    denied = f"[{muted.id}]"
    box.discord.stalls("GET", "/guilds/{guild_id}/members/{user_id}", times=1)
    async with running(box, town.folder, PARLEY_ACCESS__DENY_ROLES=denied, PARLEY_SHUTDOWN__GRACE_SECONDS="0") as first:
        question = await town.alice.says(dm, "hello")
        async with asyncio.timeout(30):
            while stored(town) != [(question.id, "asked", "")]:  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.01)
        await first.stop()
    async with running(box, town.folder, PARLEY_ACCESS__DENY_ROLES=denied) as bot:
        await box.bot.answers(question)
        await bot.stop()
    assert stored(town) == [(question.id, "asked", "hello")]


def stored(town: Town) -> list[tuple[int, str, str]]:
    """The claims in the database, with their outcome and the text of their question."""
    with closing(sqlite3.connect(town.folder / "history.db")) as database:
        return database.execute(
            "SELECT message_id, claims.outcome, text FROM claims JOIN questions USING (position)"
        ).fetchall()


async def test_a_server_that_cannot_be_read_is_served_by_its_rules(tmp_path: Path) -> None:
    """In a server that discord.py cannot read, questions are answered as in others, and denied roles hold."""
    async with Sandbox() as box:  # unwatched: no document has such a server
        home = box.discord.guild("Home")
        general, muted = home.channel("general"), home.role("muted")
        alice, bob = box.discord.user("Alice"), box.discord.user("Bob")
        bob.joins(home, roles=[muted])
        async with running(box, tmp_path, PARLEY_ACCESS__DENY_ROLES=f"[{muted.id}]", PARLEY_ACCESS__DMS="false") as bot:
            (session,) = box.discord.gateway.sessions.values()
            session.dispatch("GUILD_CREATE", {"id": str(home.id), "unavailable": False, "roles": "none"})
            await bot.logs(f"GUILD_CREATE of server {home.id}")
            denied = await bob.says(general, "@Parley no")
            answered = await box.bot.answers(await alice.says(general, "@Parley yes"))
            assert not box.bot.requests(denied)
            assert answered.request is not None
            assert "Alice (#" in answered.request.question


async def test_a_button_acts_where_it_stands_only(town: Town) -> None:
    """A button's id that is pressed in another channel does nothing there."""
    box = town.box
    elsewhere = town.home.channel("elsewhere")
    async with running(box, town.folder):
        box.model.fails(400)
        question = await town.alice.says(town.general, "@Parley hello")
        failed = await box.bot.answers(question, containing="refuses this request")
        forged = failed.messages[0]
        forged.channel = elsewhere
        await town.alice.presses(forged, "Retry")
        forged.channel = town.general
        assert len(box.bot.requests(question)) == 1


async def test_an_interaction_during_the_shutdown_is_left_quietly(town: Town) -> None:
    """A command whose response is under way when the bot leaves is noted in the log, without a traceback."""
    box = town.box
    callback = "/interactions/{interaction_id}/{interaction_token}/callback"
    arrived = asyncio.Event()

    def arrives(_: Call) -> bool:
        arrived.set()
        return True

    box.discord.stalls("POST", callback, times=1, when=arrives)
    async with running(box, town.folder, PARLEY_SHUTDOWN__GRACE_SECONDS="0") as bot:
        running_help = asyncio.create_task(town.alice.runs("help", town.general))
        await arrived.wait()
        await bot.stop()
        running_help.cancel()
        await asyncio.wait({running_help})
    assert "Traceback" not in bot.log
    assert " ERROR " not in bot.log
