"""A streamed answer is read as it was sent, and a broken one is never taken for a whole."""

import asyncio
from collections.abc import AsyncGenerator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.ports import Delta, Finish
from bot.chat.turns import Usage
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
from bot.llm.stream import Patience, read
from tests.llm.streams import DONE, PATIENT, TINY, event, received, sent, sse


async def test_an_answer_is_read_piece_by_piece() -> None:
    """If deltas were joined or lost, people would not see the answer grow, or would miss a part of it."""
    stream = [event("", None, id="x"), event("Hel"), event("lo"), event(None, "stop"), DONE]

    assert await received(*stream) == (["Hel", "lo"], Finish("stop", None))


ODD = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei\rj\nk \\n data: 👋 é"
WHOLE = b"".join(
    [b": ping\r\n\r\n", event("Grüße"), event(ODD), b"event: x\nid: 5\nretry: 1\n", event("data: [DONE]"), event(None, "stop"),
     sse({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}), DONE]
)  # rows of a table # fmt: skip


@given(st.lists(st.integers(0, len(WHOLE)), max_size=40), st.booleans())
@settings(max_examples=200, deadline=None)
async def test_it_does_not_matter_how_the_network_cuts_the_bytes(cuts: list[int], crlf: bool) -> None:
    """If a cut inside a character or a line changed the text, answers would hold errors that depend on the network."""
    whole = WHOLE.replace(b"\n", b"\r\n") if crlf else WHOLE
    bounds = [0, *sorted(cuts), len(whole)]
    chunks = [whole[start:end] for start, end in pairwise(bounds)]

    texts, end = await received(*chunks)
    assert "".join(texts) == f"Grüße{ODD}data: [DONE]"
    assert end == Finish("stop", Usage(3, 0, 2))


async def test_single_bytes_are_enough() -> None:
    """If the reader needed whole lines, a server that flushes each byte would be unreadable."""
    texts, end = await received(*[WHOLE[n : n + 1] for n in range(len(WHOLE))])

    assert (texts, end) == (["Grüße", ODD, "data: [DONE]"], Finish("stop", Usage(3, 0, 2)))


async def test_what_comes_together_goes_on_together() -> None:
    """If each event of one packet went on by itself, a fast model would cost a delta, a count and an edit for every token."""
    texts, end = await received(event("") + event("Hel") + event("lo,"), event(" you") + event("!", "stop") + DONE)

    assert (texts, end) == (["Hello,", " you!"], Finish("stop", None))


async def test_text_before_an_error_in_the_same_packet_is_kept() -> None:
    """If an error took the text with it that came in the same packet, people would lose the end of what was written."""
    texts, end = await received(event("Hel") + event("lo") + sse({"error": {"code": "500"}}) + event("b"))

    assert texts == ["Hello"]
    assert isinstance(end, ModelUnreachable)


async def test_a_last_line_without_an_end_counts() -> None:
    """If the last line needed a line feed, servers that leave it out would seem to cut off every answer."""
    assert await received(event("a"), event(None, "stop").rstrip()) == (["a"], Finish("stop", None))


async def test_an_error_in_a_last_line_without_an_end_counts() -> None:
    """If it were passed over, half an answer would be said to have ended early, and nobody learn why."""
    texts, end = await received(event("a"), sse({"error": {"code": "500"}}).rstrip())

    assert texts == ["a"]
    assert isinstance(end, ModelUnreachable)


async def test_nothing_counts_behind_done() -> None:
    """If what stands behind the end counted, a server that adds its own events there could change or break an answer."""
    assert await received(event("a"), DONE, event("b"), b"data: {\n\n") == (["a"], Finish("stop", None))


async def test_a_connection_that_stays_open_behind_done_holds_up_no_answer() -> None:
    """If the end of the response were waited for without end, such a server would block the place's lane."""
    texts, end = await received(event("a"), DONE, hangs=True, patience=Patience(60, 60, 60, TINY))

    assert (texts, end) == (["a"], Finish("stop", None))


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter", "tool_calls"])
async def test_the_reason_of_the_end_is_kept(reason: str) -> None:
    """If the reason were lost, people would not be told that an answer was cut for its length or filtered."""
    assert await received(event("a"), event(None, reason), DONE) == (["a"], Finish(reason, None))
    assert await received(event("a", reason)) == (["a"], Finish(reason, None))


