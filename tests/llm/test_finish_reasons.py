"""Finish reasons of other servers are told in OpenAI's words."""

import pytest

from bot.llm.finish_reasons import finish_reason


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("stop", "stop"),
        ("STOP", "stop"),
        (" stop ", "stop"),
        ("end_turn", "stop"),
        ("eos", "stop"),
        ("stop_sequence", "stop"),
        ("length", "length"),
        ("MAX_TOKENS", "length"),
        ("model_length", "length"),
        ("model_context_window_exceeded", "length"),
        ("content_filter", "content_filter"),
        ("SAFETY", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("sensitive", "content_filter"),
        ("guardrail_intervened", "content_filter"),
        ("tool_calls", "tool_calls"),
        ("error", "error"),
        ("abort", "error"),
        ("insufficient_system_resource", "error"),
        ("something new", "something new"),
        ("null", ""),
        ("None", ""),
        ("", ""),
        (None, ""),
        (False, ""),
        (0, ""),
        ([], ""),
        (True, "stop"),
        (7, "stop"),
        ({"type": "stop"}, "stop"),
    ],
)
def test_a_reason_is_one_of_openais_words(word: object, reason: str) -> None:
    """A word of another server's becomes OpenAI's for the same, an unknown one stays, and a word for nothing is none."""
    assert finish_reason(word) == reason
