"""Limits that are learnt of a model."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.learnt import ServerIdentity
from bot.chat.model_limits import ModelLimits, learnt_limits
from bot.chat.profiles import ModelRef, Profile
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State

PROFILE = Profile("default", "Be kind.", (ModelRef("p", "m"),), 8_000, 4_000)


def test_a_model_of_which_nothing_is_known_gets_the_whole_budget() -> None:
    """Nothing changes for a model that was never refused and counts as we do."""
    assert ModelLimits().budget(PROFILE) == 8_000
    assert ModelLimits().reply_tokens(PROFILE, 8_000) == 4_000
    assert ModelLimits().after_answer(1_000, 1_000) == ModelLimits()


def test_the_factor_follows_the_usage() -> None:
    """The factor is a moving average of the model's tokens for each of ours, between 0.5 and 8."""
    limits = ModelLimits()
    for _ in range(50):
        limits = limits.after_answer(1_000, 6_000)
    assert limits.factor == pytest.approx(6, rel=0.01)
    assert limits.budget(PROFILE) == int(8_000 / (limits.factor * 1.1))
    assert limits.after_answer(10, 600) == limits
    for _ in range(50):
        limits = limits.after_answer(1_000, 100_000)
    assert limits.factor <= 8


def answered(limits: ModelLimits, *usages: tuple[int, int]) -> ModelLimits:
    """The limits after answers to prompts of so many tokens by our count and the server's."""
    for ours, theirs in usages:
        limits = limits.after_answer(ours, theirs)
    return limits


@pytest.mark.parametrize("hidden", [2_000, 20_000])
@pytest.mark.parametrize("factor", [1.0, 2.5])
def test_a_prompt_of_the_gateways_own_is_no_factor(hidden: int, factor: float) -> None:
    """Two usages of different size show a constant, which is learnt as such; the window keeps its size."""
    sizes = (60, 150, 155, 260, 400, 700, 1_500, 3_000, 200)
    limits = answered(ModelLimits(), *((ours, hidden + int(factor * ours)) for ours in sizes))
    assert limits.offset == pytest.approx(hidden, rel=0.02)
    assert limits.factor == pytest.approx(factor, rel=0.1)
    assert ModelLimits.read(limits.fields()).offset == limits.offset
    context = ModelLimits(limits.factor, 2 * hidden, offset=limits.offset)
    assert context.budget(PROFILE) < hidden
    assert context.reply_tokens(PROFILE, 100) <= hidden
    assert any("beside the prompt" in line for line in limits.described())


def test_a_constant_that_is_gone_is_forgotten() -> None:
    """A usage below the constant shows that the gateway does not add its own prompt any more."""
    limits = answered(ModelLimits(offset=20_000), (500, 600))
    assert (limits.factor, limits.offset) == (pytest.approx(1.04), 0)


def test_a_constant_is_found_beside_texts_of_different_scripts() -> None:
    """Usages between which no factor can lie are passed over until two can be compared."""
    limits = answered(ModelLimits(), (200, 20_000 + 1_200), (500, 20_000 + 550), (900, 20_000 + 990))
    assert limits.offset == 20_000
    assert limits.factor == pytest.approx(1.1)


@given(st.lists(st.tuples(st.integers(100, 8_000), st.sampled_from([1.0, 1.1, 2.2, 6.0])), max_size=12))
def test_texts_of_different_scripts_show_no_constant(prompts: list[tuple[int, float]]) -> None:
    """A prompt in a dense script beside one in a sparse script is not taken for a constant."""
    limits = answered(ModelLimits(), *((ours, int(ours * factor)) for ours, factor in prompts))
    assert limits.offset == 0


def test_a_factor_that_was_learnt_too_large_comes_down() -> None:
    """The usage of later answers brings a factor down that a refusal named."""
    limits = ModelLimits().after_overflow(1_000, 100, limit=4_096, theirs=8_000)
    assert limits.factor == 8
    assert answered(limits, *[(400, 440)] * 20).factor < 1.3


def test_a_room_that_was_guessed_grows_again() -> None:
    """After sixteen answers near to it the room grows; what is refused then falls back to what was taken, not to a half."""
    limits = ModelLimits().after_overflow(1_000, 100, limit=None, theirs=None)
    assert limits.room == 500
    for _ in range(16):
        limits = limits.after_answer(480)
    assert limits.room == 562
    assert limits.after_overflow(560, 100, limit=None, theirs=None).room == 480
    for _ in range(200):
        limits = limits.after_answer(limits.budget(PROFILE))
    assert limits.budget(PROFILE) > 1_000


def test_a_room_does_not_grow_untried() -> None:
    """Short prompts tell nothing about the room."""
    limits = ModelLimits(room=5_000)
    for _ in range(100):
        limits = limits.after_answer(400)
    assert limits.room == 5_000


