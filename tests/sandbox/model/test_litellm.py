"""LiteLLM's proxy, in the sandbox. Source: what version 1.108.7 was seen to send in front of OpenAI's protocol."""

import aiohttp
import pytest
from openai import AsyncOpenAI

from bot.sandbox import LiteLLM, Sandbox
from tests.sandbox.model.asking import MODEL, body_of, chunks, error_of, posted

USAGE = {"stream_options": {"include_usage": True}}


async def test_litellm_puts_the_usage_beside_a_choice(box: Sandbox, ai: AsyncOpenAI) -> None:
    """LiteLLM sends the usage in a chunk with one empty choice (public report: BerriAI/litellm 8450)."""
    box.model.speaks(LiteLLM())
    found = await chunks(ai, **USAGE)
    assert found[-2]["choices"] == [{"index": 0, "delta": {}}]
    assert found[-2]["usage"]["completion_tokens"] > 0


async def test_litellm_wraps_what_is_too_long(box: Sandbox, ai: AsyncOpenAI) -> None:
    """LiteLLM's error of a prompt that is too long stands between its own words, in this order (1.108.7, measured)."""
    box.model.speaks(LiteLLM())
    box.model.context_tokens = 1
    error = await error_of(ai)
    assert (error.status_code, error.code, error.type, error.param) == (400, "400", "invalid_request_error", "messages")
    words = [
        "litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: OpenAIException - ",
        "maximum context length is 1 tokens",
        "\nmodel=sandbox. context_window_fallbacks=None",
        "LiteLLM: model group 'sandbox' failed with the error above. No fallback was attempted.",
    ]
    found = [body_of(error)["error"]["message"].index(one) for one in words]
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("status", "code", "kind", "name"),
    [
        (400, "invalid_value", "invalid_request_error", "litellm.BadRequestError: OpenAIException"),
        (401, "invalid_api_key", "authentication_error", "litellm.AuthenticationError: AuthenticationError"),
        (403, "model_not_found", "permission_error", "litellm.APIError: APIError"),
        (404, "model_not_found", "invalid_request_error", "litellm.NotFoundError: NotFoundError"),
        (408, None, "invalid_request_error", "litellm.Timeout: Timeout Error"),
        (429, "rate_limit_exceeded", "throttling_error", "litellm.RateLimitError: RateLimitError"),
        (429, "insufficient_quota", "throttling_error", "litellm.RateLimitError: RateLimitError"),
        (500, None, "internal_server_error", "litellm.InternalServerError: InternalServerError"),
        (503, None, "internal_server_error", "litellm.ServiceUnavailableError: ServiceUnavailableError"),
    ],
)
async def test_litellm_has_its_own_type_for_each_status(
    box: Sandbox, ai: AsyncOpenAI, *, status: int, code: str | None, kind: str, name: str
) -> None:
    """LiteLLM drops the provider's type and code, and keeps its words (1.108.7, measured)."""
    box.model.speaks(LiteLLM())
    box.model.fails(status, code=code, message="PROVIDER words")
    error = await error_of(ai)
    assert (error.status_code, error.code, error.type) == (status, str(status), kind)
    assert body_of(error)["error"]["message"].startswith(name)
    assert "PROVIDER words" in body_of(error)["error"]["message"]


@pytest.mark.parametrize(
    ("has_database", "status", "kind"), [(False, 400, "no_db_connection"), (True, 401, "token_not_found_in_db")]
)
async def test_litellm_takes_a_wrong_key_for_an_unknown_one(
    box: Sandbox, ai: AsyncOpenAI, *, has_database: bool, status: int, kind: str
) -> None:
    """LiteLLM answers 400 to a wrong key, 401 where it has a database, and falls over where there is none (1.108.7, measured)."""
    box.model.speaks(LiteLLM(has_database=has_database))
    box.model.key = "right"
    error = await error_of(ai)
    assert (error.status_code, error.type) == (status, kind)
    nobody = await error_of(ai.with_options(default_headers={"Authorization": ""}))
    assert (nobody.status_code, nobody.response.text) == (500, "Internal Server Error")
    assert nobody.response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("routes", "words"), [(False, "Invalid model name passed in model=gpt-0"), (True, "You passed in model=gpt-0")]
)
async def test_litellm_answers_400_to_an_unknown_model(
    box: Sandbox, ai: AsyncOpenAI, *, routes: bool, words: str
) -> None:
    """LiteLLM answers 400 to an unknown model (1.108.7, measured)."""
    box.model.speaks(LiteLLM(routes=routes))
    error = await error_of(ai, model="gpt-0")
    assert (error.status_code, error.code) == (400, "400")
    assert words in body_of(error)["error"]["message"]


async def test_litellm_hides_when_to_come_back(box: Sandbox, ai: AsyncOpenAI) -> None:
    """LiteLLM sends the provider's Retry-After under another name (public report: BerriAI/litellm 21553)."""
    box.model.speaks(LiteLLM())
    box.model.fails(429, code="rate_limit_exceeded", headers={"retry-after": "7"})
    error = await error_of(ai)
    assert "retry-after" not in error.response.headers
    assert error.response.headers["llm_provider-retry-after"] == "7"


async def test_litellm_ends_a_stream_with_its_own_error(box: Sandbox, ai: AsyncOpenAI) -> None:
    """LiteLLM's error in a stream has no type, a status as text, and nothing behind it (1.108.7, measured)."""
    box.model.speaks(LiteLLM())
    box.model.errors_after(1)
    error = (await chunks(ai))[-1]["error"]
    assert (error["type"], error["param"], error["code"]) == (None, None, "500")
    assert error["message"] == "litellm.APIConnectionError: APIConnectionError: OpenAIException - Internal error"


async def test_litellm_writes_bare_chunks(box: Sandbox, ai: AsyncOpenAI) -> None:
    """LiteLLM's chunks have a finish reason only at the end, its usage a cost, and its headers name it (1.108.7, measured)."""
    box.model.speaks(LiteLLM())
    found = await chunks(ai, **USAGE)
    assert found[0]["choices"][0]["delta"] == {"role": "assistant"}
    assert ["finish_reason" in one["choices"][0] for one in found[:-2]] == [False] * (len(found) - 3) + [True]
    assert found[-2]["usage"]["cost"] > 0
    assert found[-2]["usage"]["completion_tokens_details"].keys() == {"reasoning_tokens", "text_tokens"}
    headers = (await posted(ai)).headers
    assert headers["x-litellm-version"] == "1.108.7"
    assert headers["llm_provider-openai-version"] == "2020-10-01"


async def test_litellm_has_the_paths_of_its_framework(box: Sandbox) -> None:
    """LiteLLM answers elsewhere as its framework does, and tells its health and each of its models (1.108.7, measured)."""
    box.model.speaks(LiteLLM())
    box.model.key = None
    origin = box.model.origin
    async with aiohttp.ClientSession() as session:
        for method, path, status, words in (
            ("GET", "/nowhere", 404, '{"detail":"Not Found"}'),
            ("GET", "/v1/chat/completions", 405, '{"detail":"Method Not Allowed"}'),
            ("POST", "/v1/models", 405, '{"detail":"Method Not Allowed"}'),
            ("GET", f"/v1/models/{MODEL}", 200, f'{{"id":"{MODEL}"'),
            ("GET", "/health", 200, '{"healthy_endpoints":'),
        ):
            async with session.request(method, origin + path) as found:
                assert found.status == status
                assert (await found.text()).startswith(words)
        async with session.post(f"{box.model.base_url}/chat/completions", data=b"{") as found:
            assert (await found.json())["error"]["param"] == "request_body"
