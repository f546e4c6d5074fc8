"""Finish reasons: other servers' words for the end of an answer, as OpenAI's words."""

from typing import Final

from bot.chat.turns import clean

STOP: Final = "stop"
LENGTH: Final = "length"
FAILED: Final = "error"
"""Our word for the reasons of servers that could not finish the answer."""

_MOST: Final = 64
_NONE: Final = ("", "null", "none")
_WORDS: Final = {
    STOP: ("end_turn", "eos", "eos_token", "stop_sequence", "stop_token"),
    LENGTH: ("max_tokens", "max_length", "max_output_tokens", "model_length", "model_context_window_exceeded"),
    "content_filter": (
        "safety",
        "recitation",
        "blocklist",
        "prohibited_content",
        "spii",
        "sensitive",
        "content_filtered",
        "guardrail_intervened",
    ),
    FAILED: ("abort", "aborted", "cancelled", "insufficient_system_resource", "network_error", "timeout"),
}
"""Words of Anthropic, Bedrock, Cohere, DeepSeek, Google, Mistral, SGLang, TGI, vLLM and Zhipu."""
_IN_OURS: Final = {word: ours for ours, words in _WORDS.items() for word in words}


def finish_reason(value: object) -> str:
    """Return the reason in lower case, "" if the value is none. Some servers write the word `null` into each chunk."""
    if not isinstance(value, str):
        return STOP if value else ""
    word = clean(value.strip().lower())[:_MOST]
    return "" if word in _NONE else _IN_OURS.get(word, word)
