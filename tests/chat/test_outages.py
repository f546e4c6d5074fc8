"""Outages, questions that the server fails on, and slots: what the caller does with them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest

from bot.chat.appearance import Verb
from bot.chat.breaker import Breaker
from bot.chat.budget import TokenBudget
from bot.chat.call_round import CallRound
from bot.chat.caller import Caller
from bot.chat.calls import Call, CallEnd, CallState, Purpose, Usage
from bot.chat.growing_text import ProviderDown
from bot.chat.lanes import StopReason
from bot.chat.learnt import ServerIdentity
from bot.chat.model_limits import learnt_limits
from bot.chat.ports.model import Delta, Finish, ModelEvent, ModelRequest
from bot.chat.ports.store import Store
from bot.chat.profiles import ModelRef, Profile
from bot.chat.provider import Provider
from bot.chat.slots import Slots, learnt_slots
from bot.chat.turns import AnswerState
from bot.chat.window import Context
from bot.config import Current, LimitSettings
from bot.errors import (
    ModelBusy,
    ModelError,
    ModelRejected,
    ModelSilent,
    ModelTimedOut,
    ModelUnreachable,
)
from tests.chat.house import GENERAL, NOW, PROVIDER, House
from tests.contracts.stories import asked, begin, position_of
from tests.fakes.alerts import MemoryAlerts
from tests.fakes.model import EndlessModel, Piece, ScriptedModel
from tests.fakes.state import State
from tests.fakes.store import memory_store
from tests.timeless import timeless

SIDE = replace(GENERAL, id=2)


def reasons(house: House, key: int = 100) -> list[tuple[str, str]]:
    """State and reason of each call of a question."""
    return [(call.state, call.end.reason if call.end else "") for call in house.calls(key)]


def down(times: int) -> list[list[Piece]]:
    """The answers of a server that takes so many requests and fails on them."""
    return [[ModelUnreachable("down")] for _ in range(times)]


def away(times: int) -> list[list[Piece]]:
    """The answers of a server that takes no connections for so many requests."""
    return [[ModelUnreachable("away", connected=False)] for _ in range(times)]


# ------------------------------------------------------------------------------------------ the breaker


async def test_a_server_that_is_away_is_waited_for_by_a_single_question() -> None:
    """A server that takes no connections is down for everybody: the question waits, visibly, and so do those behind it."""
    house = House(model=ScriptedModel([*away(1), ["there"]]))
    house.model.looks = [False] * 5
    await house.hear(100)
    await house.hear(200)
    await house.settle()
    assert house.answer(100) == (AnswerState.DONE, "there")
    assert house.answer(200)[0] is AnswerState.DONE
    assert {key for key, _ in house.display.remarks} == {100}
    assert house.model.looks == []


async def test_a_question_that_the_server_fails_on_is_tried_three_times() -> None:
    """A server that can be reached and fails on one question is asked three times; then the asker gets the error and Retry."""
    house = House(model=ScriptedModel(down(9)))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelUnreachable.public)
    assert house.display.offers(100) == ["retry"]
    assert len(house.model.requests) == 3
    assert not house.display.remarks


async def test_one_place_alone_is_no_outage() -> None:
    """However often the questions of one place fail, and Retry on them, no other place hears of it."""
    house = House(model=ScriptedModel(down(9)))
    await house.answered(100)
    await house.answered(200)
    assert house.chat.follow(house.record(200), Verb.RETRY, 1)
    await house.settle()
    assert len(house.model.requests) == 9
    assert not house.breaker.is_open
    await house.answered(300, place=SIDE)
    assert house.answer(300) == (AnswerState.DONE, "answer 10")
    assert not house.display.remarks


async def test_an_outage_in_two_places_is_waited_for() -> None:
    """When questions of two places fail and nothing succeeds, young ones wait instead of failing, until one succeeds."""
    house = House(model=ScriptedModel([*down(12), ["there"]]))
    await house.hear(100)
    await house.hear(200, place=SIDE)
    await house.settle()
    assert {house.answer(100)[0], house.answer(200)[0]} == {AnswerState.DONE}
    assert {key for key, _ in house.display.remarks} == {100, 200}
    assert not house.breaker.is_open


async def test_a_question_that_is_still_failing_when_others_succeed_ends() -> None:
    """A success of another question proves that the server is up: who was tried three times by then gets the error."""
    house = House(model=FailingModel({100}))
    house.breaker.failed(SIDE.id)
    await house.hear(100)
    await house.display.remarked_on.wait()
    await house.answered(200, place=SIDE)
    assert house.display.said(100) == ("", ModelUnreachable.public)
    assert house.answer(200)[0] is AnswerState.DONE
    assert {key for key, _ in house.display.remarks} == {100}


async def test_a_question_that_crashes_its_server_is_asked_three_times() -> None:
    """Each crash takes the server away for a while: the question waits for its restart, and ends behind the third crash."""
    house = House(model=ScriptedModel([[ModelUnreachable("reset")] for _ in range(9)]))
    house.model.looks = [False, False, True] * 3
    await house.answered(100)
    assert house.display.said(100) == ("", ModelUnreachable.public)
    assert len(house.model.requests) == 3


async def test_a_question_that_may_be_the_cause_lets_the_others_go_first() -> None:
    """When a server that crashed is back in an outage, a question that was sent before the crash waits for another's success."""
    house = House(model=ScriptedModel([[ModelUnreachable("reset")], ["first"], ["second"]]), pauses=(0.0, 60.0))
    house.model.looks = [False, True]
    house.breaker.failed(SIDE.id)
    house.breaker.failed(GENERAL.id)
    turn = asyncio.create_task(house.breaker.turn())  # the first turn is somebody else's
    await turn
    await house.hear(100)
    await house.display.remarked_on.wait()
    await settled()
    await house.answered(200, place=SIDE)
    assert house.answer(200) == (AnswerState.DONE, "first")
    assert house.answer(100) == (AnswerState.DONE, "second")


