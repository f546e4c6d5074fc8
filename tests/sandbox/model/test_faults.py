"""Faults of the model, as the openai SDK meets them and as a reader of the raw stream does."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from bot.sandbox import Outcome, Sandbox
from tests.sandbox.model.asking import ask, chunks, drained, posted, raw, stream, text_of


async def test_a_status_has_the_shape_of_openais_errors(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A failure has the shape of OpenAI's errors, with its status and code (OpenAPI document, ErrorResponse)."""
    box.model.fails(429, code="rate_limit_exceeded", message="Slow down.")
    with pytest.raises(openai.RateLimitError) as caught:
        await ask(ai)
    assert (caught.value.code, caught.value.type) == ("rate_limit_exceeded", "requests")
    assert caught.value.request_id
    assert box.model.requests[0].outcome is Outcome.REFUSED
    assert await ask(ai)


async def test_a_spent_quota_is_a_429_of_its_own(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A spent quota is a 429 with a code and a type of its own (public report: langchain-ai/langchainjs 1929)."""
    box.model.fails(429, code="insufficient_quota")
    with pytest.raises(openai.RateLimitError) as caught:
        await ask(ai)
    assert (caught.value.code, caught.value.type) == ("insufficient_quota", "insufficient_quota")


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after-ms": "1"},
        {"retry-after": "0.001"},
        {"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)},
        {},
    ],
)
async def test_the_sdk_retries_as_the_headers_say(box: Sandbox, ai: AsyncOpenAI, headers: dict[str, str]) -> None:
    """The SDK asks again after a 429, with every form of Retry-After (openai 3.52, _base_client.py)."""
    box.model.fails(429, headers=headers, times=1)
    assert await ask(ai.with_options(max_retries=2))
    assert [request.status for request in box.model.requests] == [429, 200]


async def test_the_body_can_be_anything(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The body of a failure can be any JSON (measured)."""
    box.model.fails(422, body={"detail": "no"})
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        await ask(ai)
    assert caught.value.body == {"detail": "no"}
    box.model.fails(400, body="no")
    with pytest.raises(openai.BadRequestError) as text:
        await ask(ai)
    assert text.value.response.json() == "no"


async def test_a_proxys_page_comes_as_it_is(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A raw answer, such as a proxy's page, is sent with its status and content type (public reports of 502 from nginx)."""
    box.model.answers_raw("<html><h1>502 Bad Gateway</h1></html>", status=502, content_type="text/html")
    with pytest.raises(openai.InternalServerError) as caught:
        await ask(ai)
    assert caught.value.response.headers["content-type"] == "text/html"
    assert box.model.requests[0].outcome is Outcome.REFUSED


async def test_half_a_json_is_sent_as_if_it_were_whole(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Half a JSON object is sent with status 200, and the SDK raises JSONDecodeError (measured)."""
    box.model.answers_raw('{"id": "chatcmpl-1", "choi')
    with pytest.raises(json.JSONDecodeError):
        await ask(ai)


async def test_an_empty_200_raises_nothing(box: Sandbox, ai: AsyncOpenAI) -> None:
    """An empty answer with status 200 is a stream without chunks, and the SDK raises nothing (measured)."""
    box.model.answers_raw(b"", content_type="text/event-stream")
    assert [chunk async for chunk in await stream(ai)] == []
    assert box.model.requests[0].outcome is Outcome.BROKEN


async def test_a_reset_before_the_answer_spends_nothing(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A reset before the answer spends no tokens, and the next request is answered (openai 3.52, _base_client.py)."""
    box.model.resets()
    with pytest.raises(openai.APIConnectionError):
        await ask(ai)
    assert box.model.requests[0].prompt_tokens == 0
    assert await ask(ai)


async def test_a_server_that_is_away_resets_everything(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A forwarded port that nobody listens behind resets what is asked on it, the list of models too (TCP, RFC 9293: RST)."""
    box.model.goes_away()
    with pytest.raises(openai.APIConnectionError):
        await ask(ai)
    with pytest.raises(openai.APIConnectionError):
        await ai.models.list()
    assert box.model.requests == []
    box.model.comes_back()
    assert await ask(ai)


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_reset_and_a_close_are_told_apart(box: Sandbox, ai: AsyncOpenAI, *, carried_out: bool) -> None:
    """A reset and an orderly close raise different errors in the client (TCP, RFC 9293: RST and FIN)."""
    box.model.resets(carried_out=carried_out)
    box.model.hangs_up(carried_out=carried_out)
    causes: list[BaseException | None] = []
    for _ in range(2):
        with pytest.raises(openai.APIConnectionError) as caught:
            await ask(ai)
        causes.append(caught.value.__cause__)
    assert isinstance(causes[0], httpx2.ReadError)
    assert isinstance(causes[1], httpx2.RemoteProtocolError)
    assert "Server disconnected" in str(causes[1])
    assert all(request.outcome is Outcome.BROKEN for request in box.model.requests)


async def test_a_cut_stream_is_a_reset(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream that is cut ends in a reset (TCP, RFC 9293: RST)."""
    box.model.cuts_after(1)
    response = await posted(ai)
    with pytest.raises(httpx2.ReadError):
        [piece async for piece in response.aiter_bytes()]


async def test_what_was_sent_before_a_cut_arrives(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Everything that was sent before a cut arrives (Linux, tcp(7))."""
    box.model.replies_with("word " * 20_000)
    box.model.cuts_after(15_000)
    response = await posted(ai)
    got = bytearray()

    async def read() -> None:
        async for piece in response.aiter_raw():
            got.extend(piece)

    with pytest.raises(httpx2.ReadError):
        await read()
    assert got.count(b'"content":" word"') == 14_999


async def test_a_lost_answer_is_spent_all_the_same(box: Sandbox, ai: AsyncOpenAI) -> None:
    """An answer that is lost on its way spends its tokens (OpenAI's documentation, "Pricing": tokens are billed as generated)."""
    box.model.replies_with("lost", "found")
    box.model.resets(carried_out=True)
    with pytest.raises(openai.APIConnectionError):
        await ask(ai)
    request = box.model.requests[0]
    assert (request.reply, request.usage["completion_tokens"], request.text) == ("lost", 1, "")
    assert await ask(ai) == "found"


async def test_a_cut_breaks_the_stream_after_so_many_chunks(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A cut breaks the stream after the ordered number of chunks (measured)."""
    box.model.replies_with("one two three four")
    box.model.cuts_after(2)
    got: list[str] = []
    with pytest.raises(openai.APIConnectionError):
        await drained(ai, got)
    assert "".join(got) == "one two"
    assert box.model.requests[0].outcome is Outcome.BROKEN


async def test_a_stall_sends_nothing_more(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stalled stream sends nothing more until the client leaves (measured)."""
    box.model.stalls(after=1)
    impatient = ai.with_options(timeout=0.2)
    with pytest.raises((openai.APITimeoutError, openai.APIConnectionError)):
        await drained(impatient)
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)
    assert box.model.requests[0].completion_tokens == 1


@pytest.mark.parametrize("streams", [True, False])
async def test_a_stall_may_come_before_the_status_line(box: Sandbox, ai: AsyncOpenAI, *, streams: bool) -> None:
    """A stall before the headers sends no status line either (public report: BerriAI/litellm 38358)."""
    box.model.stalls(before_headers=True)
    with pytest.raises(openai.APITimeoutError):
        await (stream(ai.with_options(timeout=0.1)) if streams else ask(ai.with_options(timeout=0.1)))
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)


async def test_a_trickle_is_one_more_token_and_then_silence(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A trickle sends one more token after its pause, and then nothing (measured)."""
    box.model.replies_with("one two three four")
    box.model.trickles(after=1, pause=0.05)
    response = await posted(ai.with_options(timeout=0.3))
    pieces: list[bytes] = []
    with pytest.raises(httpx2.ReadTimeout):
        pieces.extend([piece async for piece in response.aiter_bytes()])
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)
    assert box.model.requests[0].text == "one two"


async def test_a_trickle_may_begin_with_silence(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A trickle can begin before the first token, which it sends after its pause (measured)."""
    box.model.replies_with("one two three four")
    box.model.trickles(after=0, pause=0.01)
    response = await posted(ai)
    async for _ in response.aiter_bytes():
        if box.model.requests[0].text:
            break
    await response.aclose()
    assert box.model.requests[0].text == "one"


@pytest.mark.parametrize(("after", "expected"), [(0, 0), (2, 3), (100, 5)])
async def test_an_early_end_raises_nothing(box: Sandbox, ai: AsyncOpenAI, after: int, expected: int) -> None:
    """A stream that ends early has no finish reason, and the SDK raises nothing (measured)."""
    box.model.replies_with("one two three four")
    box.model.ends_early(after=after)
    chunks = [chunk async for chunk in await stream(ai)]
    assert len(chunks) == expected
    assert all(chunk.choices[0].finish_reason is None for chunk in chunks)


async def test_an_early_end_may_say_that_it_is_the_end(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream that ends early can have `[DONE]` at its end, and no finish reason (public report: waybarrios/vllm-mlx 628)."""
    box.model.ends_early(after=1, says_done=True)
    found = await chunks(ai)
    assert found[-1] is None
    assert all(one["choices"][0]["finish_reason"] is None for one in found[:-1])


async def test_an_error_event_breaks_the_stream(box: Sandbox, ai: AsyncOpenAI) -> None:
    """An error event raises APIError in the SDK, with its code and message (openai 3.52, _streaming.py)."""
    box.model.errors_after(1, code="overloaded", message="Too busy")
    with pytest.raises(openai.APIError, match="Too busy") as caught:
        await drained(ai)
    assert caught.value.code == "overloaded"
    assert box.model.requests[0].completion_tokens == 1


@pytest.mark.parametrize(
    "body",
    [{"error": "boom"}, {"error": {"message": "boom", "code": 500}}, {"error": {"message": "boom", "code": "500"}}],
)
async def test_an_error_event_can_be_anything(box: Sandbox, ai: AsyncOpenAI, body: object) -> None:
    """An error event can have any body: a text, a number as code, or a number in a text (measured)."""
    box.model.errors_after(1, body=body)
    assert (await chunks(ai))[-1] == body


async def test_a_garbled_event_is_no_json(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A garbled event raises JSONDecodeError in the SDK, behind the text before it (measured)."""
    box.model.replies_with("one two three")
    box.model.garbles(after=1)
    got: list[str] = []
    with pytest.raises(json.JSONDecodeError):
        await drained(ai, got)
    assert "".join(got) == "one"
    box.model.garbles(after=1)
    assert (await raw(ai)).endswith(b"data: [DONE]\n\n")


async def test_a_delay_comes_before_the_status_line(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A delay comes before the status line (measured)."""
    box.model.delays(5)
    with pytest.raises(openai.APITimeoutError):
        await ask(ai.with_options(timeout=0.1))
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)


@pytest.mark.parametrize("streams", [True, False])
async def test_a_content_filter_ends_the_answer(box: Sandbox, ai: AsyncOpenAI, *, streams: bool) -> None:
    """A content filter cuts the answer, which ends with `content_filter` (OpenAPI document, finish_reason)."""
    box.model.replies_with("one two three")
    box.model.filters(after=2)
    if streams:
        found = await chunks(ai)
        assert (text_of(found), found[-2]["choices"][0]["finish_reason"]) == ("one two", "content_filter")
    else:
        done = await ai.chat.completions.create(model="gpt-6", messages=[{"role": "user", "content": "x"}])
        assert (done.choices[0].message.content, done.choices[0].finish_reason) == ("one two", "content_filter")


@pytest.mark.parametrize("streams", [True, False])
async def test_a_refusal_stands_in_its_own_field(box: Sandbox, ai: AsyncOpenAI, *, streams: bool) -> None:
    """A refusal stands in `refusal`, and `content` is empty (OpenAPI document, ChatCompletionResponseMessage)."""
    box.model.declines("I will not.")
    if streams:
        deltas = [one["choices"][0]["delta"] for one in (await chunks(ai))[:-1]]
        assert "".join(delta.get("refusal") or "" for delta in deltas) == "I will not."
        assert not any(delta.get("content") for delta in deltas)
    else:
        done = await ai.chat.completions.create(model="gpt-6", messages=[{"role": "user", "content": "x"}])
        assert (done.choices[0].message.content, done.choices[0].message.refusal) == (None, "I will not.")


@pytest.mark.parametrize("fault", ["cut", "end"])
async def test_whole_answers_break_too(box: Sandbox, ai: AsyncOpenAI, fault: str) -> None:
    """A cut and an early end break the connection of an answer that is not streamed (measured)."""
    orders: dict[str, Callable[[], None]] = {
        "cut": lambda: box.model.cuts_after(1),
        "end": box.model.ends_early,
    }
    orders[fault]()
    with pytest.raises(openai.APIConnectionError):
        await ask(ai)
    assert box.model.requests[0].outcome is Outcome.BROKEN


async def test_a_whole_answer_with_an_error_is_a_500(box: Sandbox, ai: AsyncOpenAI) -> None:
    """An error in an answer that is not streamed is a 500 (OpenAPI document, ErrorResponse)."""
    box.model.errors_after(1, message="Too busy")
    with pytest.raises(openai.InternalServerError, match="Too busy"):
        await ask(ai)


async def test_a_whole_answer_can_be_garbled(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A garbled answer that is not streamed is no JSON (measured)."""
    box.model.garbles()
    with pytest.raises(json.JSONDecodeError):
        await ask(ai)


async def test_a_whole_answer_stalls_until_the_client_leaves(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stalled answer that is not streamed sends nothing until the client leaves (measured)."""
    box.model.stalls()
    with pytest.raises(openai.APITimeoutError):
        await ask(ai.with_options(timeout=0.1))
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)
