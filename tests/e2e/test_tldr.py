"""`/tldr`: a summary of what was said in a place, for the asker's eyes; what it reads, what it says, and when it refuses."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing

import pytest

from bot.chat.summarising import TASK
from bot.chat.texts import TOO_MANY
from bot.cogs import texts
from bot.errors import TokensSpent
from bot.sandbox import Intent, Kind, Permission
from bot.sandbox.discord.rest.faults import Garbling
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running

HISTORY = "/channels/{channel_id}/messages"
SETTINGS = {"PARLEY_HISTORY__AMBIENT": "1"}
"""The bot reads the text of all messages."""


@pytest.fixture
async def bot(town: Town) -> AsyncGenerator[Bot, None]:
    """The bot, which reads the text of all messages."""
    async with running(town.box, town.folder, **SETTINGS) as connected:
        yield connected


def calls(town: Town) -> list[tuple[object, ...]]:
    """The calls in the ledger."""
    with closing(sqlite3.connect(town.folder / "history.db")) as database:
        return database.execute(
            "SELECT purpose, state, reason, position, conversation_id, person_id, prompt > 0 FROM calls"
        ).fetchall()


async def talk(town: Town) -> None:
    """A talk of Bob and Alice."""
    await town.bob.says(town.general, "The lamp is broken.")
    await town.alice.says(town.general, f"I mend it tomorrow, {town.bob.mention}. ||A surprise||")
    await town.bob.says(town.general, "// do not tell")


async def test_what_was_said_is_summed_up_for_the_asker(town: Town, bot: Bot) -> None:
    """The model gets the messages with names, spoilers and names of files; only the asker sees the summary; no turn is stored."""
    await talk(town)
    await town.bob.says(town.general, "see", attachments={"lamp.txt": b"lamp"})
    town.box.model.replies_with("- Bob's lamp is broken, and Alice mends it.")
    response = await town.alice.runs("tldr", town.general)

    files = f"-# {texts.TLDR_FILES.format(number=1)}"
    head = texts.TLDR_HEAD.format(read=3)
    assert response.content == f"{head}\n- Bob's lamp is broken, and Alice mends it.\n{files}"
    assert response.message.ephemeral
    (request,) = town.box.model.requests
    system, read = (str(one["content"]) for one in request.messages)
    assert system == TASK
    assert "): The lamp is broken.\nAlice (#" in read
    assert "I mend it tomorrow, @Bob. ||A surprise||\nBob (#" in read
    assert read.endswith("): see\n[attached file: lamp.txt]")
    assert "do not tell" not in read
    assert calls(town) == [("summary", "closed", "stop", None, None, town.alice.id, 1)]
    town.box.model.replies_with("No.")
    question = await town.bob.says(town.general, "@Parley did Alice ask you anything?")
    await town.box.bot.answers(question)
    assert "lamp is broken, and" not in str(town.box.model.requests[-1].messages)


async def test_it_goes_back_as_far_as_it_is_told(town: Town, bot: Bot) -> None:
    """`since` and `messages` bound what is read, and the answer says that there was more."""
    box = town.box
    for number in range(3):
        await town.bob.says(town.general, f"old {number}")
    box.clock.moves(seconds=3 * 3600)
    for number in range(3):
        await town.bob.says(town.general, f"new {number}")
    await town.alice.runs("tldr", town.general, since="2h")
    read = str(box.model.requests[-1].messages[-1]["content"])
    assert [word in read for word in ("old 2", "new 0", "new 2")] == [False, True, True]
    response = await town.alice.runs("tldr", town.general, messages=2)
    read = str(box.model.requests[-1].messages[-1]["content"])
    assert [word in read for word in ("new 0", "new 1", "new 2")] == [False, True, True]
    assert response.content.endswith(f"-# {texts.TLDR_MORE}")
    for wrong in ("yesterday", "0m", "8d", "", "1h 2d"):
        assert (await town.alice.runs("tldr", town.general, since=wrong or " ")).content == texts.TLDR_NO_TIME
    assert len(box.model.requests) == 2


async def test_only_who_may_read_the_history_gets_it(town: Town, bot: Bot) -> None:
    """Without the right of the asker, or of the bot, to read the history, it refuses and asks no model."""
    await talk(town)
    town.home.permits(town.general, deny={town.alice.user: Permission.READ_MESSAGE_HISTORY})
    assert (await town.alice.runs("tldr", town.general)).content == texts.TLDR_NOT_A_READER
    town.home.permits(town.general, deny={town.home.bot_role: Permission.READ_MESSAGE_HISTORY})
    assert (await town.bob.runs("tldr", town.general)).content == texts.TLDR_MAY_NOT
    assert town.box.model.requests == []


async def test_without_the_intent_it_says_what_it_cannot_read(town: Town) -> None:
    """Where Discord hides the text of messages, the asker is told how many, and nothing is asked where all are hidden."""
    town.box.discord.application.privileged = Intent.NONE
    async with running(town.box, town.folder):
        await talk(town)
        response = await town.alice.runs("tldr", town.general)
        assert response.content == f"{texts.TLDR_NOTHING}\n-# {texts.TLDR_HIDDEN.format(number=3)}"
        assert town.box.model.requests == []
        await town.box.bot.answers(await town.bob.says(town.general, "@Parley hello"))
        response = await town.alice.runs("tldr", town.general)
        assert response.content.startswith(texts.TLDR_HEAD.format(read=2))
        assert response.content.endswith(f"-# {texts.TLDR_HIDDEN.format(number=3)}")


async def test_it_counts_like_a_question(town: Town) -> None:
    """A summary counts in the questions that a person may ask in a minute, and in the tokens of a day."""
    settings = {**SETTINGS, "PARLEY_LIMITS__USER_PER_MINUTE": "1"}
    async with running(town.box, town.folder, **settings):
        await talk(town)
        assert (await town.alice.runs("tldr", town.general)).content.startswith("**")
        assert (await town.alice.runs("tldr", town.general)).content == TOO_MANY
    sizes = {"PARLEY_HISTORY__MAX_TOKENS": "500", "PARLEY_MODEL__MAX_REPLY_TOKENS": "300"}
    async with running(town.box, town.folder, **SETTINGS, **sizes, PARLEY_LIMITS__TOKENS_PER_DAY="800") as bot:
        said = TokensSpent.public.partition(". ")[0]
        assert (await town.bob.runs("tldr", town.general)).content.startswith(said)
        assert calls(town)[-1][1:3] == ("closed", TokensSpent.reason)
        assert "limits.tokens_per_day" in bot.log


async def test_too_much_text_is_told(town: Town) -> None:
    """Of more text than a prompt holds the newest is read, and the asker is told how many were not; a long summary is cut."""
    async with running(town.box, town.folder, **SETTINGS, PARLEY_HISTORY__MAX_TOKENS="500"):
        for number in range(5):
            await town.bob.says(town.general, f"{number} " + "lamp " * 100)
        town.box.model.replies_with("long " * 1_000)
        response = await town.alice.runs("tldr", town.general)
        lines = response.content.splitlines()
        assert lines[0] == texts.TLDR_HEAD.format(read=3)
        assert lines[-1] == f"-# {texts.TLDR_LEFT_OUT.format(number=2)}"
        assert lines[1].endswith("…")
        assert len(response.content) <= 2_000


async def test_a_cut_summary_keeps_spoilers_hidden(town: Town, bot: Bot) -> None:
    """A summary that is cut within a spoiler closes it, so that its words stay hidden."""
    await talk(town)
    town.box.model.replies_with("- Alice has ||" + "a surprise " * 200 + "||.")
    response = await town.alice.runs("tldr", town.general)
    assert response.content.count("||") == 2
    assert response.content.endswith("…||")


async def test_a_cut_summary_ends_its_code(town: Town, bot: Bot) -> None:
    """A summary that is cut within a code block ends the block, so that the small print below it is none."""
    await talk(town)
    town.box.model.replies_with("```\n" + "lamp = broken\n" * 200 + "```")
    response = await town.alice.runs("tldr", town.general)
    assert response.content.endswith("…\n```")
    assert response.content.count("```") == 2


async def test_who_asked_too_often_lets_nothing_be_read(town: Town) -> None:
    """Over the limit of a minute nothing is fetched from Discord, and no model is asked."""
    async with running(town.box, town.folder, **SETTINGS, PARLEY_LIMITS__USER_PER_MINUTE="1"):
        await talk(town)
        await town.alice.runs("tldr", town.general)
        town.box.discord.calls.clear()
        assert (await town.alice.runs("tldr", town.general)).content == TOO_MANY
        assert not [call for call in town.box.discord.calls if call.template == HISTORY]
        assert len(town.box.model.requests) == 1


async def test_the_text_of_a_voice_channel_is_for_who_may_enter_it(town: Town, bot: Bot) -> None:
    """Without the right to connect, of the asker or of the bot, nothing is summed up there."""
    voice = town.home.channel("lounge", kind=Kind.VOICE)
    await town.bob.says(voice, "The lamp is broken.")
    assert (await town.alice.runs("tldr", voice)).content.startswith(texts.TLDR_ONE)
    town.home.permits(voice, deny={town.alice.user: Permission.CONNECT})
    assert (await town.alice.runs("tldr", voice)).content == texts.TLDR_NOT_A_READER
    town.home.permits(voice, deny={town.home.bot_role: Permission.CONNECT})
    assert (await town.bob.runs("tldr", voice)).content == texts.TLDR_MAY_NOT
    assert len(town.box.model.requests) == 1


@pytest.mark.parametrize("how", ["hangs", "drips", "fails", "limits", "limits all"])
async def test_a_discord_that_hands_over_no_messages_is_told_in_time(town: Town, how: str) -> None:
    """However Discord fails to hand over the messages, the asker is told in one line, and no model is asked."""
    discord = town.box.discord
    orders = {
        "hangs": lambda: discord.stalls("GET", HISTORY, times=None),
        "drips": lambda: discord.drips("GET", HISTORY, pause=0.1, times=None),
        "fails": lambda: discord.fails("GET", HISTORY, 500, times=None),
        "limits": lambda: discord.fails("GET", HISTORY, 429, retry_after=60, times=None),
        "limits all": lambda: discord.fails("GET", HISTORY, 429, retry_after=1, everywhere=True),
    }
    async with running(town.box, town.folder, **SETTINGS, PARLEY_DISCORD__LOOK_UP_SECONDS="0.02"):
        await talk(town)
        orders[how]()
        response = await town.alice.runs("tldr", town.general)
        assert response.content == texts.TLDR_UNREAD
        assert response.message.ephemeral
        assert town.box.model.requests == []


async def test_errors_are_told_as_they_are(town: Town, bot: Bot) -> None:
    """A model that fails, an empty summary and a history that Discord refuses are told to the asker; no row stays open."""
    box = town.box
    await talk(town)
    box.model.fails(401)
    response = await town.alice.runs("tldr", town.general)
    assert "language model" in response.content
    box.model.replies_with("")
    assert texts.TLDR_HEAD.format(read=2) not in (await town.bob.runs("tldr", town.general)).content
    box.discord.fails("GET", "/channels/{channel_id}/messages", 403, code=50001, message="Missing Access")
    assert (await town.alice.runs("tldr", town.general)).content == texts.TLDR_UNREAD
    assert {one[1] for one in calls(town)} == {"closed"}
    box.discord.garbles("GET", "/channels/{channel_id}/messages", Garbling.HTML)
    assert (await town.alice.runs("tldr", town.general)).content == texts.TLDR_UNREAD
    empty = town.home.channel("empty")
    assert (await town.alice.runs("tldr", empty)).content == texts.TLDR_NOTHING


async def test_one_at_a_time_and_a_slow_model_is_waited_for(town: Town, bot: Bot) -> None:
    """While a summary is written, however long it takes, its asker gets no second one; Discord is answered in time."""
    await talk(town)
    town.box.discord.interactions.response_seconds = 3
    town.box.model.pace(first_seconds=4)
    first = asyncio.create_task(town.alice.runs("tldr", town.general))
    await town.box.until(lambda: town.box.model.requests)
    second = asyncio.create_task(town.alice.runs("tldr", town.general))
    assert (await second).content == texts.ONE_AT_A_TIME
    assert (await first).content.startswith(texts.TLDR_HEAD.format(read=2))


async def test_direct_messages_are_summed_up_too(town: Town, bot: Bot) -> None:
    """In direct messages the person and the bot are summed up."""
    dm = await town.alice.dm()
    await town.box.bot.answers(await town.alice.says(dm, "hello"))
    response = await town.alice.runs("tldr", dm, messages=1)
    assert response.content.startswith(texts.TLDR_ONE)