async def test_a_new_question_in_an_outage_waits_only_for_a_server_that_is_away() -> None:
    """A question that was not tried yet waits without a request while the server cannot be reached, and is sent else."""
    house = House(pauses=(60.0,))
    house.breaker.failed(3)
    house.breaker.failed(4)
    await house.answered(100)
    assert not house.display.remarks
    house.breaker.failed(3)
    house.breaker.failed(4)
    house.model.looks = [False]
    await house.breaker.look()
    await house.hear(200)
    await settled()
    assert len(house.model.requests) == 1
    assert {key for key, _ in house.display.remarks} == {200}
    house.breaker.succeeded(house.breaker.outages)
    await house.settle()
    assert house.answer(200)[0] is AnswerState.DONE


@pytest.mark.parametrize("error", [ModelRejected("no"), ModelBusy("later", 60), ModelSilent("nothing")])
async def test_a_model_that_refuses_is_not_down(error: ModelError) -> None:
    """Any answer of the server ends an outage, for all questions."""
    house = House(model=ScriptedModel([[error]]))
    house.breaker.failed(3)
    house.breaker.failed(4)
    await house.answered(100)
    assert house.answer(100) == (AnswerState.FAILED, "")
    assert not house.breaker.is_open


async def test_a_silent_try_is_the_last() -> None:
    """A server that accepts a question and stays silent is asked once, which touches no other place and is no outage."""
    house = House(model=ScriptedModel([[ModelTimedOut("slow")], ["elsewhere"]]))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelTimedOut.public)
    assert house.display.offers(100) == ["retry"]
    assert not house.display.remarks
    (call,) = house.calls(100)
    assert call.end is not None
    assert (call.end.usage, call.end.estimated) == (Usage(prompt=31), True)  # it took the question
    house.breaker.failed(SIDE.id)
    assert not house.breaker.is_open


