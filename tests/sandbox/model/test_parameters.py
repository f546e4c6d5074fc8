"""The parameters that a request may have: the 400s of OpenAI."""

import contextlib
from typing import Any, cast

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import AsyncOpenAI

from bot.sandbox import Sandbox
from bot.sandbox.model.dialect import Dialect
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.requests import ModelRequest
from tests.sandbox.model.asking import MODEL, OLD_MODEL, USER


async def refused(ai: AsyncOpenAI, body: dict[str, Any]) -> dict[str, Any]:
    """Send a body and return the error that comes back."""
    with pytest.raises(openai.BadRequestError) as caught:
        await ai.post("/chat/completions", body=body, cast_to=object)
    return cast("dict[str, Any]", caught.value.body)


INVALID: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"colour": "red"}, "unknown_parameter", "colour"),
    ({"messages": []}, "empty_array", "messages"),
    ({"messages": "hello"}, "invalid_type", "messages"),
    ({"messages": None}, "invalid_type", "messages"),
    ({"messages": [USER] * 2049}, "array_above_max_length", "messages"),
    ({"model": None}, "invalid_type", "model"),
    ({"stream": "yes"}, "invalid_type", "stream"),
    ({"max_completion_tokens": True}, "invalid_type", "max_completion_tokens"),
    ({"max_completion_tokens": 0}, "integer_below_min_value", "max_completion_tokens"),
    ({"max_completion_tokens": 128_001}, "invalid_value", "max_completion_tokens"),
    ({"temperature": 3}, "integer_above_max_value", "temperature"),
    ({"top_p": -0.5}, "decimal_below_min_value", "top_p"),
    ({"n": 0}, "integer_below_min_value", "n"),
    ({"safety_identifier": "x" * 65}, "string_above_max_length", "safety_identifier"),
    ({"reasoning_effort": "a lot"}, "invalid_value", "reasoning_effort"),
    ({"stop": []}, "empty_array", "stop"),
    ({"stop": ["a", "b", "c", "d", "e"]}, "array_above_max_length", "stop"),
    ({"stop": ["a", 1]}, "invalid_type", "stop[1]"),
    ({"stream_options": {"include_usage": True}}, None, "stream_options"),
    ({"stream": True, "stream_options": {"include_all": True}}, "unknown_parameter", "stream_options.include_all"),
    ({"stream": True, "stream_options": {"include_usage": 1}}, "invalid_type", "stream_options.include_usage"),
]


@pytest.mark.parametrize(("changed", "code", "param"), INVALID)
async def test_invalid_bodies_are_refused_by_name(
    ai: AsyncOpenAI, changed: dict[str, Any], code: str | None, param: str | None
) -> None:
    """An invalid body is refused with OpenAI's code and the name of the parameter.

    (OpenAPI document, CreateChatCompletionRequest; the codes and the 2048 messages: public reports, obot-platform/obot 1009)
    """
    error = await refused(ai, {"model": MODEL, "messages": [USER]} | changed)
    assert (error["code"], error["param"], error["type"]) == (code, param, "invalid_request_error")


@pytest.mark.parametrize("missing", ["model", "messages"])
async def test_what_is_required_must_be_there(ai: AsyncOpenAI, missing: str) -> None:
    """A request without a model or without messages is refused (OpenAPI document, CreateChatCompletionRequest)."""
    body = {"model": MODEL, "messages": [USER]}
    del body[missing]
    assert (await refused(ai, body))["code"] == "missing_required_parameter"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"max_tokens": 100}, "unsupported_parameter"),
        ({"stop": "."}, "unsupported_parameter"),
        ({"top_p": 0.5}, "unsupported_parameter"),
        ({"temperature": 0.2}, "unsupported_value"),
    ],
)
async def test_models_that_reason_take_fewer_parameters(ai: AsyncOpenAI, changed: dict[str, Any], code: str) -> None:
    """Models that reason refuse parameters that older models accept.

    (public reports: microsoft/vscode-copilot-release 11584, huggingface/smolagents 1671, johny-b/llmcomp 69)
    """
    body = {"model": MODEL, "messages": [USER]} | changed
    error = await refused(ai, body)
    assert (error["code"], error["param"]) == (code, next(iter(changed)))
    assert await ai.post("/chat/completions", body=body | {"model": OLD_MODEL}, cast_to=object)