def test_an_answer_that_was_guessed_grows_again() -> None:
    """After sixteen answers the limit of answers grows; what is refused then falls back to what was taken."""
    limits = ModelLimits().after_overflow(300, 4_000, limit=None, theirs=None)
    for _ in range(16):
        limits = limits.after_answer(300)
    assert limits.reply == 2_250
    assert limits.after_overflow(300, 2_250, limit=None, theirs=None).reply == 2_000


@given(
    st.integers(1, 9_000),
    st.integers(16, 9_000),
    st.none() | st.integers(1, 200_000),
    st.none() | st.integers(1, 200_000),
    st.floats(0.5, 8),
)
def test_limits_stay_within_their_bounds(
    ours: int, reply: int, limit: int | None, theirs: int | None, factor: float
) -> None:
    """Whatever a server names, the factor stays between 0.5 and 8, and budget and answer within the profile's."""
    limits = ModelLimits(factor).after_overflow(ours, reply, limit=limit, theirs=theirs)
    assert 0.5 <= limits.factor <= 8
    assert limits.budget(PROFILE) <= 8_000
    assert 16 <= limits.reply_tokens(PROFILE, ours) <= 4_000


def test_a_refusal_without_figures_leaves_half_of_what_was_sent() -> None:
    """Each refusal that names no figures leaves half of the refused size."""
    once = ModelLimits().after_overflow(1_000, 500, limit=None, theirs=None)
    assert once == ModelLimits(room=500)
    assert once.after_overflow(500, 500, limit=None, theirs=None).room == 250


def test_a_refusal_without_figures_halves_the_larger_of_prompt_and_answer() -> None:
    """A limit of the answer that is larger than the prompt is halved first, because it may count towards the context."""
    once = ModelLimits().after_overflow(300, 4_000, limit=None, theirs=None)
    assert once == ModelLimits(reply=2_000)
    assert once.reply_tokens(PROFILE, 300) == 2_000
    assert once.after_overflow(3_000, 2_000, limit=None, theirs=None) == ModelLimits(room=1_500, reply=2_000)
    assert once.after_overflow(1, 17, limit=None, theirs=None).reply == 16
    assert once.after_overflow(10, 16, limit=None, theirs=None).room == 5


def test_a_refusal_with_figures_scales() -> None:
    """A refusal that names both figures leaves what fits into the context by the server's own count."""
    limits = ModelLimits().after_overflow(1_000, 4_000, limit=2_048, theirs=6_000)
    assert limits == ModelLimits(6.0, 2_048)
    assert limits.budget(PROFILE) * 6 < 2_048


def test_a_context_that_is_named_twice_did_not_help() -> None:
    """A context alone is believed once; when the next request is refused for it too, half of that is left."""
    once = ModelLimits().after_overflow(1_000, 4_000, limit=4_096, theirs=None)
    assert once == ModelLimits(context=4_096)
    assert once.after_overflow(3_000, 1_000, limit=4_096, theirs=None) == ModelLimits(context=4_096, room=1_500)


async def test_a_factor_that_hardly_moves_is_not_stored_again() -> None:
    """A plain mention writes nothing of its limits to the store."""
    facts = MemoryFacts(State())
    learnt = learnt_limits(facts, ServerIdentity("here"), lambda: 0)
    await learnt.learn("m", lambda limits: limits.after_answer(1_000, 1_010))
    assert facts.state.facts == {}
    assert (await learnt.of("m")).factor > 1
    await learnt.learn("m", lambda limits: limits.after_answer(1_000, 6_000))
    assert list(facts.state.facts) == ["limits of m at here"]


def test_limits_are_read_as_they_were_stored() -> None:
    """Stored limits are read again; figures that cannot be used count as unknown."""
    limits = ModelLimits(6.0, 2_048, 900, 300)
    assert ModelLimits.read(limits.fields()) == limits
    unusable: list[dict[str, Any]] = [
        {},
        {"factor": "6", "context": -1, "room": 0, "reply": "9"},
        {"factor": math.nan, "context": True},
        {"factor": math.inf},
    ]
    assert [ModelLimits.read(fields) for fields in unusable] == [ModelLimits()] * 4
    assert ModelLimits.read({"factor": 99.0}).factor == 8


@pytest.mark.parametrize(
    ("limits", "lines"),
    [(ModelLimits(1.02), 0), (ModelLimits(6.0, 2_048, 900, 300), 4), (ModelLimits(room=900), 1)],
)
def test_limits_are_described(limits: ModelLimits, lines: int) -> None:
    """Each figure that is known has a line; a factor near 1 has none."""
    assert len(limits.described()) == lines
