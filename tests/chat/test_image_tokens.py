"""The tokens of images, by the rules that providers document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.image_tokens import Sight, image_tokens


@pytest.mark.parametrize(
    ("model", "width", "height", "tokens"),
    [
        ("gpt-4o", 1024, 1024, 765),
        ("gpt-4o", 2048, 4096, 1105),
        ("openai/GPT-4o-2024-08-06", 1024, 1024, 765),
        ("o3", 512, 2048, 765),
        ("gpt-4o-mini", 1024, 1024, 25_501),
        ("gpt-5.5", 1024, 1024, 1024),
        ("gpt-6-luna", 33, 32, 2),
        ("gpt-5.5", 8000, 8000, 2500),
        ("gpt-5.4-mini", 1024, 1024, 1762),
        ("gpt-5.4-nano", 1024, 1024, 2520),
        ("gpt-5", 1024, 1024, 1024),
        ("llava", 280, 280, 765),
        ("qwen3-vl", 1024, 1024, 1369),
        ("gpt-5.5", 0, 0, 1),
    ],
)
def test_an_image_costs_what_its_model_counts(model: str, width: int, height: int, tokens: int) -> None:
    """Tiles and patches are counted as documented, and of an unknown model the higher of two rules."""
    assert image_tokens(width, height, model) == tokens


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.sampled_from(["gpt-4o", "gpt-5.5", "gpt-5.4-mini", "any"]))
def test_no_image_costs_more_than_the_largest(width: int, height: int, model: str) -> None:
    """An image of any size has a bounded cost, of at least a token."""
    assert 1 <= image_tokens(width, height, model) <= 4300


def test_an_image_that_a_model_does_not_see_costs_nothing() -> None:
    """A model that sees no images is sent their names alone."""
    assert Sight("gpt-4o").cost(1024, 1024) == image_tokens(1024, 1024, "gpt-4o")
    assert Sight("gpt-4o", sees=False).cost(1024, 1024) == 0
