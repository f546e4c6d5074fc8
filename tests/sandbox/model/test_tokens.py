"""Counting tokens. Source: OpenAI's cookbook, "How to count tokens with tiktoken"; the figures of 3, 1 and 3 were measured."""

import pytest

from bot.sandbox.model.tokens import PER_IMAGE, count, fed, pieces, prompt_tokens


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("hello", 1), ("hello world", 2), ("<|endoftext|>", 7), ("\ud800", 1)]
)
def test_counts_are_fixed(text: str, tokens: int) -> None:
    """Known texts have their known counts, and the name of a special token is counted as text."""
    assert count(text) == tokens


def test_a_request_costs_more_than_its_texts() -> None:
    """A request costs tokens for each message, each name and the reply, besides its texts."""
    messages = [{"role": "system", "content": "hello"}, {"role": "user", "content": "hello", "name": "alice"}]
    assert prompt_tokens(fed(messages[:1])) == 3 + (3 + 1 + 1)
    assert prompt_tokens(fed(messages)) == 3 + (3 + 1 + 1) + (3 + 1 + 1 + 1 + count("alice"))


def test_parts_cost_their_text_and_their_images() -> None:
    """Contents in parts cost the tokens of their texts, and a fixed number for each image."""
    parts = [{"type": "text", "text": "hello"}, {"type": "image_url", "image_url": {"url": "x"}}]
    assert prompt_tokens(fed([{"role": "user", "content": parts}])) == 3 + 3 + 1 + 1 + PER_IMAGE


@pytest.mark.parametrize("text", ["plain words, in a row", "👩‍👩‍👧 ünd\n\n日本語", "half \ud83d an emoji", ""])
def test_pieces_join_to_the_text(text: str) -> None:
    """The pieces of a text join to the same text."""
    assert "".join(pieces(text)) == text
