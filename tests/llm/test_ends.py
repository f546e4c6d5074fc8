"""An answer ends at `[DONE]`, or when the connection ends behind a finish reason; every other end is a cut."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.chat.calls import Usage
from bot.chat.ports.model import Delta, Finish, Thinking
from bot.errors import ModelCutOff, ModelSilent, ModelTimedOut, ModelUnreachable
from bot.llm.client import connected
from bot.llm.stream import Timeouts, read
from tests.llm.asking import REQUEST, answer_of, asked, gathered, server_at
from tests.llm.streams import DONE, PATIENT, TINY, delta, event, received, sent, sse
from tests.llm.wire import STREAM, chunked, reset, serving

EARLY = [event("First half, ", "stop"), event("second half", "stop")]
"""Chunks of a server that says with each of them that the answer has stopped."""
PROPER = [event("First half, "), event("second half"), event(None, "stop")]
TEXT = "First half, second half"
USAGE = sse({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}})
BROKEN = [
    sse({"error": {"message": "upstream connect error", "code": 502}}),
    b"event: error\ndata: gone\n\n",
    b"error: gone\n\n",
    b'{"error": "gone"}\n',
    b"data: {\n\n",
]
"""The bytes of a server that breaks, by the kind of its fault."""


async def breaking(*chunks: bytes) -> AsyncGenerator[bytes, None]:
    """Chunks, and then a connection that breaks."""
    for chunk in chunks:
        yield chunk
    raise ModelUnreachable("the connection broke")


# ------------------------------------------------------------------------------------------ the ends that count


@pytest.mark.parametrize("stream", [EARLY, PROPER, [event("First half, ", "length"), *EARLY[1:]]])
@pytest.mark.parametrize("end", [[], [DONE], [USAGE], [USAGE, DONE], [b": bye\n\n"]])
async def test_an_answer_ends_at_done_or_with_its_connection(stream: list[bytes], end: list[bytes]) -> None:
    """All text is read to `[DONE]` or to the end of the connection, however early a finish reason stands."""
    usage = Usage(prompt=3, completion=2) if USAGE in end else None

    texts, finish = await received(*stream, *end)
    assert ("".join(texts), finish) == (TEXT, Finish("stop", usage))


@pytest.mark.parametrize("stream", [EARLY, PROPER])
async def test_a_connection_that_breaks_behind_done_harms_nothing(stream: list[bytes]) -> None:
    """An answer is whole where its connection breaks behind `[DONE]`."""
    *texts, end = await gathered(read(breaking(*stream, DONE), PATIENT))

    assert "".join(text.text for text in texts if isinstance(text, Delta)) == TEXT
    assert end == Finish("stop", None)


async def test_a_word_for_no_reason_is_none() -> None:
    """The words `null` and `none` as finish reasons are none, so that a stream that just ends is cut off."""
    for word in ("null", "None", ""):
        texts, end = await received(event("a", word), event("b", word))
        assert (texts, type(end)) == (["a", "b"], ModelCutOff)


# ------------------------------------------------------------------------------------------ cuts


@pytest.mark.parametrize("stream", [EARLY, EARLY[:1], PROPER, PROPER[:1]])
@pytest.mark.parametrize("broken", BROKEN)
async def test_an_error_before_the_end_is_a_cut(stream: list[bytes], broken: bytes) -> None:
    """An error behind text but before `[DONE]` cuts the answer off, whatever finish reasons came, and the text is kept."""
    async with serving(STREAM + chunked(*stream, broken)) as wire:
        text, end = await asked(server_at(wire.url))

    assert TEXT.startswith(text.strip())
    assert len(text) >= len("First half, ")
    assert type(end) is ModelCutOff


@pytest.mark.parametrize("stream", [EARLY, EARLY[:1], PROPER, PROPER[:1]])
async def test_a_connection_that_breaks_before_the_end_is_a_cut(stream: list[bytes]) -> None:
    """A connection that is reset, or closed within a chunk, cuts the answer off, whatever finish reasons came."""

    async def resets(writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + chunked(*stream, end=False))
        await writer.drain()
        await asyncio.sleep(0.1)
        reset(writer)

    for reply in (resets, STREAM + chunked(*stream, end=False)):
        async with serving(reply) as wire:
            text, end = await asked(server_at(wire.url))
        assert (TEXT.startswith(text), type(end)) == (True, ModelCutOff)


@pytest.mark.parametrize("stream", [EARLY, PROPER, [event("a", "stop")], [event("a"), event(None, "length"), USAGE]])
async def test_silence_before_the_end_is_a_cut(stream: list[bytes]) -> None:
    """A server that falls silent before `[DONE]` cuts the answer off, whatever finish reasons came, and the text is kept."""
    texts, end = await received(*stream, hangs=True, timeouts=Timeouts(60, TINY))
    assert "".join(texts) in {TEXT, "a"}
    assert isinstance(end, ModelCutOff)
    assert "before the end" in str(end)


async def test_text_behind_a_reason_makes_it_void() -> None:
    """A stream that ends behind text that followed the last finish reason is cut off."""
    texts, end = await received(event("a", "stop"), event("b"))

    assert (texts, type(end)) == (["a", "b"], ModelCutOff)


@pytest.mark.parametrize("word", ["error", "abort", "insufficient_system_resource", "network_error"])
async def test_a_reason_that_is_a_failure_is_a_cut(word: str) -> None:
    """A finish reason that says that the server failed cuts the answer off; before any text it is tried again."""
    texts, end = await received(event("half of"), event(None, word), DONE)
    assert (texts, type(end)) == (["half of"], ModelCutOff)

    texts, end = await received(event(None, word), DONE)
    assert (texts, type(end)) == ([], ModelUnreachable)


# ------------------------------------------------------------------------------------------ open connections


async def test_a_reason_that_is_repeated_for_ever_is_silence() -> None:
    """Finish reasons that a server repeats, with no text between them, do not put off the end of the wait."""

    async def repeating() -> AsyncGenerator[bytes, None]:
        yield event("a")
        while True:
            yield event("", "stop")
            await asyncio.sleep(TINY / 5)

    async with asyncio.timeout(5):
        events = await gathered(read(repeating(), Timeouts(60, TINY * 3)))
    assert (events[0], type(events[-1])) == (Delta("a"), ModelCutOff)


async def test_a_reason_before_any_text_shortens_no_wait() -> None:
    """A server that says `stop` at once, and then thinks or waits, has as long as any other for its text."""

    async def late(*before: bytes) -> AsyncGenerator[bytes, None]:
        for chunk in before:
            yield chunk
        await asyncio.sleep(TINY * 5)
        yield event("A tower.", "stop")
        yield DONE

    timeouts = Timeouts(60, 60)
    assert await gathered(read(late(event("", "stop")), timeouts)) == [Delta("A tower."), Finish("stop", None)]
    thoughts = sse({"choices": [{"delta": {"reasoning": "hm"}, "finish_reason": "stop"}]})
    assert await gathered(read(late(thoughts), timeouts)) == [Thinking(), Delta("A tower."), Finish("stop", None)]


async def test_a_reason_before_any_text_puts_off_no_deadline() -> None:
    """A server that says nothing but `stop` is given up at the time for the first text."""
    (end,) = await gathered(read(sent([event("", "stop")] * 3, hangs=True), Timeouts(TINY, 60)))
    assert type(end) is ModelTimedOut

    (end,) = await gathered(read(sent([event("", "length")], hangs=True), Timeouts(60, TINY)))
    assert type(end) is ModelTimedOut


# ------------------------------------------------------------------------------------------ the first event


@pytest.mark.parametrize(
    "first",
    [b"data: {\n\n", b"data: nonsense\n\n", b"data: [1]\n\n", b'data: "x"\n\n', b'data: {"choices', b"\xff\xfe\n"],
)
async def test_a_first_event_that_cannot_be_read_may_be_tried_again(first: bytes) -> None:
    """A first event that cannot be read is an unreachable server, which the caller asks again; behind text it is a cut."""
    texts, end = await received(first)
    assert (texts, type(end)) == ([], ModelUnreachable)

    texts, end = await received(event("a"), first)
    assert (texts, type(end)) == (["a"], ModelCutOff)


async def test_thoughts_before_a_broken_event_are_no_text() -> None:
    """A broken event behind thoughts alone may be tried again."""
    events = await gathered(read(sent([delta(reasoning="hm"), b"data: {\n\n"]), PATIENT))

    assert [type(one) for one in events] == [Thinking, ModelUnreachable]


async def test_half_an_event_behind_a_reason_harms_nothing() -> None:
    """A stream that ends within an event behind its finish reason is whole: half an event is none."""
    assert await received(*PROPER, b'data: {"choices":[],"usa') == (
        ["First half, ", "second half"],
        Finish("stop", None),
    )


async def test_a_time_out_behind_text_is_a_cut() -> None:
    """A time-out that a server reports behind text is no reason to ask again."""
    stream = event("a") + sse({"error": {"message": "x", "code": 408}})
    async with serving(STREAM + chunked(stream)) as wire, connected(server_at(wire.url)) as model:
        text, end = await answer_of(model, REQUEST)
    assert (text, type(end)) == ("a", ModelCutOff)


async def test_a_stream_of_nothing_is_silent() -> None:
    """A stream without any event is a silent model."""
    _, end = await received(b": ping\n\n", b"\n")
    assert type(end) is ModelSilent
