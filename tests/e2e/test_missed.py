"""Messages that were written while the bot was away."""

import signal

import pytest

from bot.chat.texts import AWAY
from bot.sandbox.discord.world.channels import Channel, Kind
from bot.sandbox.discord.world.messages import Message
from tests.e2e import process
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running


def asked_history(town: Town) -> list[str]:
    """The places whose messages were fetched."""
    template = "/channels/{channel_id}/messages"
    return [call.path for call in town.box.discord.calls if (call.method, call.template) == ("GET", template)]


def answers(town: Town, place: Channel) -> list[Message]:
    """The bot's messages in a place."""
    return [message for message in town.box.discord.messages(place) if message.author is town.box.bot.user]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_mention_during_a_downtime_is_answered(town: Town, number: signal.Signals) -> None:
    """Mentions and direct messages from a downtime are answered at the next start, in order, before newer ones."""
    box = town.box
    dm = await town.alice.dm()
    async with process.running(box, town.folder) as bot:
        for place in (town.general, dm):
            await box.bot.answers(await town.alice.says(place, "@Parley one"))
        await bot.stop(number)
    await town.alice.says(town.general, "nothing for the bot")
    first = await town.alice.says(town.general, "@Parley two")
    second = await town.bob.says(town.general, "@Parley three")
    private = await town.alice.says(dm, "two")
    async with running(box, town.folder):
        live = await town.alice.says(town.general, "@Parley four")
        for question in (first, second, live, private):
            await box.bot.answers(question)
        replies = [message.reference.message_id for message in answers(town, town.general) if message.reference]
        assert replies[-3:] == [first.id, second.id, live.id]
        assert len(answers(town, dm)) == 2


async def test_a_direct_message_at_the_start_hides_none_before_it(town: Town) -> None:
    """A direct message that comes during a start is answered after the ones from the downtime before it."""
    box = town.box
    dm = await town.alice.dm()
    async with process.running(box, town.folder) as bot:
        await box.bot.answers(await town.alice.says(dm, "one"))
        await bot.stop(signal.SIGKILL)  # before what was seen is written down
    for turn in range(3):
        missed = await town.alice.says(dm, f"missed {turn}")
        async with process.running(box, town.folder) as bot:
            live = await town.alice.says(dm, f"live {turn}")
            for question in (missed, live):
                await box.bot.answers(question)
            await bot.stop(signal.SIGKILL)
    replies = [message.reference.message_id for message in answers(town, dm) if message.reference]
    assert replies == sorted(replies)


async def test_nothing_new_costs_nothing(town: Town) -> None:
    """A start fetches no history of a channel in which nothing was written since."""
    box = town.box
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    before = len(asked_history(town))
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley two"))
    assert len(asked_history(town)) == before == 0


async def test_a_thread_that_was_opened_meanwhile_is_looked_at(town: Town) -> None:
    """A mention in a thread that was opened during a downtime is answered."""
    box = town.box
    async with running(box, town.folder):
        one = await town.alice.says(town.general, "@Parley one")
        await box.bot.answers(one)
    thread = await town.alice.opens_thread(one, "topic")
    question = await town.alice.says(thread, "@Parley two")
    async with running(box, town.folder):
        await box.bot.answers(question)


async def test_a_post_that_was_opened_meanwhile_is_looked_at(town: Town) -> None:
    """The first message of a forum post, which has the post's own id, is answered when it was written during a downtime."""
    box = town.box
    forum = town.home.channel("forum", kind=Kind.FORUM)
    async with running(box, town.folder):
        pass
    post = await town.alice.opens_post(forum, "help", "@Parley one")
    (question,) = box.discord.messages(post)
    async with running(box, town.folder):
        await box.bot.answers(question)


async def test_a_lost_session_loses_no_mention(town: Town, bot: Bot) -> None:
    """A mention between a session that Discord ended and the next is answered."""
    box = town.box
    await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    await box.discord.drops_gateway(4009)
    question = await town.alice.says(town.general, "@Parley two")
    await box.bot.connected()
    await box.bot.answers(question, timeout=20)
    assert len(answers(town, town.general)) == 2


async def test_a_look_that_fails_is_taken_again(town: Town) -> None:
    """A history that cannot be fetched is fetched again, and its mentions are answered before newer ones."""
    box = town.box
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    missed = await town.alice.says(town.general, "@Parley two")
    box.discord.fails("GET", "/channels/{channel_id}/messages", 503)
    async with running(box, town.folder):
        live = await town.alice.says(town.general, "@Parley three")
        for question in (missed, live):
            await box.bot.answers(question, timeout=20)
        replies = [message.reference.message_id for message in answers(town, town.general) if message.reference]
        assert replies[1:] == [missed.id, live.id]


