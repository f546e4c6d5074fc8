"""Reads the usage that a server reports: the figures of OpenAI's object, and of servers that put them elsewhere."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from bot.chat.calls import Usage

_MOST: Final = 2**53 - 1
"""The largest count that is stored: the largest integer that every JSON reader keeps exactly."""

_CACHED: Final = ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")
"""Where Moonshot, DeepSeek, and LiteLLM in front of Anthropic say what was read from the cache."""
_WRITTEN: Final = ("cache_creation_input_tokens",)
"""Where LiteLLM in front of Anthropic says what was written to it."""


def usage_in(usage: Mapping[str, Any]) -> Usage:
    """Return the usage. A figure that is missing, or is no count, is 0."""
    reasoning = _detail(usage, "completion_tokens_details", "reasoning_tokens")
    return Usage(
        prompt=count_in(usage.get("prompt_tokens")),
        cached=_detail(usage, "prompt_tokens_details", "cached_tokens") or _first_count(usage, _CACHED),
        written=_detail(usage, "prompt_tokens_details", "cache_write_tokens") or _first_count(usage, _WRITTEN),
        completion=count_in(usage.get("completion_tokens")),
        reasoning=reasoning or count_in(usage.get("reasoning_tokens")),  # Perplexity
    )


def _detail(usage: Mapping[str, Any], group: str, key: str) -> int:
    details = usage.get(group)
    return count_in(cast("dict[str, Any]", details).get(key)) if isinstance(details, dict) else 0


def _first_count(usage: Mapping[str, Any], keys: Iterable[str]) -> int:
    return next((count for key in keys if (count := count_in(usage.get(key)))), 0)


def count_in(value: object) -> int:
    """Return a count that can be stored, or 0 if `value` is not an integer."""
    return min(max(value, 0), _MOST) if isinstance(value, int) and not isinstance(value, bool) else 0
