"""llama.cpp's server, in the sandbox. Sources: its tools/server, and what build b11434 was seen to send."""

import asyncio
from typing import Any

import aiohttp
import openai
import pytest
from openai import AsyncOpenAI

from bot.sandbox import LlamaCpp, Outcome, Sandbox
from tests.sandbox.model.asking import MODEL, PICTURE, USER, ask, body_of, chunks, drained, error_of, posted

USAGE = {"stream_options": {"include_usage": True}}
IMAGE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": PICTURE}}]}


async def test_llama_cpp_counts_what_is_too_long(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp's error of a prompt that is too long names its tokens and the context.

    (llama.cpp, server-context.cpp, server-task.cpp)
    """
    box.model.speaks(LlamaCpp())
    box.model.context_tokens = 8
    error = await error_of(ai)
    assert error.status_code == 400
    assert body_of(error)["error"] == {
        "code": 400,
        "message": "request (10 tokens) exceeds the available context size (8 tokens), try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 10,
        "n_ctx": 8,
    }


async def test_llama_cpp_repeats_the_status_as_a_number(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp's errors have the status as a numeric code, and no `param` (llama.cpp, server-common.cpp)."""
    box.model.speaks(LlamaCpp())
    error = await error_of(ai, messages="x")
    assert body_of(error)["error"].keys() == {"code", "message", "type"}
    assert body_of(error)["error"]["code"] == 400


@pytest.mark.parametrize("usage", [True, False])
async def test_llama_cpp_ends_with_timings(box: Sandbox, ai: AsyncOpenAI, *, usage: bool) -> None:
    """llama.cpp's last chunk has timings, and usage only where it is asked for (llama.cpp, server-task.cpp)."""
    box.model.speaks(LlamaCpp())
    found = await chunks(ai, **(USAGE if usage else {}))
    assert found[0]["choices"][0]["delta"] == {"role": "assistant", "content": None}
    assert ["timings" in one for one in found[:-1]].index(True) == len(found) - 2
    assert ("usage" in found[-2]) is usage
    assert (found[-2]["choices"] == []) is usage


async def test_llama_cpp_serves_its_model_under_any_name(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp serves its model under any name (llama.cpp, server-common.cpp)."""
    box.model.speaks(LlamaCpp())
    assert await ask(ai, model="whatever")


async def test_llama_cpp_refuses_pictures_as_its_own_fault(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp refuses pictures with a 500 unless its model sees images (llama.cpp, server-common.cpp: runtime_error)."""
    box.model.speaks(LlamaCpp())
    error = await error_of(ai, messages=[IMAGE])
    assert error.status_code == 500
    assert "image input is not supported" in body_of(error)["error"]["message"]
    box.model.speaks(LlamaCpp(sees_images=True))
    broken = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}
    error = await error_of(ai, messages=[broken])
    assert (error.status_code, body_of(error)["error"]["message"]) == (400, "Failed to load image or audio file")
    assert await ai.post("/chat/completions", body={"model": MODEL, "messages": [IMAGE]}, cast_to=object)


async def test_llama_cpp_is_not_there_while_it_loads(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp answers 503 to questions and to a list of models while it loads (llama.cpp, server-http.cpp)."""
    dialect = LlamaCpp(loading=True)
    box.model.speaks(dialect)
    error = await error_of(ai)
    assert (error.status_code, body_of(error)["error"]["type"]) == (503, "unavailable_error")
    assert body_of(error)["error"]["message"] == "Loading model"
    with pytest.raises(openai.InternalServerError):
        await ai.models.list()
    dialect.loading = False
    assert await ask(ai)


async def test_llama_cpp_needs_its_key_for_everything_but_its_health(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp refuses a wrong key with its own type, for a question and for its models (b11434, measured)."""
    box.model.speaks(LlamaCpp())
    box.model.key = "right"
    error = await error_of(ai)
    assert (error.status_code, body_of(error)["error"]["type"]) == (401, "authentication_error")
    with pytest.raises(openai.AuthenticationError):
        await ai.models.list()
    listed = await ai.with_options(api_key="right").models.list()
    assert listed.data[0].owned_by == "llamacpp"


async def test_llama_cpp_lists_its_model_twice(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp lists its model as Ollama does and then as OpenAI does, with seven figures of its file (b11434, measured)."""
    box.model.speaks(LlamaCpp())
    listed = (await ai.models.with_raw_response.list()).http_response.json()
    assert list(listed) == ["models", "object", "data"]
    (model,) = listed["data"]
    assert {"aliases", "architecture", "meta"} <= model.keys()
    assert len(model["meta"]) == 7


@pytest.mark.parametrize(
    "body",
    [
        {"temperature": 99},
        {"messages": [{"role": "stranger", "content": "x"}]},
        {"messages": []},
        {"max_tokens": 0},
        {"stop": {"a": 1}},
    ],
)
async def test_llama_cpp_takes_what_others_refuse(box: Sandbox, ai: AsyncOpenAI, body: dict[str, Any]) -> None:
    """llama.cpp answers requests with values that OpenAI refuses (b11434, measured)."""
    box.model.speaks(LlamaCpp())
    whole: dict[str, Any] = {"model": MODEL, "messages": [USER]} | body
    assert await ai.post("/chat/completions", body=whole, cast_to=object)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"messages": [', "[json.exception.parse_error.101] parse error at line 1, column 15"),
        (b"[]", "[json.exception.parse_error.101] parse error at line 1, column 1"),
        (
            b'{"messages": [], "max_tokens": "many"}',
            "[json.exception.type_error.302] type must be number, but is string",
        ),
        (b'{"messages": [], "max_tokens": -5}', "max_tokens"),
        (
            b'{"messages": [{"role": "user", "content": "half \\ud83d"}]}',
            "[json.exception.type_error.316] invalid UTF-8 byte",
        ),
    ],
)
async def test_llama_cpp_refuses_in_the_words_of_its_library(box: Sandbox, body: bytes, words: str) -> None:
    """llama.cpp answers 400 in nlohmann's words to what its library for JSON cannot take (b11434, measured)."""
    box.model.speaks(LlamaCpp())
    box.model.key = None
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{box.model.base_url}/chat/completions", data=body) as found,
    ):
        assert found.status == 400
        assert words in (await found.json())["error"]["message"]


async def test_llama_cpp_answers_under_its_own_name(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp's answers name its model whatever was asked for, and their choices stand first (b11434, measured)."""
    box.model.speaks(LlamaCpp())
    found = await chunks(ai, model="whatever")
    assert {one["model"] for one in found if one} == {box.model.models[0]}
    assert {next(iter(one)) for one in found[:-1]} == {"choices"}


async def test_llama_cpp_closes_behind_an_error(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp keeps a connection for five seconds, and closes it behind an error (b11434, measured)."""
    box.model.speaks(LlamaCpp())
    assert (await posted(ai)).headers["keep-alive"] == "timeout=5, max=100"
    assert (await error_of(ai, messages="x")).response.headers["connection"] == "close"


async def test_llama_cpp_ends_each_choice_by_itself(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp's two answers to one request end one after the other, each with its usage (b11434, measured)."""
    box.model.speaks(LlamaCpp())
    box.model.replies_with("word word")
    found = await chunks(ai, n=2, **USAGE)
    ends = [
        one["choices"][0]["finish_reason"] if one["choices"] else one["usage"]["completion_tokens"]
        for one in found[-5:-1]
    ]
    assert ends == ["stop", 4, "stop", 4]


async def test_llama_cpp_lets_requests_wait_for_a_slot(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp with one slot answers one request after the other (llama.cpp, server-context.cpp: deferred tasks)."""
    box.model.speaks(LlamaCpp(slots=1))
    box.model.pace(first_seconds=0.05)
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(drained(ai))
    begun = sorted(request.first_chunk_at or 0 for request in box.model.requests)
    ended = sorted(request.ended_at or 0 for request in box.model.requests)
    assert ended[0] <= begun[1]
    assert ended[1] <= begun[2]


async def test_llama_cpp_counts_only_what_it_knows(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp's usage has the cached tokens for its only detail (llama.cpp, server-task.cpp, usage_json_oaicompat)."""
    box.model.speaks(LlamaCpp())
    box.model.replies_with("one two", "one two")
    done = await ai.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hello"}])
    usage = {
        "completion_tokens": 3,
        "prompt_tokens": 10,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    assert done.usage is not None
    assert done.usage.to_dict() == usage
    assert (await chunks(ai, **USAGE))[-2]["usage"] == usage


async def test_llama_cpp_names_the_characters_of_its_json(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp's JSON has a content type with a charset (llama.cpp, server-http.cpp)."""
    box.model.speaks(LlamaCpp())
    answered = await ai.models.with_raw_response.list()
    assert answered.headers["content-type"] == "application/json; charset=utf-8"
    error = await error_of(ai, messages="x")
    assert error.response.headers["content-type"] == "application/json; charset=utf-8"
    assert (await posted(ai)).headers["content-type"] == "text/event-stream"


async def test_llama_cpp_has_one_model_and_no_page_for_it(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp lists one model, and answers 404 where it is asked for by its name (llama.cpp, server.cpp: no such route)."""
    box.model.speaks(LlamaCpp())
    assert [model.id async for model in ai.models.list()] == box.model.models[:1]
    with pytest.raises(openai.NotFoundError) as caught:
        await ai.models.retrieve(box.model.models[0])
    assert body_of(caught.value)["error"] == {"message": "File Not Found", "type": "not_found_error", "code": 404}


async def test_llama_cpp_needs_no_version_in_the_address(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp answers without `/v1` in the address too (llama.cpp, server.cpp)."""
    box.model.speaks(LlamaCpp())
    assert await ask(ai.with_options(base_url=box.model.origin))
    assert [request.outcome for request in box.model.requests] == [Outcome.ANSWERED]


async def test_llama_cpp_tells_its_health_to_all(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp's `/health` tells without a key whether the model is loaded (llama.cpp, server-http.cpp)."""
    dialect = LlamaCpp(loading=True)
    box.model.speaks(dialect)
    stranger = ai.with_options(api_key="wrong")
    with pytest.raises(openai.InternalServerError):
        await stranger.get("/health", cast_to=object)
    dialect.loading = False
    assert await stranger.get("/health", cast_to=object) == {"status": "ok"}


async def test_llama_cpp_needs_messages_but_no_name_of_a_model(box: Sandbox, ai: AsyncOpenAI) -> None:
    """llama.cpp requires messages, and no model (llama.cpp, server-common.cpp, oaicompat_chat_params_parse)."""
    box.model.speaks(LlamaCpp())
    assert await ai.post("/chat/completions", body={"messages": [USER]}, cast_to=object)
    with pytest.raises(openai.BadRequestError, match="'messages' is required"):
        await ai.post("/chat/completions", body={"model": MODEL}, cast_to=object)
