"""Reads the model's context length from a report that a request is too long. `facts.py` tells which reports say so."""

import re
from collections.abc import Iterable
from typing import Final

from bot.llm.errors.body import error_object, messages_in, own_words

_LIMITS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"maximum context length (?:is|of) (\d+)",
        r"(\d+) maximum context length",
        r"configured limit of (\d+) tokens",
        r"available context size \((\d+) tokens",
        r"maximum number of tokens allowed \((\d+)\)",
        r"maximum model length of (\d+)",
        r"context length of only (\d+) tokens",
        r"exceed context limit: [\d +]+ > (\d+)",
        r"prompt is too long: \d+ tokens > (\d+)",
        r"maximum prompt length is (\d+)",
        r"exceeded model token limit ?: (\d+)",
        r"range of input length should be \[\d+ ?(\d+)\]",
        r"max_new_tokens must be <= (\d+)",
        r"inputs must have less than (\d+)",
        r"max size: (\d+) tokens",
        r"exceeds the limit of (\d+)",
        r"context length is only (\d+)",
        r"max input tokens=(\d+)",
        r"max_seq_len (\d+)",
    )
)
_MOST_TOKENS: Final = 10**9
"""A count that is as large or larger is none."""

_SENT: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(\d+) in the messages",
        r"messages resulted in (\d+) tokens",
        r"(\d+) of text input",
        r"(\d+) tokens from the input messages",
        r"request has (\d+) input tokens",
        r"prompt contains (\d+) tokens",
        r"exceed context limit: (\d+) \+",
        r"max_new_tokens must be <= \d+\. given: (\d+)",
        r"prompt contains (?:at least )?(\d+) input tokens",
        r"request \((\d+) tokens\) exceeds",
        r"prompt is too long: (\d+) tokens",
        r"prompt length:? (\d+)",
    )
)


def limit_in(body: object) -> int | None:
    """Return the model's context length in tokens, or None if the report does not name it."""
    return _number(body, "n_ctx", _LIMITS)


def sent_in(body: object) -> int | None:
    """Return the length of the request in the server's tokens, or None if the report does not name it."""
    return _number(body, "n_prompt_tokens", _SENT)


def _number(body: object, key: str, patterns: Iterable[re.Pattern[str]]) -> int | None:
    value: object = error_object(body).get(key)
    if type(value) is int and 0 < value < _MOST_TOKENS:
        return value
    found = (pattern.search(text.replace(",", "")) for text in _own_texts(body) for pattern in patterns)
    return next((int(match[1]) for match in found if match and len(match[1]) < 10), None) or None


def _own_texts(body: object) -> list[str]:
    return [own_words(text) for text in messages_in(body)]