async def test_the_new_limit_is_named_where_the_old_one_is_refused(ai: AsyncOpenAI) -> None:
    """The refusal of `max_tokens` names `max_completion_tokens` (public report: microsoft/vscode-copilot-release 11584)."""
    error = await refused(ai, {"model": MODEL, "messages": [USER], "max_tokens": 1})
    assert error["message"] == (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    )


async def test_two_limits_exclude_each_other(ai: AsyncOpenAI) -> None:
    """A request with both limits is refused (no public source; kept strict)."""
    body = {"model": OLD_MODEL, "messages": [USER], "max_tokens": 1, "max_completion_tokens": 1}
    assert (await refused(ai, body))["code"] == "invalid_parameter_combination"


async def test_valid_bodies_of_all_kinds_pass(ai: AsyncOpenAI) -> None:
    """A valid request with messages and parameters of all kinds is answered (OpenAPI document, CreateChatCompletionRequest)."""
    done = await ai.chat.completions.create(
        model=MODEL,
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
        metadata={"a": "b"},
        seed=1,
        service_tier="auto",
    )
    assert done.choices[0].message.content == "I have read 5 messages. The last one says: so?"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("model", "messages", "stop", "stream", "stream_options", "n", "max_tokens", "temperature", "tools", "user")
PART = st.fixed_dictionaries({}, optional={"type": JSON | st.just("image_url"), "text": JSON, "image_url": JSON})
MESSAGE = st.fixed_dictionaries(
    {}, optional={"role": JSON | st.just("user"), "content": JSON | st.lists(PART, max_size=2), "name": JSON}
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(FIELDS, JSON),
        "model": st.just(MODEL) | JSON,
        "messages": st.lists(MESSAGE | JSON, max_size=3) | JSON,
    },
)


@given(BODIES)
def test_no_body_is_a_fault_of_the_server(body: dict[str, Any]) -> None:
    """Any object is accepted as a request or refused by a ModelError (OpenAPI document: requests are objects of known types)."""
    with contextlib.suppress(ModelError):
        Dialect().check(body)
    request = ModelRequest(body, {})
    assert isinstance(request.question, str)
    assert isinstance(request.model, str)


NONSENSE: list[bytes] = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"7",
    b'"text"',
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"model": NaN}',
    b'{"model": 1e999, "messages": [{"role": "user", "content": "x"}]}',
    b'{"model": "\\ud800", "messages": [{"role": "user", "content": "x"}]}',
]


@pytest.mark.parametrize("content", NONSENSE)
async def test_nonsense_is_refused(ai: AsyncOpenAI, content: bytes) -> None:
    """A body of nonsense is refused as an invalid request (OpenAI's documentation, "Error codes": 400s are the client's)."""
    with pytest.raises(openai.APIStatusError) as caught:
        await ai.post(
            "/chat/completions", content=content, cast_to=object, options={"headers": {"Content-Type": "x/y"}}
        )
    assert caught.value.status_code in {400, 404}
    assert caught.value.type == "invalid_request_error"


async def test_half_an_emoji_is_no_fault_of_the_server(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A question with half an emoji is answered (no public source; other providers answer 400)."""
    content = b'{"model": "gpt-5.4-mini", "messages": [{"role": "user", "content": "a \\ud83d b"}]}'
    done = await ai.post("/chat/completions", content=content, cast_to=object)
    assert done
    assert box.model.requests[0].question == "a \ud83d b"


async def test_a_body_beyond_the_limit_is_refused(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A body beyond the limit is refused with a 413 (public reports of 413, "Maximum content size limit")."""
    box.model.max_request_bytes = 1000
    with pytest.raises(openai.APIStatusError, match="Maximum content size limit") as caught:
        await ai.post(
            "/chat/completions", body={"model": MODEL, "messages": [USER], "user": "x" * 1000}, cast_to=object
        )
    assert caught.value.status_code == 413
