"""The usage that servers report."""

from typing import Any

import pytest

from bot.chat.calls import Usage
from bot.llm.usage import usage_in

OPENAI = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "prompt_tokens_details": {"cached_tokens": 1920, "cache_write_tokens": 80},
    "completion_tokens_details": {"reasoning_tokens": 7},
}
DEEPSEEK = {"prompt_tokens": 20, "completion_tokens": 3, "prompt_cache_hit_tokens": 12, "prompt_cache_miss_tokens": 8}
MOONSHOT = {"prompt_tokens": 20, "completion_tokens": 3, "cached_tokens": 12}
ANTHROPIC = {
    "prompt_tokens": 20,
    "completion_tokens": 3,
    "prompt_tokens_details": {"cached_tokens": 0},
    "cache_creation_input_tokens": 8,
    "cache_read_input_tokens": 12,
}


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        (OPENAI, Usage(2006, 1920, 80, 300, 7)),
        (DEEPSEEK, Usage(20, 12, 0, 3)),
        (MOONSHOT, Usage(20, 12, 0, 3)),
        (ANTHROPIC, Usage(20, 12, 8, 3)),
        (
            {"prompt_tokens_details": None, "completion_tokens": -1, "prompt_tokens": "many", "cached_tokens": True},
            Usage(),
        ),
    ],
    ids=["OpenAI", "DeepSeek", "Moonshot", "LiteLLM in front of Anthropic", "no counts"],
)
def test_what_was_read_from_and_written_to_the_cache_is_found(reported: dict[str, Any], usage: Usage) -> None:
    """The tokens that a provider's cache saved and those that it was written are read wherever a server reports them."""
    assert usage_in(reported) == usage
