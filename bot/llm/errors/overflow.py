"""Recognises reports that a request is too long for the model, and reads the model's limit from them."""

import re
from collections.abc import Iterable
from typing import Final

from bot.llm.errors.body import before_quotation, error_object, messages_in

CODES: Final = frozenset({"context_length_exceeded", "exceed_context_size_error"})
PHRASES: Final = (
    "maximum context length",
    "maximum context limit",
    "longer than the model's context length",
    "longer than the maximum model length",
    "greater than the context length",
    "exceeds the available context size",
    "context size has been exceeded",
    "exceed context limit",
    "exceeds the context window",
    "contextwindowexceeded",
    "context window exceeded",
    "context the overflows",
    "prompt is too long",
    "input is too long",
    "too many input tokens",
    "too many tokens",
    "input tokens exceed the configured limit",
    "exceeds the maximum number of tokens allowed",
    "maximum input length is",
    "length limit exceeded",
    "string too long. expected a string with maximum length",
)
"""Phrases collected from OpenAI, llama.cpp, vLLM, LiteLLM, LM Studio, Ollama, Anthropic, Google, Mistral and others."""

STATUSES: Final = frozenset({400, 413, 422, 500, None})
"""Statuses with which the phrases count. None is the status of an error in the middle of a stream."""

_LIMITS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"maximum context length is (\d+)",
        r"(\d+) maximum context length",
        r"configured limit of (\d+) tokens",
        r"available context size \((\d+) tokens",
        r"maximum number of tokens allowed \((\d+)\)",
        r"maximum model length of (\d+)",
        r"context length of only (\d+) tokens",
        r"exceed context limit: [\d +]+ > (\d+)",
        r"prompt is too long: \d+ tokens > (\d+)",
    )
)


_SENT: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(\d+) in the messages",
        r"messages resulted in (\d+) tokens",
        r"prompt contains (?:at least )?(\d+) input tokens",
        r"request \((\d+) tokens\) exceeds",
        r"prompt is too long: (\d+) tokens",
        r"prompt length:? (\d+)",
        r"requested (\d+) tokens",
    )
)


def is_overflow(status: int | None, body: object) -> bool:
    """Whether the report says that the request is too long. Phrases count only outside of quotations."""
    table = error_object(body)
    if not CODES.isdisjoint({str(table.get("code")), str(table.get("type"))}):
        return True
    return status in STATUSES and any(phrase in text for text in _unquoted_texts(body) for phrase in PHRASES)


def limit_in(body: object) -> int | None:
    """Return the model's context length in tokens, or None if the report does not name it."""
    return _number(body, "n_ctx", _LIMITS)


def sent_in(body: object) -> int | None:
    """Return the length of the request in the server's tokens, or None if the report does not name it."""
    return _number(body, "n_prompt_tokens", _SENT)


def _number(body: object, key: str, patterns: Iterable[re.Pattern[str]]) -> int | None:
    value: object = error_object(body).get(key)
    if type(value) is int and value > 0:
        return value
    found = (pattern.search(text.replace(",", "")) for text in _unquoted_texts(body) for pattern in patterns)
    return next((int(match[1]) for match in found if match and len(match[1]) < 10), None) or None


def _unquoted_texts(body: object) -> list[str]:
    return [before_quotation(text).lower() for text in messages_in(body)]
