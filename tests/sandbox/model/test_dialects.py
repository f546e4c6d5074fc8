"""The dialects of servers that people run instead of OpenAI's."""

import asyncio

import pytest
from openai import AsyncOpenAI

from bot.sandbox import Dialect, LiteLLM, LlamaCpp, NoUsage, Sandbox, Shape, Strict, Unfinished
from tests.sandbox.model.asking import MODEL, USER, ask, body_of, chunks, error_of, posted, text_of

USAGE = {"stream_options": {"include_usage": True}}
NEW = {"prompt_cache_key": "x", "safety_identifier": "y", "max_completion_tokens": 9, **USAGE}


@pytest.mark.parametrize("dialect", [LlamaCpp(), LiteLLM(), NoUsage()], ids=lambda one: type(one).__name__)
async def test_they_ignore_what_they_do_not_know(box: Sandbox, ai: AsyncOpenAI, dialect: Dialect) -> None:
    """These servers ignore parameters that they do not know (llama.cpp, server-common.cpp; LiteLLM)."""
    box.model.speaks(dialect)
    box.model.replies_with("one two")
    found = await chunks(ai, colour="red", **NEW)
    assert text_of(found) == "one two"
    assert not any("obfuscation" in one for one in found if one)


async def test_a_request_is_answered_by_the_server_that_it_reached(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A request is answered in the dialect that the server spoke when it arrived (the sandbox's own promise)."""
    box.model.pace(first_seconds=0.05)
    box.model.delays(0.05)
    async with asyncio.TaskGroup() as group:
        under_way = group.create_task(posted(ai))
        await box.until(lambda: bool(box.model.requests))
        box.model.speaks(Unfinished(says_done=False))
    response = under_way.result()
    assert "openai-version" in response.headers
    assert (await response.aread()).endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    "body", [{"reasoning_effort": "weird"}, {"max_completion_tokens": "many"}, {"stream_options": {"x": 1}}]
)
async def test_what_is_new_is_not_looked_at(box: Sandbox, ai: AsyncOpenAI, body: dict[str, object]) -> None:
    """Servers ignore bad values of parameters that they do not know, and refuse those of old ones (LiteLLM)."""
    box.model.speaks(LiteLLM())
    assert await ai.post("/chat/completions", body={"model": MODEL, "messages": [USER], **body}, cast_to=object)
    assert (await error_of(ai, temperature="hot")).status_code == 400


NAMES = ("prompt_cache_key", "safety_identifier", "max_completion_tokens", "stream_options")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", Shape)
async def test_strict_servers_name_what_they_refuse(box: Sandbox, ai: AsyncOpenAI, shape: Shape, name: str) -> None:
    """A strict server names the parameter that it refuses, in every shape (public reports: see the dialect)."""
    box.model.speaks(Strict(shape))
    error = await error_of(ai, **{name: NEW[name]}, stream=True)
    assert error.status_code in {400, 422}
    assert name in error.response.text
    assert await ask(ai)


SHAPES: list[tuple[Shape, int, object]] = [
    (
        Shape.AZURE,
        400,
        {
            "error": {
                "code": "unrecognized_request_argument",
                "message": "Unrecognized request argument supplied: user",
                "param": None,
                "type": None,
            }
        },
    ),
    (
        Shape.PYDANTIC,
        422,
        {
            "detail": [
                {
                    "type": "extra_forbidden",
                    "loc": ["body", "user"],
                    "msg": "Extra inputs are not permitted",
                    "input": "u",
                }
            ]
        },
    ),
    (
        Shape.NIM,
        400,
        {"error": {"message": "Validation: Unsupported parameter(s): `user`", "type": "Bad Request", "code": 400}},
    ),
    (
        Shape.NIM_TEXT,
        400,
        {
            "error": "[{'type': 'extra_forbidden', 'loc': ('body', 'user'), "
            "'msg': 'Extra inputs are not permitted', 'input': 'u'}]"
        },
    ),
    (Shape.TEXT, 400, 'unknown field: "user"'),
]


@pytest.mark.parametrize(("shape", "status", "body"), SHAPES)
async def test_each_shape_is_the_reported_one(
    box: Sandbox, ai: AsyncOpenAI, shape: Shape, status: int, body: object
) -> None:
    """Each shape of refusal has the status and the body that were reported.

    (public reports: vectorize-io/hindsight 3518, BerriAI/litellm 11696, router-for-me/CLIProxyAPI 4149, sipeed/picoclaw 1019)
    """
    box.model.speaks(Strict(shape, accepts=frozenset({"model", "messages"})))
    error = await error_of(ai, user="u")
    assert (error.status_code, body_of(error)) == (status, body)


async def test_what_a_strict_server_accepts_is_a_setting(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A strict server accepts the parameters that it is set to accept, and no others (measured)."""
    box.model.speaks(Strict(accepts=frozenset({"model", "messages", "stream", "prompt_cache_key"})))
    assert text_of(await chunks(ai, prompt_cache_key="x"))
    assert (await error_of(ai, max_tokens=1)).status_code == 400


async def test_a_server_may_never_tell_the_usage(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A server without usage tells none, streamed or not (measured: llama-cpp-python)."""
    box.model.speaks(NoUsage())
    assert not any("usage" in one for one in await chunks(ai, **USAGE) if one)
    done = await ai.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "x"}])
    assert done.usage is None


@pytest.mark.parametrize("says_done", [True, False])
async def test_a_stream_may_end_without_a_reason(box: Sandbox, ai: AsyncOpenAI, *, says_done: bool) -> None:
    """An unfinished stream ends without a reason, with or without `[DONE]` (public report: waybarrios/vllm-mlx 628)."""
    box.model.speaks(Unfinished(says_done=says_done))
    box.model.replies_with("one two")
    found = await chunks(ai)
    assert text_of(found) == "one two"
    assert not any(one["choices"][0]["finish_reason"] for one in found if one)
    assert (found[-1] is None) is says_done


@pytest.mark.parametrize(
    ("dialect", "status", "code", "told"),
    [
        (Dialect(), 429, "rate_limit_exceeded", "retry-after"),
        (Dialect(), 503, None, "retry-after"),
        (Dialect(), 429, "insufficient_quota", None),
        (Dialect(), 500, None, None),
        (LiteLLM(), 503, None, "llm_provider-retry-after"),
        (LlamaCpp(), 503, None, None),
        (NoUsage(), 429, None, None),
    ],
)
async def test_some_servers_say_when_to_come_back(
    box: Sandbox, ai: AsyncOpenAI, *, dialect: Dialect, status: int, code: str | None, told: str | None
) -> None:
    """OpenAI says with 429 and 503 when to come back, LiteLLM hides it, and servers at home say nothing.

    (OpenAI's documentation, "Rate limits"; BerriAI/litellm 21553; measured: llama.cpp)
    """
    box.model.speaks(dialect)
    box.model.fails(status, code=code)
    headers = (await error_of(ai)).response.headers
    assert [name for name in headers if name.endswith("retry-after")] == ([told] if told else [])
