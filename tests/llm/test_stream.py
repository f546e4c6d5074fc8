"""A streamed answer is read as it was sent, and a broken one is never taken for a whole."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.calls import Usage
from bot.chat.ports.model import Delta, Finish
from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelCutOff,
    ModelError,
    ModelOverloaded,
    ModelSilent,
    ModelTimedOut,
    ModelUnreachable,
)
from bot.llm.stream import Timeouts, read
from tests.llm.streams import DONE, PATIENT, TINY, event, received, sent, sse
from tests.timeless import timeless


async def test_an_answer_is_read_piece_by_piece() -> None:
    """Each piece of an answer is handed on as it comes, and an empty one is left out."""
    stream = [event("", None, id="x"), event("Hel"), event("lo"), event(None, "stop"), DONE]

    assert await received(*stream) == (["Hel", "lo"], Finish("stop", None))


ODD = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei\rj\nk \\n data: 👋 é"
WHOLE = b"".join(
    [b": ping\r\n\r\n", event("Grüße"), event(ODD), b"event: x\nid: 5\nretry: 1\n", event("data: [DONE]"), event(None, "stop"),
     sse({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}), DONE]
)  # rows of a table # fmt: skip


@given(st.lists(st.integers(0, len(WHOLE)), max_size=40), st.booleans())
@settings(max_examples=200, deadline=None)
@timeless
async def test_it_does_not_matter_how_the_network_cuts_the_bytes(cuts: list[int], crlf: bool) -> None:
    """The text is the same however the network cuts the bytes, with either kind of line ends."""
    whole = WHOLE.replace(b"\n", b"\r\n") if crlf else WHOLE
    bounds = [0, *sorted(cuts), len(whole)]
    chunks = [whole[start:end] for start, end in pairwise(bounds)]

    texts, end = await received(*chunks)
    assert "".join(texts) == f"Grüße{ODD}data: [DONE]"
    assert end == Finish("stop", Usage(prompt=3, completion=2))


@timeless
async def test_single_bytes_are_enough() -> None:
    """A stream that comes byte by byte is read as any other."""
    texts, end = await received(*[WHOLE[n : n + 1] for n in range(len(WHOLE))])

    assert (texts, end) == (["Grüße", ODD, "data: [DONE]"], Finish("stop", Usage(prompt=3, completion=2)))


async def test_what_comes_together_goes_on_together() -> None:
    """The events that one read of the network brings go on as one delta."""
    texts, end = await received(event("") + event("Hel") + event("lo,"), event(" you") + event("!", "stop") + DONE)

    assert (texts, end) == (["Hello,", " you!"], Finish("stop", None))


@dataclass
class Recorded:
    """Batches that only note what is expected: bytes, and milliseconds."""

    expected: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    closed: bool = False

    def expect(self, size: int, seconds: float) -> None:
        """Note a size."""
        self.expected.append((size, round(seconds * 1000)))

    def close(self) -> None:
        """Note the end."""
        self.closed = True


async def at_pace(seconds: float, *chunks: bytes) -> list[tuple[int, int]]:
    """The sizes and times that are expected after each of these chunks, which come at intervals of so many seconds."""

    async def stream() -> AsyncGenerator[bytes, None]:
        for chunk in chunks:
            yield chunk
            await asyncio.sleep(seconds)

    batches = Recorded()
    async for _ in read(stream(), replace(PATIENT, batch_seconds=0.5), batches=batches):
        pass
    assert batches.closed
    return batches.expected


SIZE = len(event("a"))


@timeless
async def test_a_stream_is_read_in_batches_of_a_few_tokens() -> None:
    """After each read, the bytes of two and a half tokens are collected, by the pace so far, and none behind the end."""
    expected = await at_pace(0.25, *[event("a")] * 7, event(None, "stop"), DONE)
    assert expected == [(1, 0), (1, 0), *[(2 * SIZE, 750)] * 5, (1, 0), (1, 0)]


@timeless
async def test_a_quick_stream_is_read_in_batches_of_half_the_longest_time() -> None:
    """A stream whose tokens come very quickly is read as often as it takes to show them."""
    expected = await at_pace(1 / 32, *[event("a")] * 41, DONE)
    assert expected[-2] == (8 * SIZE, 375)


@timeless
async def test_each_token_of_a_slow_stream_is_read_by_itself() -> None:
    """A stream of fewer than two tokens in the time of the longest batch is read as it comes."""
    assert await at_pace(0.3, *[event("a")] * 8, DONE) == [(1, 0)] * 9


@timeless
async def test_a_batch_of_a_very_quick_stream_is_no_larger_than_a_chunk() -> None:
    """However quick a server is, no more is collected than the transport hands on at once."""
    expected = await at_pace(0.01, *[event("a" * 16_000)] * 4, DONE)
    assert [size for size, _ in expected] == [1, 1, 16 * 1024, 16 * 1024, 1]


async def test_an_event_in_a_thousand_pieces_is_read_as_one() -> None:
    """An event that the network cuts into a thousand pieces is read as a whole, without a pause between its pieces."""
    text = "x" * 1_000_000
    whole = event(text)
    step = len(whole) // 1000
    pieces = [whole[at : at + step] for at in range(0, len(whole), step)]
    assert await received(*pieces, event(None, "stop"), DONE) == ([text], Finish("stop", None))


async def test_text_before_an_error_in_the_same_packet_is_kept() -> None:
    """Text is handed on before an error that came with it is raised."""
    texts, end = await received(event("Hel") + event("lo") + sse({"error": {"code": "500"}}) + event("b"))

    assert texts == ["Hello"]
    assert isinstance(end, ModelUnreachable)


async def test_a_last_line_without_an_end_counts() -> None:
    """A last line counts even where its line feed is missing."""
    assert await received(event("a"), event(None, "stop").rstrip()) == (["a"], Finish("stop", None))


async def test_an_error_in_a_last_line_without_an_end_counts() -> None:
    """An error in a last line without a line feed is raised."""
    texts, end = await received(event("a"), sse({"error": {"code": "500"}}).rstrip())

    assert texts == ["a"]
    assert isinstance(end, ModelUnreachable)


async def test_nothing_counts_behind_done() -> None:
    """Everything behind `[DONE]` is passed over."""
    assert await received(event("a"), DONE, event("b"), b"data: {\n\n") == (["a"], Finish("stop", None))


async def test_a_connection_that_stays_open_behind_done_holds_up_no_answer() -> None:
    """The end of a response is waited for only a little once `[DONE]` has come."""
    texts, end = await received(event("a"), DONE, hangs=True, timeouts=Timeouts(60, 60, TINY))

    assert (texts, end) == (["a"], Finish("stop", None))


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter", "tool_calls"])
async def test_the_reason_of_the_end_is_kept(reason: str) -> None:
    """The finish has the server's reason of the end, with or without `[DONE]` behind it."""
    assert await received(event("a"), event(None, reason), DONE) == (["a"], Finish(reason, None))
    assert await received(event("a", reason)) == (["a"], Finish(reason, None))


