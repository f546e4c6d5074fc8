"""One question that the model's server fails on, a server that is away, and a server that answers one question at a time."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from bot.chat.texts import DOWN
from bot.errors import ModelTimedOut, ModelUnreachable
from bot.sandbox import Channel, Message, ModelRequest
from bot.sandbox.model.llama_cpp import LlamaCpp
from bot.sandbox.model.orders import Orders
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running


def bad(request: ModelRequest) -> bool:
    """Whether this is the question that the server fails on."""
    return request.question.endswith("bad one")


def hangs(model: Orders) -> None:
    """Accept the bad question, and stay silent."""
    model.stalls(before_headers=True, times=None, when=bad)


def loads_for_ever(model: Orders) -> None:
    """Load the model for longer than anybody waits, for the bad question."""
    model.delays(3600, times=None, when=bad)


def crashes(model: Orders) -> None:
    """Reset the connection of the bad question, as a server does that crashes on it."""
    model.resets(times=None, when=bad)


def breaks_down(model: Orders) -> None:
    """Answer the bad question with a fault of the server's own."""
    model.fails(500, times=None, when=bad)


def asked(town: Town) -> list[ModelRequest]:
    """The requests with the bad question so far."""
    return [request for request in town.box.model.requests if bad(request)]


def remarks(town: Town, *places: Channel) -> list[str]:
    """The messages that say that the model cannot be reached, and wait for it."""
    return [
        message.content for place in places for message in town.box.discord.messages(place) if DOWN in message.content
    ]


async def shown(town: Town, question: Message, text: str) -> Message:
    """Wait until the bot shows `text` under a question, and return the message."""
    await town.box.until(lambda: any(text in message.content for message in town.box.bot.shown(question)), timeout=30)
    return town.box.bot.shown(question)[-1]


@pytest.mark.parametrize("fault", [crashes, breaks_down])
async def test_a_question_that_the_server_fails_on_harms_no_other(
    town: Town, bot: Bot, fault: Callable[[Orders], None]
) -> None:
    """It is asked three times and ends with Retry; the question behind it and those elsewhere are answered as ever.

    Retry asks three times again, and is no second question that fails.
    """
    box = town.box
    elsewhere = town.home.channel("elsewhere")
    fault(box.model)
    question = await town.alice.says(town.general, "@Parley the bad one")
    behind = await town.bob.says(town.general, "@Parley a good one")
    await box.bot.answers(await town.bob.says(elsewhere, "@Parley a good one"))
    await box.bot.answers(behind, timeout=30)
    failed = await shown(town, question, ModelUnreachable.public)
    assert len(asked(town)) == 3
    await town.alice.presses(failed, "Retry")
    await box.until(lambda: len(asked(town)) == 6, timeout=30)
    await box.bot.answers(await town.bob.says(elsewhere, "@Parley a good one"))
    await shown(town, question, ModelUnreachable.public)
    assert not remarks(town, town.general, elsewhere)
    assert "questions wait for it" not in bot.log
    assert len(asked(town)) == 6


@pytest.mark.parametrize("fault", [hangs, loads_for_ever])
async def test_a_question_that_the_server_hangs_on_is_asked_once(town: Town, fault: Callable[[Orders], None]) -> None:
    """The question ends in an error after the limit of one try, and the log names the setting of that limit."""
    box = town.box
    async with running(box, town.folder, PARLEY_MODEL__FIRST_TOKEN_SECONDS="3") as bot:
        fault(box.model)
        question = await town.alice.says(town.general, "@Parley the bad one")
        behind = await town.bob.says(town.general, "@Parley a good one")
        await box.bot.answers(behind, timeout=30)
        await shown(town, question, ModelTimedOut.public)
        assert len(asked(town)) == 1
        assert not remarks(town, town.general)
        assert "model.first_token_seconds" in bot.log


