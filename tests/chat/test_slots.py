"""Slots: order, cancelling, and what is learnt of how many answers a server writes at a time."""

import asyncio
import json
import logging
import random
from contextlib import AsyncExitStack

import pytest

from bot.chat.fair_queue import Requester
from bot.chat.learnt import ServerIdentity
from bot.chat.slots import ServerSlots, Slot, Slots, learnt_slots
from bot.config import Current, LimitSettings
from bot.errors import StoreError
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.timeless import timeless

ALICE = Requester(11, 9)
DAY = 86_400_000
KEY = "slots of any model at here"
ONE = json.dumps({"one_at_a_time": True, "at": 0, "settings": ""})


class House:
    """The slots of a server, with a store."""

    def __init__(self, requests: int = 8, facts: MemoryFacts | None = None) -> None:
        self.facts = facts or MemoryFacts(State())
        self.now = 0
        learnt = learnt_slots(self.facts, ServerIdentity("here"), lambda: self.now)
        self.limits = Current(LimitSettings(model_requests=requests, user_requests=requests))
        self.slots = Slots(self.limits, learnt)

    async def asked(self, server: asyncio.Semaphore, *, first: float = 0.5, writes: float = 5.0) -> None:
        """Send one request to a server that works on so many at a time, and takes so many seconds to begin and to write."""
        async with self.slots.taken(ALICE) as slot, server:
            await asyncio.sleep(first)
            slot.heard()
            await asyncio.sleep(writes)
            slot.heard()

    async def busy(self, server: asyncio.Semaphore, requests: int, *, first: float = 0.5, writes: float = 5.0) -> None:
        """Send so many requests at once, and wait for all answers."""
        async with asyncio.TaskGroup() as group:
            for _ in range(requests):
                group.create_task(self.asked(server, first=first, writes=writes))
        await self.slots.learn()


class Held:
    """A request that takes a slot and keeps it until it is told to end."""

    def __init__(self, slots: Slots) -> None:
        self.slot: Slot | None = None
        self._slots = slots
        self._end = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async with self._slots.taken(ALICE) as self.slot:
            await self._end.wait()

    @property
    def has_slot(self) -> bool:
        """Whether it has got its slot."""
        return self.slot is not None

    async def ends(self) -> None:
        """Give the slot back."""
        self._end.set()
        await self.task


async def test_changed_limits_hold_from_the_next_request_on() -> None:
    """More slots are used, and fewer keep further requests waiting, as soon as the settings say so."""
    house = House(1)
    held = [Held(house.slots) for _ in range(3)]
    await settled()
    assert [one.has_slot for one in held] == [True, False, False]
    house.limits.value = LimitSettings(model_requests=3, user_requests=2)
    await held[0].ends()
    assert [one.has_slot for one in held] == [True, True, True]
    house.limits.value = LimitSettings(model_requests=1)
    last = Held(house.slots)
    await held[1].ends()
    await settled()
    assert not last.has_slot
    await held[2].ends()
    await last.ends()


async def settled() -> None:
    """Let everything run that is ready."""
    for _ in range(20):
        await asyncio.sleep(0)


# ------------------------------------------------------------------------------------------- the queue


@timeless
async def test_requests_get_slots_in_order_of_arrival() -> None:
    """The request that waits longest gets the next slot."""
    slots, order = House(1).slots, list[int]()

    async def asks(number: int) -> None:
        async with slots.taken(ALICE):
            order.append(number)
            await asyncio.sleep(1)

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(asks(number))
    assert order == [0, 1, 2, 3, 4]


@timeless
async def test_a_waiting_request_that_is_stopped_frees_its_place() -> None:
    """A request that is cancelled while it waits leaves its place in the queue; the one behind it comes next."""
    slots = House(1).slots
    running, stopped, behind = Held(slots), Held(slots), Held(slots)
    await settled()
    stopped.task.cancel()
    await settled()
    assert stopped.task.cancelled()
    assert not behind.has_slot
    await running.ends()
    await settled()
    assert behind.has_slot
    await behind.ends()


@timeless
async def test_a_slot_that_is_granted_and_given_up_at_once_is_not_lost() -> None:
    """A request that is cancelled in the moment in which it gets a slot hands it on; one that is cancelled before gets none."""
    slots = House(1).slots
    running, first, second, third = (Held(slots) for _ in range(4))
    await settled()
    ending = asyncio.create_task(running.ends())
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the first is granted the slot, and has not run yet
    first.task.cancel()
    second.task.cancel()
    await settled()
    assert first.task.cancelled()
    assert second.task.cancelled()
    assert ending.done()
    assert (first.has_slot, third.has_slot) == (False, True)
    last = Held(slots)
    await settled()
    assert not last.has_slot
    await third.ends()
    await settled()
    await last.ends()


