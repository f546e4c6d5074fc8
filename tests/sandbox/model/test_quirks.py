"""Streams of unusual form that are valid."""

import pytest
from openai import AsyncOpenAI

from bot.sandbox import Outcome, Quirk, Sandbox
from tests.sandbox.model.asking import chunks, posted, raw, stream, text_of

TEXT = "plain ünd 日本 👩‍👩‍👧 words"


@pytest.mark.parametrize("quirk", Quirk)
async def test_the_text_is_the_same(box: Sandbox, ai: AsyncOpenAI, quirk: Quirk) -> None:
    """A stream with any quirk has the same text, by the SDK and without (HTML standard, "Server-sent events")."""
    box.model.replies_with(TEXT, TEXT)
    box.model.writes(quirk, times=2)
    texts = [chunk.choices[0].delta.content or "" async for chunk in await stream(ai)]
    assert "".join(texts) == TEXT
    found = await chunks(ai)
    assert text_of(found) == TEXT
    assert found[-1] is None
    request = box.model.requests[1]
    assert (request.outcome, request.text, request.completion_tokens) == (Outcome.ANSWERED, TEXT, request.reply_tokens)


async def test_comments_keep_a_connection_alive(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream with comments has them between its events (HTML standard, "Server-sent events": lines that start with a colon)."""
    box.model.writes(Quirk.COMMENTS)
    assert b"\n\n: keep-alive\n\ndata: " in await raw(ai)


async def test_lines_may_end_in_cr_and_lf(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream can end its lines in CR and LF (HTML standard, "Server-sent events": end-of-line)."""
    box.model.writes(Quirk.CRLF)
    assert b"\r\n\r\ndata: [DONE]\r\n\r\n" in await raw(ai)


async def test_packets_end_where_they_like(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream can end packets in the middle of a character (TCP is a stream of bytes)."""
    box.model.replies_with("日" * 20)
    box.model.writes(Quirk.SPLIT)
    response = await posted(ai)
    packets = [packet async for packet in response.aiter_raw()]
    assert any("�" in packet.decode(errors="replace") for packet in packets)
    assert b"".join(packets).decode()


async def test_all_events_may_come_in_one_packet(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream can send all events in one packet (TCP is a stream of bytes)."""
    box.model.replies_with("one two three")
    box.model.pace(tokens_per_second=50)
    box.model.writes(Quirk.ONE_PACKET)
    response = await posted(ai)
    packets = [packet async for packet in response.aiter_raw()]
    assert max(packet.count(b"data: ") for packet in packets) == 6


async def test_unknown_fields_are_to_be_ignored(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream can have an unknown field in every chunk (OpenAI's API reference, "Backwards compatibility")."""
    box.model.writes(Quirk.UNKNOWN_FIELD)
    assert all("x_unknown" in one for one in (await chunks(ai))[:-1])


async def test_a_delta_may_be_null(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream can have deltas whose content is null.

    (OpenAPI document, ChatCompletionStreamResponseDelta: content may be null)
    """
    box.model.replies_with("one two")
    box.model.writes(Quirk.NULL_DELTA)
    deltas = [one["choices"][0]["delta"] for one in (await chunks(ai))[:-1]]
    assert [delta["content"] for delta in deltas[:-1]] == ["", "one", None, " two", None]


@pytest.mark.unmeasured
async def test_a_chunk_may_be_enormous(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream can have the whole text in one chunk (public report: jakobdylanc/llmcord 84)."""
    text = "many words " * 13_000  # more than the 128 KiB that aiohttp reads as a line
    box.model.replies_with(text)
    box.model.writes(Quirk.ONE_CHUNK)
    found = await chunks(ai)
    assert found[1]["choices"][0]["delta"]["content"] == text
    assert len(found) == 4


@pytest.mark.parametrize(
    ("quirk", "mark"),
    [
        (Quirk.CR, b"\r\rdata: [DONE]\r\r"),
        (Quirk.NO_SPACE, b"\n\ndata:[DONE]\n\n"),
        (Quirk.SEVERAL_LINES, b'\ndata:  "choices": [\ndata:   {\n'),
    ],
)
async def test_events_have_other_forms(box: Sandbox, ai: AsyncOpenAI, quirk: Quirk, mark: bytes) -> None:
    """A stream can end lines in CR, leave out the space, and have several lines of data in an event.

    (HTML standard, "Server-sent events": end-of-line, interpreting an event stream)
    """
    box.model.writes(quirk)
    assert mark in await raw(ai)


async def test_a_byte_order_mark_may_come_first(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream can begin with a byte order mark (HTML standard, "Server-sent events": one leading mark is ignored)."""
    box.model.writes(Quirk.BYTE_ORDER_MARK)
    assert (await raw(ai)).startswith(b"\xef\xbb\xbfdata: {")


async def test_the_last_blank_line_may_be_missing(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream can end without a blank line (reports of servers that close behind the last event)."""
    box.model.writes(Quirk.NO_LAST_BLANK_LINE)
    assert (await raw(ai)).endswith(b"data: [DONE]")


async def test_each_chunk_may_have_a_finish_reason(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream can say with each chunk that it has stopped (public report: BerriAI/litellm 2195)."""
    box.model.writes(Quirk.EARLY_REASONS)
    assert {one["choices"][0]["finish_reason"] for one in (await chunks(ai))[:-1]} == {"stop"}


async def test_thoughts_may_come_before_the_text(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A stream can have thoughts in a field of their own before the text (DeepSeek's API reference, `reasoning_content`)."""
    box.model.writes(Quirk.THOUGHTS)
    keys = [next(iter(one["choices"][0]["delta"]), "") for one in (await chunks(ai))[:-1]]
    assert keys[:3] == ["role", "reasoning_content", "reasoning_content"]
    assert set(keys[3:-1]) == {"content"}