@timeless
async def test_the_pauses_of_a_question_are_bounded_together() -> None:
    """A server whose wishes are short, but together more than half a minute, is not asked a third time."""
    house = House(model=ScriptedModel([[ModelBusy("…", 19)], [ModelBusy("…", 19)], ["too late"]]))
    await house.hear(100)
    await asyncio.sleep(60)
    assert len(house.model.requests) == 2
    assert house.answer(100) == (AnswerState.FAILED, "")


@timeless
async def test_pauses_grow() -> None:
    """Our own pauses are half a second and two seconds, varied by a fifth."""
    house = House(model=ScriptedModel([*down(2), ["there"]]), first_pause_seconds=0.5)
    await house.hear(100)
    await asyncio.sleep(0.3)
    assert len(house.model.requests) == 1
    await asyncio.sleep(0.4)
    assert len(house.model.requests) == 2
    await asyncio.sleep(1.2)
    assert len(house.model.requests) == 2
    await asyncio.sleep(1.2)
    assert len(house.model.requests) == 3


@pytest.mark.parametrize("looks", [[], [False]])
async def test_a_long_wait_that_a_faulty_server_asks_for_is_left_to_the_asker(looks: list[bool]) -> None:
    """A server that names more than twenty seconds with its fault is not asked again by us, whether it can be reached or not."""
    house = House(model=ScriptedModel([[ModelUnreachable("…", 21)]], looks=looks))
    await house.answered(100)
    assert house.display.said(100) == ("", ModelUnreachable.public)
    assert len(house.model.requests) == 1


async def test_a_wish_of_a_server_that_is_away_is_kept() -> None:
    """A server that is away and names a short wait is asked when that wait is over."""
    house = House(model=ScriptedModel([[ModelUnreachable("…", 0.01)], ["there"]], looks=[False]))
    await house.hear(100)
    await house.display.remarked_on.wait()
    assert len(house.model.requests) == 1
    await house.lanes.drain(30)
    assert house.answer(100) == (AnswerState.DONE, "there")


async def test_a_question_that_is_too_old_to_wait_is_tried_three_times() -> None:
    """Retry under an old question does not wait for a server that is away, but tries it as often as one that is not."""
    house = House(model=ScriptedModel(away(9), looks=[False] * 9))
    house.now += 901_000
    await house.hear(100, at=house.now)
    house.now += 901_000
    await house.settle()
    assert len(house.model.requests) == 3
    assert not house.display.remarks


async def test_failures_before_a_silent_try_are_repeated() -> None:
    """A question that fails twice and is then met with silence has had its three tries."""
    house = House(model=ScriptedModel([*down(2), [ModelTimedOut("slow")], ["too late"]]))
    await house.answered(100)
    assert [reason for _, reason in reasons(house)] == ["unreachable", "unreachable", "timed_out"]