# -------------------------------------------------------------------------------------------- patience


@timeless
async def test_a_request_behind_an_answer_in_writing_could_not_begin() -> None:
    """The server could begin when the answer in front has ended, or when no answer is being written."""
    slots = House().slots
    now = asyncio.get_running_loop().time
    async with AsyncExitStack() as front:
        first = await front.enter_async_context(slots.taken(ALICE))
        await asyncio.sleep(1)
        async with slots.taken(ALICE) as waiting:
            assert waiting.could_begin() == 1
            first.heard()
            assert waiting.could_begin() is None
            await asyncio.sleep(100)
            assert waiting.could_begin() is None
            await front.aclose()
            assert waiting.could_begin() == now() == 101


@timeless
async def test_a_server_that_wrote_two_answers_at_a_time_could_begin_beside_one() -> None:
    """A request waits behind answers only when as many are written as ever were."""
    slots = House().slots
    async with AsyncExitStack() as front:
        first = await front.enter_async_context(slots.taken(ALICE))
        first.heard()
        async with slots.taken(ALICE) as second:
            second.heard()
            async with slots.taken(ALICE) as third:
                assert third.could_begin() is None
        async with slots.taken(ALICE) as fourth:
            since = fourth.could_begin()
            await asyncio.sleep(5)
            await front.aclose()
            assert fourth.could_begin() == since


@timeless
async def test_a_silent_request_in_front_excuses_once() -> None:
    """Patience begins anew when the request in front ended without a sign, but only for the first such one."""
    slots = House().slots
    async with slots.taken(ALICE) as waiting:
        async with slots.taken(ALICE):
            await asyncio.sleep(1)
        assert waiting.could_begin() == 0  # that one was behind it
    fronts = [AsyncExitStack() for _ in range(2)]
    for front in fronts:
        await front.enter_async_context(slots.taken(ALICE))
    async with slots.taken(ALICE) as waiting:
        for front in fronts:
            await asyncio.sleep(10)
            await front.aclose()
        assert waiting.could_begin() == 11


# --------------------------------------------------------------------------------- one answer at a time


@timeless
async def test_a_server_that_answers_one_at_a_time_is_sent_one_at_a_time(caplog: pytest.LogCaptureFixture) -> None:
    """Five requests that began only behind another answer teach it; it is said once, with the setting's name."""
    caplog.set_level(logging.WARNING)
    house = House()
    server = asyncio.Semaphore(1)
    await house.busy(server, 5)
    assert not house.slots.one_at_a_time
    await house.busy(server, 2)
    assert house.slots.one_at_a_time
    running, waiting = Held(house.slots), Held(house.slots)
    await settled()
    assert running.has_slot
    assert not waiting.has_slot
    await running.ends()
    await waiting.ends()
    assert [record.getMessage().count("limits.model_requests") for record in caplog.records] == [1]


@timeless
async def test_it_is_sent_one_at_a_time_before_that_is_stored() -> None:
    """A request that comes between the proof and its store waits for the one that runs."""
    house = House()
    server = asyncio.Semaphore(1)
    await house.busy(server, 5)
    await asyncio.gather(*(house.asked(server) for _ in range(3)))
    running, waiting = Held(house.slots), Held(house.slots)
    await settled()
    assert (running.has_slot, waiting.has_slot) == (True, False)
    await running.ends()
    await waiting.ends()


@pytest.mark.parametrize(("first", "writes"), [(3.0, 5.0), (0.5, 0.4)])
def test_short_waits_prove_nothing(first: float, writes: float) -> None:
    """A wait that is short, or not much longer than the time to the first text, may have been none."""

    @timeless
    async def plays() -> None:
        house = House()
        await house.busy(asyncio.Semaphore(1), 2, first=first, writes=writes)
        await house.busy(asyncio.Semaphore(1), 2, first=first, writes=writes)
        await house.busy(asyncio.Semaphore(1), 2, first=first, writes=writes)
        assert not house.slots.one_at_a_time

    plays()


@timeless
async def test_a_server_that_ever_wrote_two_at_a_time_is_never_taken_for_one() -> None:
    """Two answers at the same time prove the contrary for good."""
    house = House()
    await house.busy(asyncio.Semaphore(2), 2)
    await house.busy(asyncio.Semaphore(1), 8)
    assert not house.slots.one_at_a_time