@pytest.mark.long
async def test_a_session_that_is_lost_twice_loses_no_mention(town: Town, bot: Bot) -> None:
    """Mentions before and after a second lost session are answered while the fetch after the first still runs."""
    box = town.box
    await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    box.discord.delays(
        "GET", "/guilds/{guild_id}/members/{user_id}", 8, times=1
    )  # longer than discord.py's pause of 5 s
    await box.discord.drops_gateway(4009)
    first = await town.alice.says(town.general, "@Parley two")
    await box.until(lambda: asked_history(town), timeout=20)
    await box.discord.drops_gateway(4009)
    second = await town.alice.says(town.general, "@Parley three")
    for question in (first, second):
        await box.bot.answers(question, timeout=30)


async def test_what_became_old_is_closed_with_one_line(town: Town) -> None:
    """A question older than it may wait gets one line without a request, and its Retry button answers it."""
    box = town.box
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    question = await town.alice.says(town.general, "@Parley two")
    async with running(box, town.folder, PARLEY_RECOVERY__ANSWER_WITHIN_SECONDS="0"):
        closed = await box.bot.answers(question, containing=AWAY)
    async with running(box, town.folder):
        await town.alice.presses(closed.messages[0], "Retry")
        await box.bot.answers(question)
    assert len(answers(town, town.general)) == 2


async def test_all_places_are_heard_the_liveliest_first(town: Town) -> None:
    """After a downtime in which 210 channels were used, each is looked at, the one with the newest message first."""
    box = town.box
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    rooms = [town.home.channel(f"room-{number}") for number in range(210)]
    (stillest, *others) = rooms
    question = await town.alice.says(stillest, "@Parley two")
    for room in others:
        await town.bob.says(room, "nothing for the bot")
    async with running(box, town.folder):
        await box.bot.answers(question, timeout=60)
    looked_at = [int(path.split("/")[-2]) for path in asked_history(town)]
    assert sorted(looked_at) == sorted(room.id for room in rooms)
    assert stillest.id in looked_at[-2:]


async def test_a_long_backlog_is_heard_from_its_beginning(town: Town) -> None:
    """A mention before 320 other messages of a downtime is answered, page by page, before a newer one."""
    box = town.box
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    first = await town.alice.says(town.general, "@Parley two")
    for number in range(320):
        await town.bob.says(town.general, f"chatter {number}")
    last = await town.alice.says(town.general, "@Parley three")
    async with running(box, town.folder):
        live = await town.alice.says(town.general, "@Parley four")
        for question in (first, last, live):
            await box.bot.answers(question)
        replies = [message.reference.message_id for message in answers(town, town.general) if message.reference]
        assert replies[1:] == [first.id, last.id, live.id]
    assert len(asked_history(town)) == 5  # one of them looks for changes


async def test_what_is_older_than_the_bot_looks_back_is_said(town: Town) -> None:
    """Mentions from before the time that the bot looks back get no answer, and the log says in how many places."""
    box = town.box
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    old = await town.alice.says(town.general, "@Parley two")
    box.clock.moves(seconds=7_300)
    new = await town.alice.says(town.general, "@Parley three")
    async with running(box, town.folder, PARLEY_RECOVERY__LOOK_BACK_SECONDS="7200") as bot:
        await box.bot.answers(new)
        assert not box.bot.requests(old)
        await bot.logs("in 1 places I do not look at what was said before")


async def test_a_direct_message_after_days_is_heard(town: Town) -> None:
    """A direct message of a downtime is answered although its writer last talked to the bot days before."""
    box = town.box
    dm = await town.alice.dm()
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(dm, "one"))
    box.clock.moves(seconds=20 * 86_400)
    question = await town.alice.says(dm, "two")
    async with running(box, town.folder):
        await box.bot.answers(question)


async def test_whoever_is_denied_stays_denied(town: Town) -> None:
    """A role's denial holds for mentions from a downtime, which Discord sends without roles."""
    box = town.box
    muted = town.home.role("muted")
    town.bob.joins(town.home, roles=[muted])
    settings = {"PARLEY_ACCESS__DENY_ROLES": f"[{muted.id}]"}
    async with running(box, town.folder, **settings):
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    denied = await town.bob.says(town.general, "@Parley two")
    allowed = await town.alice.says(town.general, "@Parley three")
    async with running(box, town.folder, **settings):
        await box.bot.answers(allowed)
        assert not box.bot.requests(denied)


async def test_a_bot_that_joins_answers_nothing_of_the_past(town: Town, bot: Bot) -> None:
    """A bot that joins a server leaves the mentions from before unanswered."""
    box = town.box
    elsewhere = box.discord.guild("Elsewhere", with_bot=False)
    lobby = elsewhere.channel("lobby")
    await town.alice.says(lobby, f"{box.bot.mention} are you there?")
    box.discord.invites_bot(elsewhere)
    await box.bot.answers(await town.alice.says(lobby, "@Parley hello"))
    assert len(answers(town, lobby)) == 1


async def test_a_bot_that_is_taken_back_answers_nothing_of_the_time_between(town: Town) -> None:
    """A bot that was removed and invited again leaves the mentions in between unanswered."""
    box = town.box
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
    box.discord.removes_bot(town.home)
    without = await town.alice.says(town.general, f"{box.bot.mention} are you there?")
    box.discord.invites_bot(town.home)
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
        assert not box.bot.requests(without)