class FailingModel(ScriptedModel):
    """A model that fails on some questions, by their place in the store, whatever is scripted."""

    def __init__(self, keys: set[int]) -> None:
        super().__init__()
        self._positions = {key // 100 for key in keys}

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        if request.call.position in self._positions:
            raise ModelUnreachable("down")
        async with aclosing(super().stream(request)) as events:
            async for event in events:
                yield event


class GatedModel(EndlessModel):
    """A model whose first request fails once `gate` is set."""

    def __init__(self) -> None:
        super().__init__([["endless"]])
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See the port."""
        if not self.asked.is_set():
            self.asked.set()
            await self.gate.wait()
            raise ModelUnreachable("down")
        async with aclosing(super().stream(request)) as events:
            async for event in events:
                yield event


async def test_a_request_that_was_never_sent_costs_nothing() -> None:
    """An answer that is stopped while its next request waits for a slot has a row for that without receipt and usage."""
    model = GatedModel()
    house = House(model=model, model_requests=1)
    await house.hear(100)
    await model.asked.wait()
    await house.hear(200, place=SIDE)
    await settled()
    model.gate.set()
    await model.silent.wait()
    await settled()
    assert house.lanes.stop(100, StopReason.PERSON)
    await settled()
    first, second = house.calls(100)
    assert first.end is not None
    assert first.end.usage == Usage()
    assert second.end == CallEnd("person", PROVIDER, "m")
    await house.lanes.drain(0)


async def settled() -> None:
    """Let every task come as far as it can without waiting for time."""
    for _ in range(200):
        await asyncio.sleep(0)


async def test_a_model_that_stays_down_fails_what_has_become_old() -> None:
    """A question that became too old while it waited ends with a line and Retry."""
    house = House(model=ScriptedModel(away(9)))
    house.model.looks = [False] * 9
    await house.hear(100)
    house.now += 901_000
    await house.settle()
    assert house.display.said(100) == ("", ModelUnreachable.public)
    assert house.display.offers(100) == ["retry"]
    assert house.answer(100) == (AnswerState.FAILED, "")


async def test_a_wait_for_the_model_is_bounded_by_the_questions_age() -> None:
    """A question that waits for its turn to try has one last try when its time is up."""
    house = House(model=ScriptedModel(away(1)), pauses=(60.0,))
    house.model.looks = [False]
    await house.hear(100, at=NOW - 899_950)
    await asyncio.sleep(0)  # a drain leaves undone what has not begun
    await house.lanes.drain(5)
    assert house.answer(100) == (AnswerState.DONE, "answer 2")


async def test_no_more_requests_at_a_time_than_allowed() -> None:
    """A provider has as many slots as it may get requests at a time; the others wait."""
    model = EndlessModel([["a"], ["b"], ["c"]])
    house = House(model=model, model_requests=2)
    for number in (1, 2, 3):
        await house.hear(number * 100, place=replace(GENERAL, id=number))
    await settled()
    assert len(model.requests) == 2
    assert [call.state for call in house.calls(300)] == [CallState.OPEN]
    await house.lanes.drain(0)


async def test_each_provider_has_its_own_slots_and_breaker() -> None:
    """A provider that is down keeps no request to another waiting, and each call is stored with the provider that got it."""
    store = memory_store(State())
    here = ServerIdentity("here")
    providers: dict[str, Provider] = {}
    for name in ("down", "up"):
        slots = Slots(Current(LimitSettings(model_requests=1)), learnt_slots(store.facts, here, lambda: NOW))
        model = ScriptedModel([["there"]], looks=[name == "up"])
        breaker = Breaker(model.reachable, (60.0,))
        providers[name] = Provider(name, model, slots, learnt_limits(store.facts, here, lambda: NOW), breaker)
    for place_id in (3, 4):
        providers["down"].breaker.failed(place_id)
    await providers["down"].breaker.look()
    both = Caller(
        attempts=store.attempts,
        calls=store.calls,
        conversations=store.conversations,
        providers=providers,
        budget=TokenBudget(store.calls, Current(LimitSettings()), lambda: NOW),
        clock=lambda: NOW,
        count=len,
        alerts=MemoryAlerts(),
        blobs=store.blobs,
    )
    heard: dict[str, list[object]] = {name: [] for name in providers}
    asking = {name: await asking_of(store, key, name) for key, name in enumerate(providers, start=1)}
    waits = asyncio.create_task(both.ask(asking["down"], heard["down"].append))
    await asyncio.sleep(0)
    await both.ask(asking["up"], heard["up"].append)
    assert heard == {"down": [ProviderDown()], "up": [Delta("there"), Finish("stop", None)]}
    assert asking["up"].end("stop").provider == "up"
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits


async def asking_of(store: Store, key: int, provider: str) -> CallRound:
    """The calls of a question that a provider is asked."""
    begun = await begin(store, await position_of(store, asked(key, place=replace(GENERAL, id=key))), "hello")
    profile = Profile("default", "Be kind.", (ModelRef(provider, "m"),), 1000, 100)
    call = Call(Purpose.ANSWER, key, begun.exchanges[0].position, 1, 1, key, None, 1)
    return CallRound(key, call, Context(profile, 0, begun.exchanges), key, NOW + 900_000, begun.call_id)