@timeless
async def test_what_was_learnt_holds_for_seven_days() -> None:
    """A later run knows it from the store, until it is seven days old."""
    house = House()
    await house.busy(asyncio.Semaphore(1), 7)
    later = House(facts=house.facts)
    for later.now, one in ((7 * DAY, True), (7 * DAY + 1, False)):
        async with later.slots.taken(ALICE):
            assert later.slots.one_at_a_time is one


@timeless
async def test_two_answers_at_the_same_time_make_it_forgotten() -> None:
    """When a request that was sent before is answered beside another one, the server is sent more again at once."""
    house = House()
    stacks = [AsyncExitStack() for _ in range(7)]
    slots = [await stack.enter_async_context(house.slots.taken(ALICE)) for stack in stacks]
    for stack, slot in zip(stacks[:5], slots, strict=False):
        slot.heard()
        await asyncio.sleep(2)
        await stack.aclose()
    slots[5].heard()
    await house.slots.learn()
    assert json.loads(await house.facts.recall(KEY) or "")["one_at_a_time"] is True
    waiting = Held(house.slots)
    await settled()
    assert not waiting.has_slot
    slots[6].heard()
    await waiting.ends()
    assert not house.slots.one_at_a_time
    await house.slots.learn()
    assert json.loads(await house.facts.recall(KEY) or "")["one_at_a_time"] is False
    for stack in stacks[5:]:
        await stack.aclose()


async def thinks_and_writes(house: House, chance: random.Random) -> None:
    """A request to a server that answers many at a time, each after thoughts without a sign."""
    async with house.slots.taken(ALICE) as slot:
        await asyncio.sleep(chance.expovariate(1 / 15))
        slot.heard()
        await asyncio.sleep(chance.uniform(1, 3))


def test_a_server_that_thinks_without_a_sign_is_not_taken_for_one_with_a_single_slot() -> None:
    """Of a hundred runs of two people each, at most one looks by chance as if the server had a single slot."""

    @timeless
    async def found(seed: int) -> None:
        house, chance = House(), random.Random(seed)
        for _ in range(40):
            async with asyncio.TaskGroup() as group:
                for _ in range(2):
                    group.create_task(thinks_and_writes(house, chance))
            wrong[seed] = wrong.get(seed, False) or house.slots.one_at_a_time

    wrong: dict[int, bool] = {}
    for seed in range(100):
        found(seed)
    assert sum(wrong.values()) <= 1


@timeless
async def test_a_server_that_is_sent_one_at_a_time_is_tried_with_two_now_and_then() -> None:
    """Every sixteenth request may have one beside it: two answers at the same time take back what was learnt."""
    house = House(facts=MemoryFacts(State()))
    await house.facts.remember(KEY, ONE)
    server = asyncio.Semaphore(4)
    await house.busy(server, 15)
    assert house.slots.one_at_a_time
    await house.busy(server, 2)
    assert not house.slots.one_at_a_time
    assert json.loads(await house.facts.recall(KEY) or "")["one_at_a_time"] is False


@timeless
async def test_a_server_with_one_slot_stays_one() -> None:
    """A server with a single slot is sent at most two requests at a time, and that seldom."""
    house = House(facts=MemoryFacts(State()))
    await house.facts.remember(KEY, ONE)
    waits, server = list[int](), asyncio.Semaphore(1)

    async def asks() -> None:
        async with house.slots.taken(ALICE) as slot:
            waits.append(server.locked())
            async with server:
                await asyncio.sleep(0.5)
                slot.heard()
                await asyncio.sleep(5)

    async with asyncio.TaskGroup() as group:
        for _ in range(65):
            group.create_task(asks())
    assert house.slots.one_at_a_time
    assert 1 <= sum(waits) <= 5


def test_what_is_known_can_be_told() -> None:
    """Knowledge of a server is described with the setting that states it for good."""
    assert ServerSlots().described() == []
    assert "limits.model_requests" in ServerSlots(one_at_a_time=True).described()[0]
    assert ServerSlots.read({"one_at_a_time": 1}) == ServerSlots()


class FullDisk(MemoryFacts):
    """Facts that cannot be stored."""

    async def remember(self, key: str, value: str) -> None:
        """See the port."""
        raise StoreError("disk full")


@timeless
async def test_what_cannot_be_stored_holds_for_this_run() -> None:
    """A full disk keeps nothing from being learnt, and is not tried again for it."""
    house = House(facts=FullDisk(State()))
    await house.busy(asyncio.Semaphore(1), 7)
    await house.slots.learn()
    assert house.slots.one_at_a_time
