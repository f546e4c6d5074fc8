"""What a request may look like: the 400s of OpenAI."""

from typing import Any, cast

import openai
import pytest
from openai import AsyncOpenAI

USER = {"role": "user", "content": "hello"}


async def refused(ai: AsyncOpenAI, body: dict[str, Any]) -> dict[str, Any]:
    """Send a body and return the error that comes back."""
    with pytest.raises(openai.BadRequestError) as caught:
        await ai.post("/chat/completions", body=body, cast_to=object)
    return cast("dict[str, Any]", caught.value.body)


INVALID: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"colour": "red"}, "unknown_parameter", "colour"),
    ({"messages": []}, "empty_array", "messages"),
    ({"messages": "hello"}, "invalid_type", "messages"),
    ({"messages": ["hello"]}, "invalid_type", "messages[0]"),
    ({"messages": [{"role": "bot", "content": "x"}]}, "invalid_value", "messages[0].role"),
    ({"messages": [USER, {"role": "user"}]}, "invalid_type", "messages[1].content"),
    ({"messages": [{"role": "user", "content": []}]}, "invalid_type", "messages[0].content"),
    ({"messages": [{"role": "user", "content": ["x"]}]}, "invalid_type", "messages[0].content[0]"),
    ({"messages": [{"role": "user", "content": [{"type": "x"}]}]}, "invalid_value", "messages[0].content[0].type"),
    ({"stream": "yes"}, "invalid_type", "stream"),
    ({"max_tokens": True}, "invalid_type", "max_tokens"),
    ({"max_tokens": 1, "max_completion_tokens": 1}, "invalid_parameter_combination", None),
    ({"stream_options": {"include_usage": True}}, None, "stream_options"),
    ({"n": 2}, "unsupported_value", "n"),
]


@pytest.mark.parametrize(("changed", "code", "param"), INVALID)
async def test_invalid_bodies_are_refused_by_name(
    ai: AsyncOpenAI, changed: dict[str, Any], code: str | None, param: str | None
) -> None:
    """A bot's bug would pass here and be a 400 at the provider; bots drop the parameter that `param` names."""
    error = await refused(ai, {"model": "gpt-5.4-mini", "messages": [USER]} | changed)
    assert (error["code"], error["param"], error["type"]) == (code, param, "invalid_request_error")


@pytest.mark.parametrize("missing", ["model", "messages"])
async def test_what_is_required_must_be_there(ai: AsyncOpenAI, missing: str) -> None:
    """A request without a model has no default at OpenAI."""
    body = {"model": "gpt-5.4-mini", "messages": [USER]}
    del body[missing]
    assert (await refused(ai, body))["code"] == "missing_required_parameter"


async def test_valid_bodies_of_all_kinds_pass(ai: AsyncOpenAI) -> None:
    """Too strict is as wrong as too lax."""
    done = await ai.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[
            {"role": "developer", "content": "be brief"},
            {"role": "user", "content": [{"type": "text", "text": "look"}], "name": "alice"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "1", "content": "42"},
            {"role": "user", "content": "so?"},
        ],
        temperature=1,
        max_completion_tokens=100,
        prompt_cache_key="conversation",
        safety_identifier="somebody",
    )
    assert done.choices[0].message.content == "I have read 5 messages. The last one says: so?"


async def test_a_body_that_is_no_json_object_is_refused(ai: AsyncOpenAI) -> None:
    """OpenAI answers 400 and says that it could not parse."""
    with pytest.raises(openai.BadRequestError, match="could not parse"):
        await ai.post("/chat/completions", content=b"{", cast_to=object, options={"headers": {"Content-Type": "x/y"}})