@pytest.mark.parametrize("fault", [hangs, breaks_down])
async def test_other_places_do_not_wait_for_the_end_of_a_bad_question(
    town: Town, fault: Callable[[Orders], None]
) -> None:
    """Questions elsewhere are answered while the bad one is still being tried."""
    box = town.box
    async with running(box, town.folder, PARLEY_SHUTDOWN__GRACE_SECONDS="0"):
        if fault is breaks_down:
            box.model.fails(503, headers={"retry-after": "15"}, times=None, when=bad)
        else:
            fault(box.model)
        question = await town.alice.says(town.general, "@Parley the bad one")
        await box.until(lambda: asked(town))
        for name in ("red", "blue"):
            await box.bot.answers(await town.bob.says(town.home.channel(name), "@Parley a good one"))
        assert not box.bot.shown(question)
        assert len(asked(town)) == 1


@pytest.mark.parametrize("loads", [True, False])
async def test_a_single_question_waits_for_a_server_that_is_away(town: Town, bot: Bot, loads: bool) -> None:
    """A server that takes no connections, or says that it is loading, is down for everybody: the question waits for it."""
    box = town.box
    server = LlamaCpp(loading=True)
    if loads:
        box.model.speaks(server)
    else:
        box.model.goes_away()
    question = await town.alice.says(town.general, "@Parley hello")
    await shown(town, question, DOWN)
    assert len(box.model.requests) == 0
    server.loading = False
    box.model.comes_back()
    await box.bot.answers(question, timeout=30)
    assert len(box.model.requests) == 1
    assert "can be reached again" in bot.log


@pytest.mark.long
async def test_a_server_with_one_slot_is_not_late(town: Town) -> None:
    """Answers that wait in the server behind our own longer than the limit are not given up; then it is asked one at a time.

    Source: llama.cpp with `-np 1` keeps a request without a head until its slot is free (server-context.cpp).
    """
    box = town.box
    box.model.speaks(LlamaCpp(slots=1))
    box.model.pace(first_seconds=0.05, tokens_per_second=20)
    box.model.replies_with(*["word " * 24] * 6)
    rooms = [town.home.channel(f"room-{number}") for number in range(6)]
    async with running(box, town.folder, PARLEY_MODEL__FIRST_TOKEN_SECONDS="2") as bot:
        questions = [await town.alice.says(room, "@Parley hello") for room in rooms]
        for question in questions:
            await box.bot.answers(question, timeout=30)
        assert len(box.model.requests) == 6
        await bot.logs("limits.model_requests")
        box.model.replies_with(*["short"] * 6)
        questions = [await town.alice.says(room, "@Parley hello") for room in rooms]
        for question in questions:
            await box.bot.answers(question, timeout=30)
        assert bot.log.count("limits.model_requests") == 1
        assert not remarks(town, *rooms)
    later = box.model.requests[6:]
    assert len(later) == 6
    for before, behind in pairwise(later):
        assert before.ended_at is not None
        assert before.ended_at <= behind.at


async def test_who_waits_for_a_slot_sees_the_bot_typing(town: Town) -> None:
    """A question that waits for one of the bot's own slots shows that the bot is typing, and its wait is not counted as late."""
    box = town.box
    settings = {"PARLEY_MODEL__FIRST_TOKEN_SECONDS": "2", "PARLEY_LIMITS__MODEL_REQUESTS": "1"}
    box.model.pace(first_seconds=0.05, tokens_per_second=20)
    box.model.replies_with("word " * 48, "word")
    side = town.home.channel("side")
    async with running(box, town.folder, **settings):
        first = await town.alice.says(town.general, "@Parley hello")
        await box.until(lambda: len(box.model.requests) == 1)
        second = await town.alice.says(side, "@Parley hello")
        await box.until(lambda: any("typing" in call.path and str(side.id) in call.path for call in box.discord.calls))
        assert len(box.model.requests) == 1
        for question in (first, second):
            await box.bot.answers(question, timeout=30)
        assert len(box.model.requests) == 2
