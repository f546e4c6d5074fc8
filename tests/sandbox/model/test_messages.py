"""The forms of messages that a request may have."""

from typing import Any

import pytest
from openai import AsyncOpenAI

from bot.sandbox.model.messages import LONGEST_TEXT
from tests.sandbox.model.asking import IMAGE, MODEL, USER
from tests.sandbox.model.test_parameters import refused

INVALID: list[tuple[Any, str | None, str]] = [
    ("hello", "invalid_type", "messages[1]"),
    ({"content": "x"}, "missing_required_parameter", "messages[1].role"),
    ({"role": 1, "content": "x"}, "invalid_type", "messages[1].role"),
    ({"role": "bot", "content": "x"}, "invalid_value", "messages[1].role"),
    ({"role": "user"}, "invalid_type", "messages[1].content"),
    ({"role": "user", "content": None}, "invalid_type", "messages[1].content"),
    ({"role": "assistant", "content": None}, "invalid_type", "messages[1].content"),
    ({"role": "user", "content": []}, "empty_array", "messages[1].content"),
    ({"role": "user", "content": ["x"]}, "invalid_type", "messages[1].content[0]"),
    ({"role": "user", "content": [{"type": "x"}]}, "invalid_value", "messages[1].content[0].type"),
    ({"role": "user", "content": [{"type": "text"}]}, "missing_required_parameter", "messages[1].content[0].text"),
    ({"role": "user", "content": [{"type": "text", "text": 1}]}, "invalid_type", "messages[1].content[0].text"),
    (
        {"role": "user", "content": [{"type": "image_url", "image_url": "x"}]},
        "invalid_type",
        "messages[1].content[0].image_url",
    ),
    (
        {"role": "user", "content": [{"type": "image_url", "image_url": {}}]},
        "missing_required_parameter",
        "messages[1].content[0].image_url.url",
    ),
    ({"role": "user", "content": "x", "id": 1}, "unknown_parameter", "messages[1].id"),
    ({"role": "tool", "content": "x"}, "missing_required_parameter", "messages[1].tool_call_id"),
    ({"role": "assistant", "tool_calls": "f"}, "invalid_type", "messages[1].tool_calls"),
]


@pytest.mark.parametrize(("message", "code", "param"), INVALID)
async def test_invalid_messages_are_refused_by_path(
    ai: AsyncOpenAI, message: object, code: str | None, param: str
) -> None:
    """An invalid message is refused with the path of the mistake and OpenAI's code.

    (OpenAPI document, ChatCompletionRequestMessage; paths and codes: public reports, openai/codex 10834)
    """
    error = await refused(ai, {"model": MODEL, "messages": [USER, message]})
    assert (error["code"], error["param"]) == (code, param)


async def test_names_are_plain(ai: AsyncOpenAI) -> None:
    """A name with a space or an umlaut is refused.

    (public report: microsoft/autogen 4157)
    """
    error = await refused(ai, {"model": MODEL, "messages": [USER | {"name": "Jürgen W."}]})
    assert (error["code"], error["param"]) == ("invalid_value", "messages[0].name")


async def test_pictures_are_the_users_alone(ai: AsyncOpenAI) -> None:
    """Pictures are accepted from the user and refused from the assistant (public report: openai/openai-node 1030)."""
    error = await refused(ai, {"model": MODEL, "messages": [{"role": "assistant", "content": [IMAGE]}]})
    assert "only allowed for messages with role 'user'" in error["message"]
    assert await ai.post(
        "/chat/completions",
        body={"model": MODEL, "messages": [{"role": "user", "content": [IMAGE]}]},
        cast_to=object,
    )


async def test_a_text_may_be_ten_million_characters_long(ai: AsyncOpenAI) -> None:
    """A text of more than 10,485,760 characters is refused (public report: VectorlyApp/bluebox 31)."""
    error = await refused(ai, {"model": MODEL, "messages": [{"role": "user", "content": "x" * (LONGEST_TEXT + 1)}]})
    assert (error["code"], error["param"]) == ("string_above_max_length", "messages[0].content")
    assert "string too long. Expected a string with maximum length 10485760" in error["message"]
