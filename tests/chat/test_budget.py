"""The tokens of a day: what counts, who waits, and what people are told."""

import asyncio

import pytest

from bot.chat.appearance import Verb
from bot.chat.budget import TokenBudget
from bot.chat.calls import Call, CallEnd, Purpose, Usage
from bot.chat.ports.model import Finish
from bot.chat.ports.questions import Press
from bot.chat.service import PressOutcome
from bot.chat.turns import AnswerState
from bot.config import Current, LimitSettings
from bot.errors import TokensSpent
from tests.chat.house import NOW, House, asked
from tests.fakes.calls import MemoryCalls
from tests.fakes.model import ScriptedModel
from tests.fakes.state import State
from tests.timeless import timeless

DAY = 86_400_000
RESERVE = 1100
TOMORROW = (NOW // DAY + 1) * DAY // 1000
CALL = Call(Purpose.ANSWER, 1, 1, 1, 1, 1, 9, 11)


def limited(house: House, tokens: int) -> House:
    """The house with so many tokens a day."""
    house.limits.value = LimitSettings(tokens_per_day=tokens)
    return house


async def test_over_the_tokens_of_a_day_one_line_says_when_it_resets() -> None:
    """The first question beyond the day's tokens ends with a line and Retry; the next ones get a notice a minute."""
    house = limited(House(model=ScriptedModel([["one", Finish("stop", Usage(1500, completion=100))]])), 2000)
    await house.answered(100)
    await house.answered(200)
    line = f"I have used up the tokens that I may use in a day. I answer again <t:{TOMORROW}:R>."
    assert house.display.said(200) == ("", line)
    assert house.display.offers(200) == ["retry"]
    assert house.answer(200) == (AnswerState.FAILED, "")
    assert [await house.hear(key) for key in (300, 400)] == [False, False]
    assert house.display.notices == [(300, line)]
    assert len(house.model.requests) == 1


async def test_the_next_day_and_a_higher_limit_answer_again() -> None:
    """A new day begins with all its tokens, and a limit that is raised meanwhile holds at once."""
    house = limited(House(model=ScriptedModel([["one", Finish("stop", Usage(1500, completion=100))]])), 2000)
    await house.answered(100)
    await house.answered(200)
    limited(house, 5000)
    await house.answered(300)
    assert house.display.said(300) == ("answer 2", "")
    limited(house, 2000)
    await house.answered(400)
    house.now += DAY
    assert await house.hear(500, at=house.now)
    await house.settle()
    assert house.display.said(500) == ("answer 3", "")


async def test_a_press_beyond_the_tokens_of_a_day_starts_nothing() -> None:
    """Retry, and a question through a menu, are turned down as long as the day lasts."""
    house = limited(House(model=ScriptedModel([["one", Finish("stop", Usage(1500, completion=100))]])), 2000)
    await house.answered(100)
    await house.answered(200)
    press = Press(900, 1, 11, NOW)
    assert await house.chat.press(house.record(200), Verb.RETRY, 1, press) is PressOutcome.BUDGET
    assert await house.chat.ask(asked(300)) is PressOutcome.BUDGET
    house.now += DAY
    assert await house.chat.press(house.record(200), Verb.RETRY, 1, press) is PressOutcome.QUEUED


@timeless
async def test_calls_whose_reserves_pass_the_limit_together_wait_for_each_other() -> None:
    """Of three calls at once with tokens for two, the third waits until one has ended with less than its reserve."""
    state = State()
    calls = MemoryCalls(state)
    budget = TokenBudget(calls, Current(LimitSettings(tokens_per_day=2 * RESERVE + 10)), lambda: NOW)
    ids = [await calls.open(CALL, reserve=RESERVE, at=NOW) for _ in range(3)]
    waits = asyncio.create_task(budget.admit(ids[2], RESERVE))
    for call_id in ids[:2]:
        await budget.admit(call_id, RESERVE)
    await asyncio.sleep(5)
    assert not waits.done()
    await calls.close(ids[0], CallEnd("stop", usage=Usage(10)), at=NOW)
    await waits
    assert budget.spent is None


@timeless
async def test_a_call_that_never_ends_is_not_waited_for_without_end() -> None:
    """A call whose end could not be stored holds another up for 15 minutes at most."""
    calls = MemoryCalls(State())
    budget = TokenBudget(calls, Current(LimitSettings(tokens_per_day=RESERVE)), lambda: NOW)
    ids = [await calls.open(CALL, reserve=RESERVE, at=NOW) for _ in range(2)]
    began = asyncio.get_running_loop().time()
    with pytest.raises(TokensSpent):
        await budget.admit(ids[1], RESERVE)
    assert 900 <= asyncio.get_running_loop().time() - began < 902
    assert budget.spent is None


async def test_without_a_limit_no_call_is_summed() -> None:
    """By default the day's calls are never looked at."""
    budget = TokenBudget(MemoryCalls(State()), Current(LimitSettings()), lambda: NOW)
    await budget.admit(1, 10**12)
    assert budget.spent is None


async def test_the_log_says_once_that_the_tokens_of_a_day_are_used_up(caplog: pytest.LogCaptureFixture) -> None:
    """Calls that were opened before the first refusal are refused too, and the log has one line."""
    calls = MemoryCalls(State())
    budget = TokenBudget(calls, Current(LimitSettings(tokens_per_day=RESERVE - 1)), lambda: NOW)
    for _ in range(2):
        with pytest.raises(TokensSpent):
            await budget.admit(await calls.open(CALL, reserve=RESERVE, at=NOW), RESERVE)
    assert caplog.text.count("limits.tokens_per_day") == 1


async def test_an_error_says_when_the_day_ends() -> None:
    """The error for the operator names the setting, the sentence for people the time."""
    error = TokensSpent("used up (limits.tokens_per_day)", 86_400)
    assert "<t:86400:R>" in error.public
    assert "limits.tokens_per_day" in str(error)
