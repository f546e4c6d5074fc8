"""Calls that are adapted to a server's refusals: shorter answers, bounded tries, and what usage teaches."""

import pytest

from bot.chat.calls import Usage
from bot.chat.model_limits import ModelLimits
from bot.chat.ports.model import Finish
from bot.errors import ModelContextExceeded, ModelRejected, Refused
from tests.chat.house import House
from tests.fakes.model import Piece, ScriptedModel


async def test_a_server_that_is_never_content_is_given_up() -> None:
    """A request is adapted 32 times at most, however its server goes on to find something else."""
    adapted = ModelRejected("unknown parameter", Refused(frozenset({"user"})))
    adapted.adapted = True
    house = House(model=ScriptedModel([[adapted]] * 99))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelRejected.public)
    assert len(house.model.requests) == 33


async def test_a_context_that_shrinks_with_each_request_is_given_up() -> None:
    """A server that names a smaller context with each refusal is asked 32 times again at most."""
    refusals: list[list[Piece]] = [[ModelContextExceeded("…", limit=limit)] for limit in range(130, 30, -1)]
    house = House(prompt_tokens=1000, model=ScriptedModel(refusals))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelContextExceeded.public)
    assert len(house.model.requests) == 33


async def test_a_longest_answer_that_alone_is_too_much_is_made_shorter(caplog: pytest.LogCaptureFixture) -> None:
    """A refusal that the answer's limit causes leaves the prompt as it is, and names the setting; so does the next question."""
    refusals: list[list[Piece]] = [
        [ModelContextExceeded("…", limit=120)],
        [ModelContextExceeded("…", limit=9_000)],
        [ModelContextExceeded("…")],
    ]
    for refusal in refusals:
        caplog.clear()
        house = House(prompt_tokens=1000, model=ScriptedModel([refusal, ["fits"], ["fits too"]]))
        await house.answered(100)
        first, second = house.model.requests
        assert first.prompt == second.prompt
        assert second.reply_tokens < first.reply_tokens
        (warning,) = [record.getMessage() for record in caplog.records if "too many" in record.getMessage()]
        assert "model.max_reply_tokens" in warning
        await house.answered(200)
        assert [call.end.reason for call in house.calls(200) if call.end] == ["stop"]


async def test_a_usage_of_nothing_is_no_cut(caplog: pytest.LogCaptureFixture) -> None:
    """A server that reports no tokens for a prompt, such as one from its cache, is not said to cut it, and teaches nothing."""
    house = House(prompt_tokens=4000, model=ScriptedModel([["one", Finish("stop", Usage(prompt=0, completion=2))]]))
    await house.answered(100, "z" * 2000)
    assert "num_ctx" not in caplog.text
    assert (await house.learnt.of("m")).factor == 1.0


async def test_limits_that_leave_no_room_for_a_question_are_forgotten() -> None:
    """A server that found everything too long for a while is asked the next question as if nothing had been learnt."""
    house = House(model=ScriptedModel([[ModelContextExceeded("…")]] * 99))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelContextExceeded.public)
    refused = len(house.model.requests)
    house.model.script = [["well again"]]
    await house.answered(200)
    assert house.display.said(200)[0] == "well again"
    assert len(house.model.requests) == refused + 1
    assert house.model.requests[-1].reply_tokens == house.model.requests[0].reply_tokens


async def test_limits_of_an_earlier_run_that_leave_no_room_are_forgotten() -> None:
    """A context that an earlier run learnt and that holds no question is not believed."""
    house = House(model=ScriptedModel([["hello"]]))
    await house.learnt.learn("m", lambda _: ModelLimits(context=10))
    await house.answered(100)
    assert house.display.said(100)[0] == "hello"
    assert await house.learnt.of("m") == ModelLimits()


async def test_an_absurd_usage_leaves_room_for_the_next_question() -> None:
    """A server that counts a hidden prompt of its own is asked again, whatever factor its usage would mean."""
    absurd = Finish("stop", Usage(prompt=10**30, completion=2))
    house = House(prompt_tokens=500, model=ScriptedModel([[f"answer {n}", absurd] for n in range(40)]))
    for number in range(40):
        await house.answered(100 * (number + 1), "z" * 300)
        assert house.display.said(100 * (number + 1))[0] == f"answer {number}"
    assert (await house.learnt.of("m")).factor <= 8