async def test_done_without_a_reason_is_an_end() -> None:
    """`[DONE]` without a reason ends an answer that stopped by itself."""
    assert await received(event("a"), DONE) == (["a"], Finish("stop", None))


async def test_a_stream_that_just_ends_is_cut_off() -> None:
    """An answer whose stream ends with neither a reason nor `[DONE]` is cut off."""
    texts, end = await received(event("a"))

    assert texts == ["a"]
    assert isinstance(end, ModelCutOff)


@pytest.mark.parametrize("chunks", [[], [b""], [b": ping\n\n"], [event("")], [sse({"choices": []})], [sse({})]])
async def test_a_stream_without_any_text_or_end_is_silent(chunks: list[bytes]) -> None:
    """A stream with neither text nor an end is silent."""
    texts, end = await received(*chunks)

    assert texts == []
    assert isinstance(end, ModelSilent)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "slow down", "code": "429"}, ModelBusy),
        ({"message": "Overloaded", "type": "overloaded_error"}, ModelOverloaded),
        ({"message": "too many tokens per minute", "code": "rate_limit_exceeded"}, ModelBusy),
        ({"message": "maximum context length is 5", "code": "400"}, ModelContextExceeded),
        ({"code": "context_length_exceeded"}, ModelContextExceeded),
        ({"message": "boom", "code": "500"}, ModelUnreachable),
        ({"message": "boom", "code": 503}, ModelUnreachable),
        ("prompt is too long", ModelContextExceeded),
        ("boom", ModelUnreachable),
    ],
)
async def test_an_error_event_is_the_error_that_it_reports(error: object, kind: type[ModelError]) -> None:
    """An error event becomes the error that it reports, behind the text that came before it."""
    for before in ([], [event("a")]):
        texts, end = await received(*before, sse({"error": error}), event("b", "stop"), DONE)

        assert texts == ["a"][: len(before)]
        assert type(end) is kind


@pytest.mark.parametrize(
    "data", [b"{", b"nonsense", b'{"choices": [', b"\xff\xfe", b"[" * 100_000, b"[1]", b"5", b"null"]
)
async def test_an_event_that_is_not_an_object_is_a_broken_stream(data: bytes) -> None:
    """An event that is no JSON object cuts the answer off."""
    texts, end = await received(event("a"), b"data: " + data + b"\n\n", event("b", "stop"))

    assert texts == ["a"]
    assert isinstance(end, ModelCutOff)


@pytest.mark.parametrize(
    "line", [b"data:\n\n", b"data: \r\n\r\n", b"\n", b"data\n", b"datax: {\n", b"{\n", b" data: {\n"]
)
async def test_lines_that_carry_nothing_are_passed_over(line: bytes) -> None:
    """Empty and foreign lines are passed over."""
    assert await received(event("a"), line, event("b"), line, DONE) == (["a", "b"], Finish("stop", None))


