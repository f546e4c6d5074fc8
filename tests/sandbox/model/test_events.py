"""The bytes of a stream, as they are read without the SDK."""

import httpx2
import pytest
from openai import AsyncOpenAI

from bot.sandbox import Sandbox
from tests.sandbox.model.asking import OLD_MODEL, USER, chunks, raw, text_of


async def test_each_event_is_one_line_and_a_blank_one(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Each event is one line of data and a blank line (HTML standard, "Server-sent events"; recorded streams)."""
    box.model.replies_with("one two")
    *events, end = (await raw(ai)).split(b"\n\n")
    assert end == b""
    assert all(event.startswith(b"data: ") and b"\n" not in event for event in events)
    assert events[-1] == b"data: [DONE]"


async def test_text_is_utf_8_on_the_wire(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Text is UTF-8 on the wire and not escaped, with the line separators of Unicode in it (measured)."""
    text = "日本 👩‍👩‍👧 a\u2028b\u2029c\x85d"
    box.model.replies_with(text)
    body = await raw(ai)
    assert "日".encode() in body
    assert "\u2028".encode() in body
    box.model.replies_with(text)
    assert text_of(await chunks(ai)) == text


async def test_half_an_emoji_is_escaped(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Half an emoji, which cannot be UTF-8, is sent as an escape (measured)."""
    box.model.replies_with("a \ud83d b")
    assert text_of(await chunks(ai)) == "a \ud83d b"


async def test_the_first_chunk_brings_the_role_and_the_last_the_reason(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The first chunk has the role and no text, and the last the reason and no text (recorded streams)."""
    box.model.replies_with("one two")
    found = await chunks(ai)
    assert found[0]["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert [one["choices"][0]["finish_reason"] for one in found[:-1]] == [None, None, None, "stop"]
    assert found[-2]["choices"][0]["delta"] == {}
    assert len({one["id"] for one in found[:-1]}) == 1


async def test_usage_is_null_until_it_comes(ai: AsyncOpenAI) -> None:
    """The usage is null until the last chunk where it is asked for, and missing where not.

    (OpenAI's API reference, stream_options; recorded streams)
    """
    found = await chunks(ai, stream_options={"include_usage": True})
    assert all(one["usage"] is None for one in found[:-2])
    assert found[-2]["choices"] == []
    assert found[-2]["usage"]["total_tokens"] > 0
    assert "usage" not in (await chunks(ai))[0]


@pytest.mark.parametrize("declined", [True, False])
async def test_chunks_are_padded_unless_that_is_declined(ai: AsyncOpenAI, *, declined: bool) -> None:
    """Chunks are padded unless `include_obfuscation` is false (OpenAPI document, include_obfuscation)."""
    options = {"stream_options": {"include_obfuscation": False}} if declined else {}
    found = await chunks(ai, **options)
    assert all(("obfuscation" in one) is not declined for one in found[:-1])


async def test_several_choices_come_side_by_side(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Several choices come side by side, each with its index and its reason (OpenAPI document, `n`)."""
    box.model.replies_with("one two")
    found = await chunks(ai, n=2, stream_options={"include_usage": True})
    for index in (0, 1):
        mine = [one["choices"][0] for one in found[:-2] if one["choices"][0]["index"] == index]
        assert "".join(one["delta"].get("content") or "" for one in mine) == "one two"
        assert mine[-1]["finish_reason"] == "stop"
    assert found[-2]["usage"]["completion_tokens"] == 4
    box.model.replies_with("one two")
    whole = await ai.chat.completions.create(model=OLD_MODEL, messages=[{"role": "user", "content": "x"}], n=3)
    assert [choice.index for choice in whole.choices] == [0, 1, 2]


@pytest.mark.parametrize("stop", ["three", ["never", "three"]])
async def test_a_stop_text_ends_the_answer_and_is_not_sent(
    box: Sandbox, ai: AsyncOpenAI, stop: str | list[str]
) -> None:
    """A stop text ends the answer and is not sent (OpenAPI document, `stop`)."""
    box.model.replies_with("one two three four")
    found = await chunks(ai, model=OLD_MODEL, stop=stop)
    assert text_of(found) == "one two "
    assert found[-2]["choices"][0]["finish_reason"] == "stop"


async def test_a_full_context_ends_the_answer(box: Sandbox, ai: AsyncOpenAI) -> None:
    """An answer that fills the context is cut and ends with `length`.

    (OpenAI's documentation, "Conversation state": managing the context window)
    """
    box.model.replies_with("one two three four")
    box.model.context_tokens = 3 + 3 + 2 + 2
    found = await chunks(ai)
    assert text_of(found) == "one two"
    assert found[-2]["choices"][0]["finish_reason"] == "length"


async def test_the_same_seed_gives_the_same_answer_by_the_same_system(ai: AsyncOpenAI) -> None:
    """The same seed gives the same answer and the same `system_fingerprint` (OpenAPI document, `seed`, `system_fingerprint`)."""
    one, other = [await chunks(ai, seed=7) for _ in range(2)]
    assert text_of(one) == text_of(other)
    assert one[0]["system_fingerprint"] == other[0]["system_fingerprint"]


async def test_headers_tell_about_request_and_limits(ai: AsyncOpenAI) -> None:
    """The headers tell the request id, the time of processing and the limits.

    (OpenAI's documentation, "Debugging requests", "Rate limits")
    """
    body = {"model": "gpt-5.4-mini", "messages": [USER], "stream": True}
    response = await ai.post("/chat/completions", body=body, cast_to=httpx2.Response, stream=True)
    await response.aread()
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["x-request-id"].startswith("req_")
    assert int(response.headers["openai-processing-ms"]) >= 0
    limits = {name for name in response.headers if name.startswith("x-ratelimit-")}
    assert limits == {
        f"x-ratelimit-{kind}-{of}" for kind in ("limit", "remaining", "reset") for of in ("requests", "tokens")
    }