async def test_done_without_a_reason_is_an_end() -> None:
    """If `[DONE]` alone were no end, servers that send no reason could never answer."""
    assert await received(event("a"), DONE) == (["a"], Finish("stop", None))


async def test_a_stream_that_just_ends_is_cut_off() -> None:
    """If a stream without an end counted as whole, half an answer would be stored and shown as all of it."""
    texts, end = await received(event("a"))

    assert texts == ["a"]
    assert isinstance(end, ModelCutOff)


@pytest.mark.parametrize("chunks", [[], [b""], [b": ping\n\n"], [event("")], [sse({"choices": []})], [sse({})]])
async def test_a_stream_without_any_text_or_end_is_silent(chunks: list[bytes]) -> None:
    """If an empty stream counted as an answer, its asker would see nothing at all."""
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
    """If an error inside the stream were passed over, half an answer would end without any explanation."""
    for before in ([], [event("a")]):
        texts, end = await received(*before, sse({"error": error}), event("b", "stop"), DONE)

        assert texts == ["a"][: len(before)]
        assert type(end) is kind


@pytest.mark.parametrize(
    "data", [b"{", b"nonsense", b'{"choices": [', b"\xff\xfe", b"[" * 100_000, b"[1]", b"5", b"null"]
)
async def test_an_event_that_is_not_an_object_is_a_broken_stream(data: bytes) -> None:
    """If a malformed event crashed the reader, its asker would get silence, and the log a traceback with their text."""
    texts, end = await received(event("a"), b"data: " + data + b"\n\n", event("b", "stop"))

    assert texts == ["a"]
    assert isinstance(end, ModelCutOff)


@pytest.mark.parametrize(
    "line", [b"data:\n\n", b"data: \r\n\r\n", b"\n", b"data\n", b"datax: {\n", b"{\n", b" data: {\n"]
)
async def test_lines_that_carry_nothing_are_passed_over(line: bytes) -> None:
    """If an empty or foreign line broke the stream, servers that send such lines to stay alive could not answer."""
    assert await received(event("a"), line, event("b"), line, DONE) == (["a", "b"], Finish("stop", None))


ODD_EVENTS: list[object] = [
    {"choices": None},
    {"choices": "x"},
    {"choices": [None]},
    {"choices": [{}]},
    {"choices": [{"delta": None}]},
    {"choices": [{"delta": {"content": None}}]},
    {"choices": [{"delta": {"content": [{"text": "x"}, "x", {"type": "text", "text": 5}, {"type": "thinking"}]}}]},
    {"choices": [{"delta": {"content": 5}}]},
    {"choices": [{"index": 1, "delta": {"content": "another answer"}, "finish_reason": "length"}]},
    {"choices": [{"delta": {"role": "assistant", "reasoning_content": "hm"}}]},
    {"error": None, "usage": None},
]


@pytest.mark.parametrize("value", ODD_EVENTS)
async def test_an_event_without_text_is_passed_over(value: object) -> None:
    """If an odd event broke the stream, one field that a server adds would end every answer."""
    assert await received(event("a"), sse(value), event("b", "stop")) == (["a", "b"], Finish("stop", None))


async def test_lone_halves_of_an_emoji_are_read() -> None:
    """If an escaped half of an emoji broke the stream, every answer with an emoji cut between tokens would fail."""
    halves = [
        b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n',
        b'data: {"choices":[{"delta":{"content":"\\ude00"}}]}\n\n',
    ]

    texts, end = await received(*halves, DONE)

    assert texts == ["\ud83d", "\ude00"]
    assert end == Finish("stop", None)


# ------------------------------------------------------------------------------------------ silence


async def test_a_model_that_never_begins_is_given_up() -> None:
    """If waiting had no end, its asker would watch the typing indicator for ever."""
    texts, end = await received(hangs=True, patience=Patience(TINY, 60, 60))

    assert texts == []
    assert isinstance(end, ModelTimedOut)
    assert "0.01 s" in str(end)


