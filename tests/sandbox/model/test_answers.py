"""Answers on the wire, by the openai SDK."""

import asyncio
import time

import pytest
from openai import AsyncOpenAI

from bot.sandbox import Outcome, Sandbox
from tests.sandbox.model.asking import drained, stream


async def test_a_stream_gives_the_reply_in_pieces(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A streamed reply comes in pieces (OpenAPI document, CreateChatCompletionStreamResponse)."""
    box.model.replies_with("one two three\u2028four\x85five 👩‍👩‍👧")
    chunks = [chunk async for chunk in await stream(ai)]
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert "".join(texts) == "one two three\u2028four\x85five 👩‍👩‍👧"
    assert len([text for text in texts if text]) > 5
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]


async def test_usage_comes_last_without_choices(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The usage comes in the last chunk, which has no choices (OpenAI's API reference, stream_options)."""
    chunks = [chunk async for chunk in await stream(ai, usage=True)]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == box.model.requests[0].completion_tokens
    assert chunks[0].usage is None


async def test_without_being_asked_there_is_no_usage(ai: AsyncOpenAI) -> None:
    """A stream has no usage where none is asked for (OpenAI's API reference, stream_options)."""
    assert all(chunk.usage is None for chunk in [chunk async for chunk in await stream(ai)])


async def test_a_token_limit_ends_the_answer(box: Sandbox, ai: AsyncOpenAI) -> None:
    """An answer that reaches its token limit is cut and ends with `length` (OpenAPI document, finish_reason)."""
    box.model.replies_with("one two three four five")
    chunks = [chunk async for chunk in await stream(ai, limit=3)]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "one two three"
    assert chunks[-1].choices[0].finish_reason == "length"
    assert box.model.requests[0].reply == "one two three"


async def test_a_whole_answer_is_the_streamed_one(box: Sandbox, ai: AsyncOpenAI) -> None:
    """An answer that is not streamed has the whole text and the usage (OpenAPI document, CreateChatCompletionResponse)."""
    box.model.replies_with("the same")
    done = await ai.chat.completions.create(model="gpt-5.4-mini", messages=[{"role": "user", "content": "hello"}])
    assert (done.choices[0].message.content, done.choices[0].finish_reason) == ("the same", "stop")
    assert done.usage is not None
    assert done.usage.total_tokens == done.usage.prompt_tokens + 2


async def test_the_pace_is_kept(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The first token and those behind it come at the pace that was set."""
    box.model.replies_with("one two three four five")
    box.model.pace(first_seconds=0.1, tokens_per_second=50)
    began = time.perf_counter()
    arrived = [time.perf_counter() - began async for chunk in await stream(ai) if chunk.choices[0].delta.content]
    assert arrived[0] >= 0.1
    assert arrived[-1] >= 0.18
    request = box.model.requests[0]
    assert request.first_chunk_at is not None
    assert request.first_chunk_at - request.at >= 0.1


async def test_a_client_that_leaves_is_noticed(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A request whose client leaves is recorded as abandoned, with only a part of the reply sent."""
    box.model.pace(tokens_per_second=5)
    answer = await stream(ai)
    await anext(aiter(answer))
    await answer.close()
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)
    assert box.model.requests[0].text != box.model.requests[0].reply


async def test_answers_run_side_by_side(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Eight answers run at the same time."""
    box.model.pace(first_seconds=0.1)
    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(drained(ai))
    begun, ended = [[getattr(one, name) for one in box.model.requests] for name in ("at", "ended_at")]
    assert max(begun) < min(ended)


@pytest.mark.parametrize("stalls", [True, False])
async def test_the_sandbox_closes_while_an_answer_is_out(*, stalls: bool) -> None:
    """The sandbox closes although an answer is still under way."""
    async with (
        asyncio.timeout(30),
        Sandbox() as box,
        AsyncOpenAI(base_url=box.model.base_url, api_key=box.model.key, max_retries=0) as ai,
    ):
        box.model.stalls(after=1) if stalls else box.model.pace(tokens_per_second=0.1)
        answer = await stream(ai)
        await anext(aiter(answer))
        await answer.close()
