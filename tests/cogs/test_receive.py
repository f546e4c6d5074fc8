"""Which messages are for the bot, and whose: all others leave nothing behind."""

import asyncio
from collections.abc import Callable

import pytest

from bot.chat.ports.questions import Claim
from bot.chat.turns import Asked, TurnedDown
from bot.cogs.texts import NOTHING_ASKED, NOTHING_SEEN
from bot.sandbox import Permission
from tests.cogs.conftest import Town
from tests.fakes.questions import MemoryQuestions

CALLS = {
    "at the beginning": "{bot} hello",
    "at the end": "hello {bot}",
    "at both ends": "{bot} hello {bot}",
    "in the middle": "I ask {bot} for help",
    "in an old form": "<@!{id}> hello",
    "without a space": "{bot}, hello",
    "beside code": "`hello` {bot}",
    "in code and beside it": "{bot} what is `{bot}`?",
    "on a line of its own": "hello\n{bot}\n",
}

NO_CALLS = {
    "no mention": "hello",
    "the name without a mention": "Parley: hello",
    "everybody": "@everyone hello",
    "everybody who is there": "@here hello",
    "in code": "`{bot}` hello",
    "in a block of code": "```\n{bot} hello\n```",
    "the id without a mention": "{id} hello",
    "another's id": "<@111111111111111111> hello",
}


def filled(town: Town, text: str) -> str:
    """A text with the bot's mention and id."""
    return text.format(bot=town.bot.mention, id=town.bot.id)


@pytest.mark.parametrize("text", CALLS.values(), ids=CALLS)
async def test_a_mention_calls_the_bot_wherever_it_stands(town: Town, text: str) -> None:
    """A message that mentions the bot's user is a question, wherever in it the mention stands."""
    await town.alice.says(town.general, filled(town, text))
    message = await town.hears()
    question = await town.receives(message)

    assert question is not None
    assert (question.turned_down, question.text, question.author.id) == (None, message.content, town.alice.id)


@pytest.mark.parametrize("text", NO_CALLS.values(), ids=NO_CALLS)
async def test_nothing_else_calls_it(town: Town, text: str) -> None:
    """A message that only names the bot, shows its mention as code, or calls everybody is not for it."""
    town.alice.joins(town.home, roles=[town.home.role("admins", Permission.MENTION_EVERYONE)])
    await town.alice.says(town.general, filled(town, text))

    assert await town.receives(await town.hears()) is None
    assert town.house.model.requests == []


@pytest.mark.parametrize("text", ["{bot}", "{bot} {bot}", "<@!{id}>,\n{bot}  ", "{bot} :"])
async def test_a_mention_that_asks_nothing_gets_a_hint(town: Town, text: str) -> None:
    """A message that holds nothing but calls of the bot is turned down, and its author is told to ask something."""
    await town.alice.says(town.general, filled(town, text))
    question = await town.receives(await town.hears())

    assert question is not None
    assert question.turned_down is TurnedDown.UNANSWERABLE
    assert town.notices() == [NOTHING_ASKED]


class Slow(MemoryQuestions):
    """Questions whose claims wait for the gate."""

    gate: asyncio.Event

    async def claim(self, asked: Asked, *, per_minute: int = 0, turned_down: TurnedDown | None = None) -> Claim | None:
        """See the port."""
        await self.gate.wait()
        return await super().claim(asked, per_minute=per_minute, turned_down=turned_down)


async def test_what_changes_a_message_waits_for_its_claim(town: Town) -> None:
    """An edit or a deletion that comes while a message is being claimed waits until its question can be found."""
    questions = Slow(town.house.state)
    questions.gate = asyncio.Event()
    town.house.chat._questions = questions  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- a store that takes its time
    await town.alice.says(town.general, filled(town, "{bot} hello"))
    message = await town.hears()
    claiming = asyncio.create_task(town.receives(message))
    await asyncio.sleep(0)
    (receiver,) = town.receivers.values()
    changing = asyncio.create_task(receiver.received(message.id))
    await asyncio.sleep(0)
    assert not changing.done()
    questions.gate.set()
    await changing
    assert await claiming is not None
    await receiver.received(message.id)


