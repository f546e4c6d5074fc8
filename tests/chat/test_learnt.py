"""Limits that are learnt of a server's models are kept for seven days, or until the server's settings change."""

import asyncio
import json
from collections.abc import Callable

import pytest

from bot.chat.learnt import LIFE_MILLISECONDS, ServerIdentity
from bot.chat.model_limits import LearntLimits, ModelLimits, learnt_limits
from bot.chat.ports.facts import Facts
from bot.errors import StoreError
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State

HERE = ServerIdentity("http://here", "settings")
LIMITS = ModelLimits(6.0, 2_048, 900)
KEY = "limits of m at http://here"


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        """Return the time."""
        return self.now


def to(limits: ModelLimits) -> Callable[[ModelLimits], ModelLimits]:
    """A change to these limits."""
    return lambda _: limits


def started(facts: Facts | None, time: Time, server: ServerIdentity = HERE) -> LearntLimits:
    """The learnt limits of a run at its start."""
    return learnt_limits(facts, server, time)


async def test_what_was_learnt_is_known_to_the_next_run() -> None:
    """A later run recalls what an earlier one learnt of this model at this address, and nothing of others."""
    facts, time = MemoryFacts(State()), Time()
    assert await started(facts, time).learn("m", to(LIMITS)) == LIMITS
    assert await started(facts, time).of("m") == LIMITS
    assert await started(facts, time).of("n") == ModelLimits()
    assert await started(facts, time, ServerIdentity("http://there", "settings")).of("m") == ModelLimits()


async def test_it_expires_after_seven_days() -> None:
    """Learnt limits expire seven days after their first part was stored, in the same run and in later ones."""
    facts, time = MemoryFacts(State()), Time()
    learnt = started(facts, time)
    assert await learnt.expires_at("m") is None
    await learnt.learn("m", to(LIMITS))
    time.now = LIFE_MILLISECONDS - 1
    await learnt.learn("m", to(ModelLimits(6.0, 1_024)))
    assert await learnt.expires_at("m") == LIFE_MILLISECONDS
    time.now = LIFE_MILLISECONDS
    assert await learnt.of("m") == await started(facts, time).of("m") == ModelLimits(6.0, 1_024)
    time.now += 1
    assert await learnt.of("m") == await started(facts, time).of("m") == ModelLimits()
    await learnt.learn("m", to(LIMITS))
    assert await learnt.expires_at("m") == 2 * LIFE_MILLISECONDS + 1


async def test_it_is_forgotten_when_the_settings_change() -> None:
    """Limits learnt under other settings count as unknown, and are replaced by those that are learnt now."""
    facts, time = MemoryFacts(State()), Time()
    other = ServerIdentity(HERE.address, "other settings")
    await started(facts, time).learn("m", to(LIMITS))
    assert await started(facts, time, other).of("m") == ModelLimits()
    await started(facts, time, other).learn("m", to(ModelLimits(context=512)))
    assert await started(facts, time).of("m") == ModelLimits()


async def test_it_can_be_forgotten() -> None:
    """Learnt limits are forgotten on demand, in this run and later ones."""
    facts, time = MemoryFacts(State()), Time()
    learnt = started(facts, time)
    await learnt.learn("m", to(LIMITS))
    await learnt.forget("m")
    assert await learnt.of("m") == await started(facts, time).of("m") == ModelLimits()


async def test_without_facts_it_lasts_for_the_run() -> None:
    """Without a store, what was learnt holds until the end of the run."""
    learnt = started(None, Time())
    await learnt.learn("m", to(LIMITS))
    assert await learnt.of("m") == LIMITS
    await learnt.forget("m")
    assert await learnt.of("m") == ModelLimits()


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "[",
        "[]",
        '["prompt_cache_key"]',
        "{}",
        "[" * 10_000,
        json.dumps({"at": "0", "settings": "settings", "context": 5}),
        json.dumps({"at": True, "settings": "settings", "context": 5}),
        json.dumps({"at": 0, "context": 5}),
        json.dumps({"at": 0, "settings": "settings"}),
        json.dumps({"at": 9 * LIFE_MILLISECONDS, "settings": "settings", "context": 5}),
    ],
)
async def test_a_fact_that_cannot_be_read_counts_as_unknown(stored: str) -> None:
    """A fact of an older form, or one that was tampered with, is no obstacle."""
    facts = MemoryFacts(State())
    await facts.remember(KEY, stored)
    assert await started(facts, Time()).of("m") == ModelLimits()


class Slow(MemoryFacts):
    """Facts that are read slowly."""

    async def recall(self, key: str) -> str | None:
        """Let others come in between."""
        known = await super().recall(key)
        await asyncio.sleep(0)
        return known


async def test_what_is_learnt_at_the_same_time_is_all_kept() -> None:
    """Two requests that learn something else of one model at once lose nothing, in memory and in the store."""
    facts, time = Slow(State()), Time()
    learnt = started(facts, time)
    context = learnt.learn("m", lambda limits: limits.after_overflow(1_000, 100, limit=2_048, theirs=None))
    factor = learnt.learn("m", lambda limits: limits.after_answer(1_000, 6_000))
    await asyncio.gather(context, factor)
    assert await learnt.of("m") == await started(facts, time).of("m") == ModelLimits(2.0, 2_048)


class Locked(MemoryFacts):
    """Facts in a store that is locked."""

    async def remember(self, key: str, value: str) -> None:
        """Fail."""
        raise StoreError("locked")


async def test_a_store_that_is_locked_keeps_no_question_from_its_answer(caplog: pytest.LogCaptureFixture) -> None:
    """Learnt limits hold for the rest of the run even where they cannot be stored."""
    learnt = started(Locked(State()), Time())
    assert await learnt.learn("m", to(LIMITS)) == LIMITS
    assert "the limits of m could not be stored: locked" in caplog.text