async def test_events_without_text_do_not_count_as_a_beginning() -> None:
    """If an empty first event counted as text, a model that hangs behind it would be taken for a broken answer."""
    texts, end = await received(event(""), sse({}), hangs=True, patience=Patience(TINY, 60, 60))

    assert (texts, type(end)) == ([], ModelTimedOut)


async def test_a_model_that_falls_silent_is_cut_off() -> None:
    """If a model could fall silent for ever, the place's lane would be blocked for everybody."""
    texts, end = await received(event("a"), hangs=True, patience=Patience(60, TINY, 60))

    assert texts == ["a"]
    assert isinstance(end, ModelCutOff)


async def test_usage_that_does_not_come_holds_up_no_answer() -> None:
    """If the missing usage were waited for as long as text, every answer of such a server would end a minute late."""
    texts, end = await received(event("a", "stop"), hangs=True, patience=Patience(60, 60, TINY))

    assert (texts, end) == (["a"], Finish("stop", None))


async def test_text_is_handed_on_before_the_next_event_comes() -> None:
    """If a delta waited for the next, people would always see the answer one piece late."""
    stream = read(sent([event("a")], hangs=True), PATIENT)

    assert await anext(stream) == Delta("a")
    await stream.aclose()


@pytest.mark.parametrize("last", [DONE, event(reason="stop")])
async def test_a_connection_that_breaks_behind_the_end_harms_nothing(last: bytes) -> None:
    """If a server that hangs up right after its answer broke it, every whole answer of such a server would count as cut off."""

    async def broken() -> AsyncGenerator[bytes, None]:
        yield event("all of it")
        yield last
        raise ModelUnreachable("the connection broke")

    pieces = [piece async for piece in read(broken(), PATIENT)]
    assert pieces == [Delta("all of it"), Finish("stop", None)]


async def test_a_connection_that_breaks_before_the_end_is_an_error() -> None:
    """If a broken connection passed for an end, half an answer would pass for the whole."""

    async def broken() -> AsyncGenerator[bytes, None]:
        yield event("half of")
        raise ModelUnreachable("the connection broke")

    with pytest.raises(ModelUnreachable):
        _ = [piece async for piece in read(broken(), PATIENT)]


async def test_events_without_text_do_not_put_off_the_deadline() -> None:
    """If they did, a server that only sends signs of life would hold its channel for ever."""

    async def idle() -> AsyncGenerator[bytes, None]:
        while True:
            yield event("")
            await asyncio.sleep(TINY / 5)

    with pytest.raises(ModelTimedOut):
        _ = [piece async for piece in read(idle(), Patience(TINY, 60))]


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
async def test_thinking_puts_off_the_deadline_and_is_not_text(key: str) -> None:
    """If it did not, a model that thinks for long would be given up; if it were text, people would read its thoughts."""
    thought = sse({"choices": [{"index": 0, "delta": {key: "hm"}, "finish_reason": None}]})

    async def thinking() -> AsyncGenerator[bytes, None]:
        for _ in range(10):
            yield thought
            await asyncio.sleep(TINY)
        yield event("yes", "stop")
        yield DONE

    pieces = [piece async for piece in read(thinking(), Patience(TINY * 3, 60))]
    assert pieces == [Delta("yes"), Finish("stop", None)]


@pytest.mark.parametrize("last", [event(reason="stop"), DONE])
@pytest.mark.parametrize("behind", [b"data: {\n\n", sse({"error": {"code": "500"}}), b'data: {"choices'])
async def test_nothing_that_goes_wrong_behind_the_end_harms_the_answer(last: bytes, behind: bytes) -> None:
    """If a broken event behind the end counted, an answer that is whole would be shown as cut off, and asked for again."""
    assert await received(event("all of it"), last, behind) == (["all of it"], Finish("stop", None))


async def test_an_error_without_the_usual_wrapping_is_understood() -> None:
    """The errors of older vLLMs in a stream would be passed over, and half an answer end without any explanation."""
    texts, end = await received(event("a"), sse({"object": "error", "message": "boom", "code": 500}))

    assert texts == ["a"]
    assert isinstance(end, ModelUnreachable)
