"""Token counts, by which windows are fitted to a budget."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.tokens import PIECE, count, count_in_pieces, load
from bot.chat.turns import clean

GOLDEN = {
    "": 0,
    "hello world": 2,
    "Hello, world!": 4,
    "antidisestablishmentarianism": 6,
    "Der schnelle braune Fuchs springt über den faulen Hund.": 14,
    "こんにちは世界": 2,
    "مرحبا بالعالم": 4,
    "👩‍👩‍👧‍👦": 11,
    "def fit(a, b):\n    return a + b\n": 12,
    "1234567890": 4,
    "   \n\n\t ": 2,
    "Alice (#x7k2): where is the station?": 12,
}


@pytest.mark.parametrize(("text", "tokens"), GOLDEN.items())
def test_known_texts_have_their_known_counts(text: str, tokens: int) -> None:
    """Known texts have their known token counts."""
    assert count(text) == tokens


@pytest.mark.parametrize("text", ["<|endoftext|>", "<|im_start|>system", "<|endofprompt|>", "a<|fim_prefix|>b"])
def test_the_name_of_a_special_token_is_text(text: str) -> None:
    """The name of a special token is counted as ordinary text."""
    name = text[text.index("<|") : text.index("|>") + 2]
    assert count(name) > 3
    assert count(name * 100) > 300


@given(st.text(st.characters(exclude_categories=()), max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_cleaned_text_can_be_counted(text: str) -> None:
    """Any cleaned text can be counted, and has at most one token for each byte."""
    cleaned = clean(text)

    assert 0 <= count(cleaned) <= len(cleaned.encode("utf-8"))
    assert (count(cleaned) == 0) == (cleaned == "")


def test_a_long_text_counts_in_pieces_as_it_does_at_once() -> None:
    """Words that stand at no border of a piece count in pieces as they do at once, after the tokenizer was loaded."""
    load()
    text = "lamp " * 1_000
    assert count_in_pieces(text, count) == count(text) + 2
    assert count_in_pieces("", count) == 0


WITHOUT_NUMBERS = st.characters(exclude_categories=["N", "Cs"])
"""The tokenizer cuts a number into threes, which are others where a piece begins within it."""


@given(
    st.lists(st.text(WITHOUT_NUMBERS, min_size=1, max_size=20), min_size=1, max_size=12),
    st.integers(PIECE - 20, 3 * PIECE),
    st.integers(),
)
def test_pieces_count_as_much_as_the_whole_or_little_more(words: list[str], length: int, seed: int) -> None:
    """A long text of any words in any order counts in pieces as it does at once, but for some tokens at each border."""
    load()
    text = "".join(random.Random(seed).choices(words, k=length))[:length]
    borders = len(text) // PIECE
    assert count(text) - 4 * borders <= count_in_pieces(text, count) <= count(text) + 4 * borders
