"""Text, thoughts and tool calls are found under all names that servers give them."""

from typing import Any

import pytest

from bot.chat.ports.model import Delta, Finish, Thinking
from bot.llm.delta import holds_thoughts, refusal_of, text_of, tool_of
from tests.llm.streams import DONE, delta, event, heard, sse

THOUGHTS: dict[str, dict[str, Any]] = {
    "DeepSeek, vLLM, SGLang": {"reasoning_content": "hm"},
    "Groq, Ollama, vLLM": {"reasoning": "hm", "content": ""},
    "OpenRouter": {"reasoning_details": [{"type": "reasoning.text", "text": "hm"}], "content": ""},
    "OpenRouter, encrypted": {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]},
    "GitHub": {"reasoning_text": "hm", "content": None},
    "a summary": {"reasoning_summary": "hm"},
    "an object": {"reasoning": {"text": "hm"}},
    "thinking": {"thinking": "hm"},
    "thinking as an object": {"thinking": {"content": "hm"}},
    "LiteLLM": {"thinking_blocks": [{"type": "thinking", "thinking": "hm"}]},
    "thinking_content": {"thinking_content": "hm"},
    "thought": {"thought": "hm"},
    "thoughts": {"thoughts": ["hm"]},
    "LiteLLM, wrapped": {"content": "", "provider_specific_fields": {"reasoning_content": "hm"}},
    "Google, wrapped": {"extra_content": {"thought_signature": "x"}},
    "Mistral": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]},
    "Anthropic": {"content": [{"type": "redacted_thinking", "data": "x"}]},
    "parts of reasoning": {"content": [{"type": "reasoning", "text": "hm"}]},
    "Google": {"content": [{"text": "hm", "thought": True}]},
}


@pytest.mark.parametrize("fields", THOUGHTS.values(), ids=THOUGHTS)
async def test_thoughts_under_every_name_are_a_sign_of_life_and_no_text(fields: dict[str, Any]) -> None:
    """Thoughts are told once, as a sign that the model works, and never shown, in a delta and in a whole message."""
    assert holds_thoughts(fields)
    assert text_of(fields.get("content")) == ""
    assert await heard(delta(**fields), delta(**fields), event("Yes.", "stop"), DONE) == [
        Thinking(),
        Delta("Yes."),
        Finish("stop", None),
    ]
    message = {"choices": [{"message": {"content": "Yes.", **{k: v for k, v in fields.items() if k != "content"}}}]}
    assert Delta("Yes.") in await heard(sse(message), DONE)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"content": "x"},
        {"reasoning_content": None, "content": "x"},
        {"reasoning_content": "", "reasoning": "", "reasoning_details": [], "thinking": {}},
        {"thinking": False, "reasoning_tokens": 5},
        {"provider_specific_fields": {"citations": ["x"]}, "extra_content": None},
        {"content": [{"type": "text", "text": "x"}, {"type": "text", "text": "y", "thought": False}]},
        {"role": "assistant", "refusal": "no"},
    ],
)
def test_fields_without_thoughts_are_none(fields: dict[str, Any]) -> None:
    """Fields for thoughts that are empty, and other fields, hold no thoughts."""
    assert not holds_thoughts(fields)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("x", "x"),
        (["x", "y"], "xy"),
        ([{"type": "text", "text": "x"}, {"type": "text", "text": "y"}], "xy"),
        ([{"text": "x"}, {"type": "output_text", "text": "y"}], "xy"),
        ([{"type": "text", "text": {"value": "x"}}], "x"),
        ({"type": "text", "text": "x"}, "x"),
        ([{"type": "reference", "text": "x"}, {"type": "image_url"}, {"type": 5, "text": "x"}, None, 5, ["x"]], ""),
        ([{"type": "text", "text": 5}, {"type": "text", "text": {"value": 5}}, {"type": "text"}], ""),
        (None, ""),
        (5, ""),
        (True, ""),
    ],
)
def test_the_text_of_a_content_is_found_in_every_shape(content: object, text: str) -> None:
    """The text of a content is that of a string, of its parts, and of nothing else."""
    assert text_of(content) == text


def test_a_refusal_is_found_in_its_field_and_in_parts() -> None:
    """The model's words for a refusal stand in a field of their own or in a part of the content."""
    assert refusal_of({"refusal": "no"}) == "no"
    assert refusal_of({"content": [{"type": "refusal", "refusal": "no"}]}) == "no"
    assert refusal_of({"refusal": None, "content": "x"}) == ""
    assert refusal_of({"refusal": 5}) == ""


@pytest.mark.parametrize(
    ("fields", "tool"),
    [
        ({"tool_calls": [{"index": 0, "function": {"name": "web_search", "arguments": ""}}]}, "web_search"),
        ({"tool_calls": [{"index": 0, "function": {"arguments": '{"q"'}}]}, ""),
        ({"tool_calls": [{"name": "web_search"}]}, "web_search"),
        ({"function_call": {"name": "web_search"}}, "web_search"),
        ({"tool_calls": [], "function_call": None}, None),
        ({"tool_calls": None}, None),
        ({}, None),
    ],
)
def test_the_call_of_a_tool_is_found(fields: dict[str, Any], tool: str | None) -> None:
    """The first tool that a delta calls is found in the new form and in the old one."""
    assert tool_of(fields) == tool


# ------------------------------------------------------------------------------------------ other places for the text


def choice(**fields: object) -> bytes:
    """A chunk with a choice of these fields."""
    return sse({"choices": [{"index": 0, **fields}]})


OTHER_PLACES: dict[str, list[bytes]] = {
    "messages": [choice(message={"content": "A "}), choice(message={"content": "tower."})],
    "texts": [choice(text="A "), choice(text="tower.")],
    "strings": [choice(delta="A "), choice(delta="tower.")],
    "parts": [delta(content=[{"type": "text", "text": "A "}]), delta(content=["tower."])],
    "messages beside empty deltas": [
        choice(delta={"role": "assistant"}, message={"content": "A "}),
        choice(delta={"content": ""}, message={"content": "tower."}),
    ],
    "texts beside null deltas": [choice(delta=None, text="A "), choice(delta=None, text="tower.")],
    "Perplexity, whose messages repeat the text so far": [
        choice(delta={"role": "assistant", "content": ""}, message={"role": "assistant", "content": ""}),
        choice(delta={"content": "A "}, message={"content": "A "}),
        choice(delta={"content": "tower."}, message={"content": "A tower."}),
        choice(delta={"content": ""}, message={"content": "A tower."}, finish_reason="stop"),
    ],
    "a whole message behind deltas": [event("A "), event("tower."), choice(delta={}, message={"content": "A tower."})],
}


@pytest.mark.parametrize("stream", OTHER_PLACES.values(), ids=OTHER_PLACES)
async def test_text_is_found_where_servers_put_it(stream: list[bytes]) -> None:
    """Text in a message, a text or a list of parts is read once, and not again where deltas have brought it."""
    events = await heard(*stream, DONE)

    assert "".join(one.text for one in events if isinstance(one, Delta)) == "A tower."
    assert events[-1] == Finish("stop", None)
