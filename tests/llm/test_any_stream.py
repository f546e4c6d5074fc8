"""Whatever bytes a server sends, reading them ends in time, in an answer or in an error of ours, and keeps the text so far."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.ports.model import Delta, Finish, ModelEvent, Withdrawn
from bot.errors import ModelError, ModelUnreachable
from bot.llm.errors.no_stream import ResponseHead
from bot.llm.stream import Timeouts, read
from tests.llm.asking import gathered

SHORT = Timeouts(0.002, 0.002, 0.002, 0.002)
WORDS = st.text(alphabet='ab .\n\u2028\x85é👋"\\`{}[]:', min_size=1, max_size=12)
"""Texts without tags, so that no part of them is taken for thoughts."""


@dataclass(frozen=True)
class Part:
    """Bytes of a stream, and the text that they bring. Nothing counts behind a part that `breaks` the stream or is its `end`."""

    data: bytes
    text: str = ""
    breaks: bool = False
    end: bool = False


def shuffled(draw: st.DrawFn, table: dict[str, Any]) -> dict[str, Any]:
    """The same fields in any order."""
    return dict(draw(st.sampled_from([*permutations(table.items())])))


def framed(draw: st.DrawFn, value: object) -> bytes:
    """An event, in each form that the standard allows."""
    indent = draw(st.sampled_from([None, None, 1]))
    lines = json.dumps(value, ensure_ascii=draw(st.booleans()), indent=indent).split("\n")
    space = draw(st.sampled_from([" ", ""]))
    fields = [f"data:{space}{line}" for line in lines]
    others = draw(st.lists(st.sampled_from([": ping", "id: 5", "retry: 1", "event: message", "x: y", ":"]), max_size=2))
    at = draw(st.sampled_from([0, len(fields)]))
    return "\n".join([*fields[:at], *others, *fields[at:], "", ""]).encode()


@st.composite
def with_text(draw: st.DrawFn) -> Part:
    """A chunk with text, in the shapes of all kinds of servers."""
    text = draw(WORDS)
    content: object = draw(st.sampled_from([text, [{"type": "text", "text": text}], [{"text": text}], [text]]))
    delta = {"content": content, **draw(st.sampled_from([{}, {"role": "assistant"}, {"reasoning_content": None}]))}
    choice = {
        "index": 0,
        "delta": shuffled(draw, delta),
        "finish_reason": draw(st.sampled_from([None, None, "stop", "null"])),
    }
    more = draw(st.sampled_from([{}, {"usage": None}, {"usage": {"prompt_tokens": 2**70}}, {"error": None}]))
    return Part(framed(draw, shuffled(draw, {"choices": [shuffled(draw, choice)], "object": "x", **more})), text)


@st.composite
def without_text(draw: st.DrawFn) -> Part:
    """An event or a line without text: thoughts, tools, usage, reasons, comments, empty and foreign ones."""
    delta = draw(
        st.sampled_from(
            [
                {},
                {"content": None},
                {"content": ""},
                {"reasoning": "hm"},
                {"reasoning_details": [{"text": "hm"}]},
                {"content": [{"type": "thinking", "thinking": "hm"}]},
                {"tool_calls": [{"function": {"name": "x"}}]},
                {"content": 5},
            ]
        )
    )
    choice = {
        "index": draw(st.sampled_from([0, 0, 1])),
        "delta": delta,
        "finish_reason": draw(st.sampled_from([None, "stop"])),
    }
    values: list[object] = [
        {"choices": [choice]},
        {"choices": []},
        {"usage": {"completion_tokens": 5}},
        {"choices": None},
        {},
    ]
    if draw(st.booleans()):
        return Part(framed(draw, draw(st.sampled_from(values))))
    return Part(
        draw(st.sampled_from([b": ping\n\n", b"data:\n\n", b"\n", b"event: ping\ndata: ping\n\n", b"foo: bar\n\n"]))
    )


ENDS = [
    Part(b"data: [DONE]\n\n", end=True),
    Part(b"data: {\n\n", breaks=True),
    Part(b"data: [1]\n\n", breaks=True),
    Part(b'data: {"error": {"message": "x", "code": 500}}\n\n', breaks=True),
    Part(b'event: error\ndata: {"message": "prompt is too long"}\n\n', breaks=True),
    Part(b"error: boom\n\n", breaks=True),
    Part(b'{"error": "boom"}\n\n', breaks=True),
]
HEADS = [ResponseHead(), ResponseHead("http://x/v1", "application/json"), ResponseHead("http://x/v1", "text/html")]


async def arriving(chunks: list[bytes], then: str) -> AsyncGenerator[bytes, None]:
    """Chunks, and then the end of the connection, its break, or silence."""
    for chunk in chunks:
        yield chunk
    if then == "breaks":
        raise ModelUnreachable("the connection broke")
    if then == "hangs":
        await asyncio.Event().wait()


def pieces(draw: st.DrawFn, whole: bytes) -> list[bytes]:
    """The bytes, cut anywhere."""
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    return [whole[start:end] for start, end in pairwise([0, *cuts, len(whole)])]


def text_of(events: list[ModelEvent | ModelError]) -> str:
    """The text that people are left with."""
    assert not any(isinstance(event, Withdrawn) for event in events)
    return "".join(event.text for event in events if isinstance(event, Delta))


async def read_in_time(chunks: list[bytes], then: str, head: ResponseHead) -> list[ModelEvent | ModelError]:
    """All events of the stream, which must come to one end before long."""
    async with asyncio.timeout(5):
        events = await gathered(read(arriving(chunks, then), SHORT, head=head))
    assert isinstance(events[-1], Finish | ModelError)
    assert not any(isinstance(event, Finish | ModelError) for event in events[:-1])
    return events


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[bytes], str]:
    """A stream of any known shapes, cut anywhere, and its text."""
    parts = draw(st.lists(with_text() | without_text(), max_size=8))
    parts += draw(st.lists(st.sampled_from(ENDS), max_size=1))
    if parts and (parts[-1].breaks or parts[-1].end):
        parts += draw(st.lists(with_text(), max_size=2))
    last = next((number for number, part in enumerate(parts) if part.breaks or part.end), len(parts))
    whole = b"".join(part.data for part in parts)
    whole = whole.replace(b"\n", draw(st.sampled_from([b"\n", b"\r\n", b"\r"])))
    whole = draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + whole
    return pieces(draw, whole), "".join(part.text for part in parts[:last])


@pytest.mark.parametrize("then", ["ends", "breaks", "hangs"])
@given(streams(), st.sampled_from(HEADS))
@settings(max_examples=700, deadline=None)
async def test_no_text_is_lost_whatever_comes_behind_it(
    then: str, stream: tuple[list[bytes], str], head: ResponseHead
) -> None:
    """All text before the end or the break of a stream is handed on, in every shape, with any cuts, and in time."""
    chunks, text = stream
    events = await read_in_time(chunks, then, head)

    shown = text_of(events)
    if not isinstance(events[-1], Finish) and text.strip() in {"", "["}:  # held back: it may begin thoughts
        shown = text
    assert shown == text


@st.composite
def damaged(draw: st.DrawFn) -> list[bytes]:
    """A stream in which some bytes are others, missing or repeated."""
    chunks, _ = draw(streams())
    whole = bytearray(b"".join(chunks))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(whole)))
        whole[at : at + draw(st.integers(0, 3))] = draw(
            st.sampled_from([b"", b"\n", b'"', b"{", b"}", b"\xff", b"\0", b":"])
        )
    return pieces(draw, bytes(whole))


@given(damaged() | st.lists(st.binary(max_size=40), max_size=6), st.sampled_from(["ends", "breaks", "hangs"]))
@settings(max_examples=1000, deadline=None)
async def test_no_bytes_end_in_an_error_that_is_not_ours(chunks: list[bytes], then: str) -> None:
    """Damaged streams, and bytes of no meaning, end in time in an answer or in an error of ours."""
    await read_in_time(chunks, then, HEADS[0])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "content", "message", "text", "type", "error", "code", "finish_reason", "usage",
                 "index", "reasoning", "tool_calls", "function", "name", "object", "base_resp", "status_code", "errors", "detail"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)  # names of fields with values of any type # fmt: skip


@given(JSON, st.booleans(), st.sampled_from(HEADS))
@settings(max_examples=1000, deadline=None)
async def test_fields_of_any_type_end_in_no_error_that_is_not_ours(
    value: object, in_event: bool, head: ResponseHead
) -> None:
    """Known fields with values of any type, in an event or in none, end in an answer or in an error of ours."""
    written = json.dumps(
        {"choices": [value], "usage": value} if isinstance(value, dict) and in_event else value
    ).encode()
    await read_in_time([b"data: " + written + b"\n\n" if in_event else written], "ends", head)
