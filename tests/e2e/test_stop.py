"""Stop, under an answer that grows, and `/stop`."""

import asyncio
import signal

import pytest

from bot.chat.texts import STOPPED
from bot.cogs.texts import DROPPED, NOT_YOUR_QUESTION, NOTHING_OF_YOURS, NOTHING_TO_STOP
from bot.cogs.texts import STOPPED as I_STOPPED
from bot.reply.nonce import base36
from bot.sandbox import Permission
from bot.sandbox.driver.responses import NoResponseError
from bot.sandbox.model.requests import Outcome
from tests.e2e import process
from tests.e2e.asking import WORDS, growing
from tests.e2e.buttons import labels, offered
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running

_MESSAGE = "/channels/{channel_id}/messages/{message_id}"


async def test_stop_ends_the_stream_and_keeps_what_was_shown(town: Town, bot: Bot) -> None:
    """The asker stops an answer: its request is closed, its text stays and is sent to the model next; then it goes on."""
    box = town.box
    question, message = await growing(town)
    assert (await town.bob.presses(message, "Stop")).content == NOT_YOUR_QUESTION
    await town.alice.presses(message, "Stop")
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)
    stopped = await offered(box, question, "Regenerate", "Continue")
    text, note = stopped.content.split("\n-# ")
    assert note == STOPPED
    assert WORDS.startswith(text)
    later = await town.bob.says(town.general, "@Parley and now?")
    await box.bot.answers(later)
    assert box.bot.requests(later)[0].messages[2] == {"role": "assistant", "content": text}
    box.model.replies_with(" and on")
    await town.alice.presses(stopped, "Continue")
    await box.until(lambda: stopped.content == f"{text} and on")


async def test_the_button_leaves_with_the_last_edit(town: Town, bot: Bot) -> None:
    """While an answer grows over several messages, Stop stands under the last of them alone, and at its end under none."""
    box = town.box
    box.model.replies_with(" ".join(f"wonderful{number}" for number in range(280)))
    box.model.stalls(after=900)
    question = await town.alice.says(town.general, "@Parley hello")
    await box.until(lambda: [labels(one) for one in box.bot.shown(question)] == [[], ["Stop"]])
    await town.alice.presses(box.bot.shown(question)[-1], "Stop")
    await box.until(lambda: [labels(one) for one in box.bot.shown(question)] == [[], ["Regenerate", "Continue"]])


async def test_stop_twice_and_by_two_people_is_one_stop(town: Town, bot: Bot) -> None:
    """A moderator may stop as well; what is stopped by two people is stopped once."""
    box = town.box
    town.bob.joins(town.home, roles=[town.home.role("mods", Permission.MANAGE_MESSAGES)])
    question, message = await growing(town)
    await asyncio.gather(
        *(person.presses(message, "Stop") for person in (town.alice, town.bob)), return_exceptions=True
    )
    stopped = await offered(box, question, "Regenerate", "Continue")
    assert stopped.content.count(STOPPED) == 1


async def test_a_forged_button_does_nothing(town: Town, bot: Bot) -> None:
    """A press with a custom id that the message does not have changes nothing."""
    box = town.box
    question = await town.alice.says(town.general, "@Parley hello")
    await box.bot.answers(question)
    message = await offered(box, question, "Regenerate")
    with pytest.raises(NoResponseError):
        await town.alice.forges(message, f"parley:1:pick:{base36(question.id)}:7")
    assert len(box.model.requests) == 1


async def test_slash_stop_stops_the_answer_and_drops_what_waits(town: Town, bot: Bot) -> None:
    """/stop stops the asker's answer and drops the asker's questions that wait; those of others are answered."""
    box = town.box
    assert (await town.alice.runs("stop", town.general)).content == NOTHING_OF_YOURS
    question, _ = await growing(town)
    waiting = [await town.alice.says(town.general, f"@Parley question {number}") for number in range(2)]
    others = await town.bob.says(town.general, "@Parley from Bob")
    box.model.replies_with("for Bob")
    stopped = await town.alice.runs("stop", town.general)
    assert stopped.ephemeral
    assert stopped.content == f"{I_STOPPED} {DROPPED.format(count=2)}"
    await box.bot.answers(others, containing="for Bob")
    for dropped in (question, *waiting):
        await box.until(lambda dropped=dropped: STOPPED in box.bot.shown(dropped)[0].content)
    assert len(box.model.requests) == 2


async def test_slash_stop_of_others_is_for_moderators(town: Town, bot: Bot) -> None:
    """/stop of a person who asked nothing stops nothing; a moderator's stops the answer and drops no question of others."""
    box = town.box
    _, message = await growing(town)
    waiting = await town.alice.says(town.general, "@Parley next")
    assert (await town.bob.runs("stop", town.general)).content == NOTHING_OF_YOURS
    assert labels(message) == ["Stop"]
    town.bob.joins(town.home, roles=[town.home.role("mods", Permission.MANAGE_MESSAGES)])
    assert (await town.bob.runs("stop", town.general)).content == I_STOPPED
    await box.bot.answers(waiting)


async def test_stop_after_a_restart(town: Town) -> None:
    """A Stop button that a crash left, and that Discord does not take away yet, says that nothing is left to stop."""
    box = town.box
    async with process.running(box, town.folder) as bot:
        question, message = await growing(town)
        await town.alice.runs("help", town.general)  # by then the message is recorded
        await bot.stop(signal.SIGKILL)
    box.discord.fails("PATCH", _MESSAGE, 500, times=None)
    async with running(box, town.folder) as again:
        await again.logs("not known to be shown")
        assert (await town.alice.presses(message, "Stop")).content == NOTHING_TO_STOP
        box.discord.is_well()
        await offered(box, question, "Retry")


async def test_without_buttons_slash_stop_is_left(town: Town) -> None:
    """With `answers.buttons = "none"` no answer has a button, while it grows and afterwards; /stop works all the same."""
    box = town.box
    async with running(box, town.folder, PARLEY_ANSWERS__BUTTONS="none"):
        box.model.replies_with(WORDS)
        box.model.stalls(after=6)
        question = await town.alice.says(town.general, "@Parley hello")
        await box.until(lambda: bool(box.bot.shown(question)))
        assert labels(box.bot.shown(question)[0]) == []
        await town.alice.runs("stop", town.general)
        await box.until(lambda: STOPPED in box.bot.shown(question)[0].content)
        assert labels(box.bot.shown(question)[0]) == []


async def test_a_question_that_waits_says_so_in_the_message_of_its_answer(town: Town, bot: Bot) -> None:
    """A question that waits for seconds gets a line with the number before it; its answer is shown in the same message."""
    box = town.box
    question, message = await growing(town)
    waiting = await town.bob.says(town.general, "@Parley next")
    await box.until(lambda: bool(found := box.bot.shown(waiting)) and found[0].content == "-# 1 before yours")
    line = box.bot.shown(waiting)[0]
    await town.alice.presses(message, "Stop")
    answer = await box.bot.answers(waiting)
    assert answer.messages == [line]
    assert question is not waiting
