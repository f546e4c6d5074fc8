"""Counting tokens. Source: OpenAI's cookbook, "How to count tokens with tiktoken"; the figures of 3, 1 and 3 were measured."""

from bot.sandbox.model.images import UNKNOWN_SIZE_TOKENS
from bot.sandbox.model.tokens import prompt_tokens, tokens_of
from bot.sandbox.model.vocabularies import count
from tests.sandbox.model.asking import IMAGE


def test_a_request_costs_more_than_its_texts() -> None:
    """A request costs tokens for each message, each name and the reply, besides its texts."""
    messages = [{"role": "system", "content": "hello"}, {"role": "user", "content": "hello", "name": "alice"}]
    assert prompt_tokens(map(tokens_of, messages[:1])) == 3 + (3 + 1 + 1)
    assert prompt_tokens(map(tokens_of, messages)) == 3 + (3 + 1 + 1) + (3 + 1 + 1 + 1 + count("alice"))


def test_parts_cost_their_text_and_their_images() -> None:
    """Contents in parts cost the tokens of their texts, and those of each image: one patch for a small one."""
    parts = [{"type": "text", "text": "hello"}, IMAGE]
    assert prompt_tokens([tokens_of({"role": "user", "content": parts})]) == 3 + 3 + 1 + 1 + 1
    unknown = {"type": "image_url", "image_url": {"url": "x"}}
    assert prompt_tokens([tokens_of({"role": "user", "content": [unknown]})]) == 3 + 3 + 1 + UNKNOWN_SIZE_TOKENS
