"""Summaries of what was said: a call of its own in the ledger, closed whatever its end, and bounded by the prompt's budget."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import pytest

from bot.chat.calls import Call, CallState, Purpose
from bot.chat.ports.model import Finish, ModelEvent, ModelRequest, Thinking, Withdrawn
from bot.chat.summarising import TASK, Summarising, Summary
from bot.errors import ModelBusy, ModelError, ModelRejected, StoreError
from tests.chat.house import ALICE, GENERAL, House
from tests.fakes.calls import MemoryCalls
from tests.fakes.model import ScriptedModel
from tests.fakes.state import State
from tests.fakes.store import memory_store

ROOM = len(TASK) + 200


async def summary(house: House, messages: Sequence[str] = ("Alice: hello",)) -> Summary:
    """A summary for Alice."""
    service = Summarising(
        caller=house.caller, choosing=house.choosing, calls=house.store.calls, clock=house.clock, count=len
    )
    return await service.summarise(GENERAL, ALICE.id, 500, messages)


def ends(house: House) -> list[tuple[str, str]]:
    """State and reason of each call."""
    return [(call.state, call.end.reason if call.end else "") for call in house.state.calls]


async def test_a_summary_is_a_call_and_no_turn() -> None:
    """The task and the messages are sent; the call is in the ledger with its purpose and person, and no question is stored."""
    house = House(prompt_tokens=ROOM, model=ScriptedModel([[Thinking(), "thoughts", Withdrawn(), "Alice says hello."]]))
    assert await summary(house, ["Alice: hello", "Bob: hi"]) == Summary("Alice says hello.", 0)
    assert [one.text for one in house.model.requests[0].prompt] == [TASK, "Alice: hello\nBob: hi"]
    (call,) = house.state.calls
    assert (call.purpose, call.state, call.position, call.person_id) == (Purpose.SUMMARY, CallState.CLOSED, 0, ALICE.id)
    assert call.end is not None
    assert call.end.usage is not None
    assert (call.end.reason, call.end.estimated, call.end.usage.completion) == ("stop", True, len("Alice says hello."))
    assert not house.state.questions


async def test_the_newest_messages_that_fit_are_read() -> None:
    """Of more than a prompt holds the newest are sent, and the older ones are counted; a last one that is too long is cut."""
    house = House(prompt_tokens=ROOM)
    assert (await summary(house, [f"{number} " + "x" * 58 for number in range(9)])).left_out == 6
    assert house.model.requests[0].prompt[1].text[:2] == "6 "
    assert (await summary(house, ["old", "x" * 500])).left_out == 1
    assert "characters left out here" in house.model.requests[1].prompt[1].text


async def test_each_request_has_a_row_that_is_closed() -> None:
    """A failure that passes is repeated; one that stays is raised with its row closed by its reason."""
    house = House(prompt_tokens=ROOM, model=ScriptedModel([[ModelBusy("…", 0)], ["short"], [ModelRejected("no")]]))
    assert (await summary(house)).text == "short"
    with pytest.raises(ModelRejected):
        await summary(house)
    assert ends(house) == [("closed", "busy"), ("closed", "stop"), ("closed", ModelRejected.reason)]


async def test_a_budget_that_is_spent_sends_nothing() -> None:
    """Over the tokens of a day nothing is sent, and the row says why."""
    house = House(prompt_tokens=ROOM)
    house.limits.value = house.limits.value.model_copy(update={"tokens_per_day": 10})
    with pytest.raises(ModelError):
        await summary(house)
    assert (house.model.requests, ends(house)) == ([], [("closed", "tokens_spent")])


async def test_an_empty_summary_is_an_error() -> None:
    """A model that writes nothing is an error; the request is in the ledger all the same."""
    house = House(prompt_tokens=ROOM, model=ScriptedModel([[" ", Finish("stop", None)]]))
    with pytest.raises(ModelError):
        await summary(house)
    assert ends(house) == [("closed", "stop")]


async def test_a_summary_that_is_ended_closes_its_row() -> None:
    """A request that is cancelled while the model writes is closed as stopped."""

    class Endless(ScriptedModel):
        async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            asked.set()
            await asyncio.Event().wait()
            yield Finish("stop", None)

    asked = asyncio.Event()
    house = House(prompt_tokens=ROOM, model=Endless())
    task = asyncio.create_task(summary(house))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ends(house) == [("closed", "stopped")]


async def test_a_store_that_fails_is_an_error_of_the_store() -> None:
    """Nothing is sent when the row of the request cannot be opened."""

    class Broken(MemoryCalls):
        async def open(self, call: Call, *, reserve: int, at: int) -> int:
            raise StoreError("disk full")

    state = State()
    house = House(prompt_tokens=ROOM, store=replace(memory_store(state), calls=Broken(state)))
    with pytest.raises(StoreError):
        await summary(house)
    assert house.model.requests == []