async def test_the_managed_role_calls_it(town: Town) -> None:
    """A message that mentions the role that Discord made for the bot is a question, if Discord shows what it says."""
    town.box.discord.application.reads_role_mentions = True
    await town.alice.says(town.general, f"{town.home.bot_role.mention} hello")
    question = await town.receives(await town.hears())

    assert question is not None
    assert question.turned_down is None


async def test_a_role_s_mention_that_cannot_be_read_says_why(town: Town) -> None:
    """Where Discord withholds what a mention of the role says, its author is told to mention the user."""
    await town.alice.says(town.general, f"{town.home.bot_role.mention} hello")
    question = await town.receives(await town.hears())

    assert question is not None
    assert question.turned_down is TurnedDown.UNANSWERABLE
    assert town.notices() == [NOTHING_SEEN]


async def test_another_role_of_its_name_calls_nobody(town: Town) -> None:
    """A role that somebody named like the bot is not the bot's."""
    role = town.home.role(town.bot.name, mentionable=True)
    await town.alice.says(town.general, f"{role.mention} hello")

    assert await town.receives(await town.hears()) is None


@pytest.mark.parametrize("ping", [True, False])
async def test_a_reply_calls_it_if_it_pings(town: Town, *, ping: bool) -> None:
    """A reply to a message of the bot is a question, unless its author has switched the ping off."""
    await town.client.get_partial_messageable(town.general.id).send("mine")
    await town.hears()
    (mine,) = town.box.discord.messages(town.general)
    await town.alice.says(town.general, "and you?", reply_to=mine, ping=ping)

    assert (await town.receives(await town.hears()) is not None) is ping


async def test_a_direct_message_needs_no_mention(town: Town) -> None:
    """Whatever a person writes to the bot alone is a question."""
    await town.alice.says(await town.alice.dm(), "hello")

    assert await town.receives(await town.hears()) is not None


async def test_another_bot_is_not_answered(town: Town) -> None:
    """A mention by another bot is not for the bot."""
    await town.box.discord.other_bot("Other").says(town.general, f"{town.bot.mention} hello")

    assert await town.receives(await town.hears()) is None


async def test_its_own_message_is_not_answered(town: Town) -> None:
    """A message of the bot that holds its own mention is not for it."""
    await town.client.get_partial_messageable(town.general.id).send(f"{town.bot.mention} hello")

    assert await town.receives(await town.hears()) is None


async def test_a_webhook_is_not_answered(town: Town) -> None:
    """A mention by a webhook, whose name anybody may choose, is not for the bot."""
    said = await town.alice.says(town.general, f"{town.bot.mention} hello")
    await town.hears()
    hooked = await town.hears_changed(said, webhook_id=str(said.author.id))

    assert await town.receives(hooked) is None


@pytest.mark.parametrize("kind", [6, 7, 8, 18, 20, 21, 23, 24])
async def test_what_discord_says_itself_is_not_answered(town: Town, kind: int) -> None:
    """A pin, a welcome, a boost, a thread that opens and other messages of Discord's own are no questions."""
    said = await town.alice.says(town.general, f"{town.bot.mention} hello")
    await town.hears()

    assert await town.receives(await town.hears_changed(said, type=kind)) is None


async def test_a_message_is_claimed_once(town: Town) -> None:
    """A message that Discord tells twice is one question."""
    said = await town.alice.says(town.general, f"{town.bot.mention} hello")
    first = await town.receives(await town.hears())
    again = await town.receives(await town.hears_changed(said))

    assert first is again is not None
    assert len(town.house.model.requests) == 1


Lists = Callable[[Town], dict[str, object]]