ODD_EVENTS: list[object] = [
    {"choices": None},
    {"choices": "x"},
    {"choices": [None]},
    {"choices": [{}]},
    {"choices": [{"delta": None}]},
    {"choices": [{"delta": {"content": None}}]},
    {"choices": [{"delta": {"content": [{"type": "reference", "text": "x"}, 5, {"type": "text", "text": 5}]}}]},
    {"choices": [{"delta": {"content": 5}}]},
    {"choices": [{"index": 1, "delta": {"content": "another answer"}, "finish_reason": "length"}]},
    {"choices": [{"delta": {"role": "assistant", "reasoning_content": "hm"}}]},
    {"error": None, "usage": None},
]


@pytest.mark.parametrize("value", ODD_EVENTS)
async def test_an_event_without_text_is_passed_over(value: object) -> None:
    """An event without text of the first choice is passed over, whatever its shape."""
    assert await received(event("a"), sse(value), event("b", "stop")) == (["a", "b"], Finish("stop", None))


async def test_lone_halves_of_an_emoji_are_read() -> None:
    """Escaped halves of an emoji that come in two events are read as text."""
    halves = [
        b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n',
        b'data: {"choices":[{"delta":{"content":"\\ude00"}}]}\n\n',
    ]

    texts, end = await received(*halves, DONE)

    assert texts == ["\ud83d", "\ude00"]
    assert end == Finish("stop", None)


# ------------------------------------------------------------------------------------------ silence


async def test_a_model_that_never_begins_is_given_up() -> None:
    """A model that sends nothing within its time for the first text is given up, and the error names that time."""
    texts, end = await received(hangs=True, timeouts=Timeouts(TINY, 60))

    assert texts == []
    assert isinstance(end, ModelTimedOut)
    assert "0.01 s" in str(end)


async def test_events_without_text_do_not_count_as_a_beginning() -> None:
    """A model that hangs behind an empty event has not begun its answer."""
    texts, end = await received(event(""), sse({}), hangs=True, timeouts=Timeouts(TINY, 60))

    assert (texts, type(end)) == ([], ModelTimedOut)


async def test_a_model_that_falls_silent_is_cut_off() -> None:
    """A model that falls silent in the middle of its answer is cut off."""
    texts, end = await received(event("a"), hangs=True, timeouts=Timeouts(60, TINY))

    assert texts == ["a"]
    assert isinstance(end, ModelCutOff)


async def test_text_is_handed_on_before_the_next_event_comes() -> None:
    """A delta is handed on without waiting for the next event."""
    stream = read(sent([event("a")], hangs=True), PATIENT)

    assert await anext(stream) == Delta("a")
    await stream.aclose()


async def test_a_connection_that_breaks_before_the_end_is_an_error() -> None:
    """A connection that breaks before the end of the answer is an error."""

    async def broken() -> AsyncGenerator[bytes, None]:
        yield event("half of")
        raise ModelUnreachable("the connection broke")

    with pytest.raises(ModelUnreachable):
        _ = [event async for event in read(broken(), PATIENT)]


@timeless
async def test_events_without_text_do_not_put_off_the_deadline() -> None:
    """Events without text leave the deadline of the first text where it is."""

    async def idle() -> AsyncGenerator[bytes, None]:
        while True:
            yield event("")
            await asyncio.sleep(TINY / 5)

    with pytest.raises(ModelTimedOut):
        _ = [event async for event in read(idle(), Timeouts(TINY, 60))]


@pytest.mark.parametrize(
    "behind", [b"data: {\n\n", sse({"error": {"code": "500"}}), b'data: {"choices', b"error: x\n\n"]
)
async def test_nothing_that_goes_wrong_behind_done_harms_the_answer(behind: bytes) -> None:
    """An answer is whole where a broken event or an error stands behind `[DONE]`."""
    assert await received(event("all of it"), DONE, behind) == (["all of it"], Finish("stop", None))
    assert await received(event("all of it") + DONE + behind) == (["all of it"], Finish("stop", None))


async def test_an_error_without_the_usual_wrapping_is_understood() -> None:
    """An error event without the usual wrapping, as older versions of vLLM send it, is raised."""
    texts, end = await received(event("a"), sse({"object": "error", "message": "boom", "code": 500}))

    assert texts == ["a"]
    assert isinstance(end, ModelUnreachable)


async def test_an_endless_event_ends_an_answer() -> None:
    """An event that does not end within some megabytes is a cut behind text, and the stream is read no further."""
    texts, end = await received(event("Hi"), b"data: ", *[b"x" * 1_000_000] * 9, hangs=True)

    assert (texts, type(end)) == (["Hi"], ModelCutOff)
