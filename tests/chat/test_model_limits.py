"""Limits that are learnt of a model."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.model_limits import LearntLimits, ModelLimits
from bot.chat.profiles import ModelRef, Profile
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State

PROFILE = Profile("default", "Be kind.", (ModelRef("p", "m"),), 8_000, 4_000)
DAY = 86_400_000


def test_a_model_of_which_nothing_is_known_gets_the_whole_budget() -> None:
    """Nothing changes for a model that was never refused and counts as we do."""
    assert ModelLimits().budget(PROFILE) == 8_000
    assert ModelLimits().reply_tokens(PROFILE, 8_000) == 4_000
    assert ModelLimits().after_usage(1_000, 1_000) == ModelLimits()


def test_the_factor_follows_the_usage() -> None:
    """The factor is a moving average of the model's tokens for each of ours, between 0.5 and 8."""
    limits = ModelLimits()
    for _ in range(50):
        limits = limits.after_usage(1_000, 6_000)
    assert limits.factor == pytest.approx(6, rel=0.01)
    assert limits.budget(PROFILE) == int(8_000 / (limits.factor * 1.1))
    assert limits.after_usage(10, 600) == limits
    for _ in range(50):
        limits = limits.after_usage(1_000, 100_000)
    assert limits.factor <= 8


@given(
    st.integers(1, 9_000), st.none() | st.integers(1, 200_000), st.none() | st.integers(1, 200_000), st.floats(0.5, 8)
)
def test_limits_stay_within_their_bounds(ours: int, limit: int | None, theirs: int | None, factor: float) -> None:
    """Whatever a server names, the factor stays between 0.5 and 8 and the budget within the profile's."""
    limits = ModelLimits(factor).after_overflow(ours, limit=limit, theirs=theirs)
    assert 0.5 <= limits.factor <= 8
    assert limits.budget(PROFILE) <= 8_000
    assert 16 <= limits.reply_tokens(PROFILE, ours) <= 4_000


def test_a_refusal_without_figures_leaves_half_of_what_was_sent() -> None:
    """Each refusal that names no figures leaves half of the refused size."""
    once = ModelLimits().after_overflow(1_000, limit=None, theirs=None)
    assert once.room == 500
    assert once.after_overflow(500, limit=None, theirs=None).room == 250


def test_a_refusal_with_figures_scales() -> None:
    """A refusal that names both figures leaves what fits into the context by the server's own count."""
    limits = ModelLimits().after_overflow(1_000, limit=2_048, theirs=6_000)
    assert limits == ModelLimits(6.0, 2_048)
    assert limits.budget(PROFILE) * 6 < 2_048


async def test_limits_are_stored_for_seven_days() -> None:
    """Learnt limits are recalled by a later run, until they are seven days old."""
    facts, now = MemoryFacts(State()), [0]
    await LearntLimits(facts, "here", lambda: now[0]).learn("m", ModelLimits(6.0, 2_048, 900))
    now[0] = 7 * DAY
    assert await LearntLimits(facts, "here", lambda: now[0]).of("m") == ModelLimits(6.0, 2_048, 900)
    assert await LearntLimits(facts, "there", lambda: now[0]).of("m") == ModelLimits()
    now[0] += 1
    assert await LearntLimits(facts, "here", lambda: now[0]).of("m") == ModelLimits()


async def test_a_factor_that_hardly_moves_is_not_stored_again() -> None:
    """A plain mention writes nothing of its limits to the store."""
    facts = MemoryFacts(State())
    learnt = LearntLimits(facts, "here", lambda: 0)
    await learnt.learn("m", (await learnt.of("m")).after_usage(1_000, 1_010))
    assert await facts.recall("limits of m at here") is None
    assert (await learnt.of("m")).factor > 1


@pytest.mark.parametrize(
    "stored",
    ["", "[", "[]", "{}", '{"at": "x"}', json.dumps({"at": 0, "factor": "6", "context": -1, "room": 0}), '{"at": 0}'],
)
async def test_stored_limits_that_cannot_be_read_are_none(stored: str) -> None:
    """Limits that cannot be read count as unknown."""
    facts = MemoryFacts(State())
    await facts.remember("limits of m at here", stored)
    assert await LearntLimits(facts, "here", lambda: 0).of("m") == ModelLimits()