DENIED: dict[str, Lists] = {
    "the person": lambda town: {"deny_users": [town.alice.id]},
    "a role": lambda town: {"deny_roles": [role.id for role in town.home.guild.members[town.alice.id].roles]},
    "the channel": lambda town: {"deny_channels": [town.general.id]},
    "the server": lambda town: {"deny_guilds": [town.home.id]},
    "all other people": lambda town: {"allow_users": [town.bot.id]},
    "all other roles": lambda town: {"allow_roles": [town.home.bot_role.id]},
    "all other channels": lambda town: {"allow_channels": [town.home.channel("other").id]},
    "all other servers": lambda town: {"allow_guilds": [town.home.id + 1]},
    "allowed and denied": lambda town: {"allow_users": [town.alice.id], "deny_users": [town.alice.id]},
}


@pytest.mark.parametrize("lists", DENIED.values(), ids=DENIED)
async def test_whoever_is_denied_leaves_nothing_behind(town: Town, lists: Lists) -> None:
    """A mention that the access lists deny is neither stored nor answered, and nothing is said about it."""
    town.alice.joins(town.home, roles=[town.home.role("friends")])
    await town.alice.says(town.general, f"{town.bot.mention} hello")

    assert await town.receives(await town.hears(), **lists(town)) is None
    assert town.house.state.questions == {}
    assert town.notices() == []


async def test_direct_messages_can_be_denied(town: Town) -> None:
    """Where direct messages are switched off, they are not for the bot."""
    await town.alice.says(await town.alice.dm(), "hello")

    assert await town.receives(await town.hears(), dms=False) is None


async def test_a_fetched_message_has_its_author_s_roles_looked_up(town: Town) -> None:
    """A message that was fetched, whose author has no roles in it, is denied by them all the same."""
    muted = town.home.role("muted")
    town.alice.joins(town.home, roles=[muted])
    said = await town.alice.says(town.general, f"{town.bot.mention} hello")
    fetched = await town.fetches(said)

    assert await town.receives(fetched, deny_roles=[muted.id]) is None
    assert await town.receives(fetched) is not None


async def test_a_fetched_message_of_somebody_who_left_is_let_be(town: Town) -> None:
    """A message that was fetched, and whose author has left the server since, is not answered."""
    said = await town.alice.says(town.general, f"{town.bot.mention} hello")
    fetched = await town.fetches(said)
    del town.home.guild.members[town.alice.id]

    assert await town.receives(fetched) is None


async def test_where_it_may_not_write_it_says_so_in_private_and_once(town: Town) -> None:
    """A mention where the bot may not write is not stored; its author is told in a direct message, and not twice an hour."""
    quiet = town.home.channel("quiet", deny={town.home.bot_role: Permission.SEND_MESSAGES})
    for _ in range(2):
        said = await town.alice.says(quiet, f"{town.bot.mention} hello")
        assert await town.receives(await town.hears(said)) is None
    (told,) = town.box.discord.messages(await town.alice.dm())
    assert f"in <#{quiet.id}>: I lack the permission “Send Messages”" in told.content
    assert town.house.state.questions == {}


async def test_somebody_who_takes_no_direct_messages_is_not_told(town: Town) -> None:
    """Where neither the channel nor its author can be written to, the message is let be."""
    town.alice.opens_dms(to_strangers=False)
    quiet = town.home.channel("quiet", deny={town.home.bot_role: Permission.SEND_MESSAGES})
    await town.alice.says(quiet, f"{town.bot.mention} hello")

    assert await town.receives(await town.hears()) is None


@pytest.mark.parametrize("number", [-1, 0, 2**63])
async def test_a_message_with_an_id_that_discord_never_gives_is_not_for_it(town: Town, number: int) -> None:
    """A message whose id SQLite cannot hold, or no message of Discord's can have, leaves nothing behind."""
    await town.alice.says(town.general, filled(town, "{bot} hello"))
    message = await town.hears()
    message.id = number

    assert await town.receives(message) is None
    assert town.house.model.requests == []
