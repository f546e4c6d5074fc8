"""Whatever bytes a server sends, reading them ends in time, in an answer or in an error of ours, and keeps the text so far."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.ports.model import Delta, Finish, ModelEvent, Withdrawn
from bot.errors import ModelError, ModelUnreachable
from bot.llm.errors.no_stream import ResponseHead
from bot.llm.stream import Timeouts, read
from tests.llm.asking import gathered
from tests.timeless import timeless

T = TypeVar("T")

EXAMPLES: Final = settings().max_examples
"""The profile's number of examples. On CI it is 300, and each property below is tried with 700 or 1,000."""
PATIENCE = Timeouts(1, 1, 1)
BREAKS = ["ends", "breaks", "hangs"]
WORDS = st.text(alphabet='ab .\n\u2028\x85é👋"\\`{}[]:', min_size=1, max_size=12)
"""Texts without tags, so that no part of them is taken for thoughts."""


@dataclass(frozen=True)
class Part:
    """Bytes of a stream, and the text that they bring. Nothing counts behind a part that `breaks` the stream or is its `end`."""

    data: bytes
    text: str = ""
    breaks: bool = False
    end: bool = False


class Picks:
    """Picks options by the bytes of one draw: a draw for each option takes ten times as long. Zeros pick the first."""

    def __init__(self, drawn: bytes) -> None:
        self._bytes = iter(drawn)

    def one(self, *options: T) -> T:
        """Pick an option."""
        return options[next(self._bytes) % len(options)]

    def shuffled(self, table: dict[str, Any]) -> dict[str, Any]:
        """The same fields in any order."""
        return dict(sorted(table.items(), key=lambda _: next(self._bytes)))


PICKS = st.binary(min_size=24, max_size=24).map(Picks)


def framed(picks: Picks, value: object) -> bytes:
    """An event, in each form that the standard allows."""
    lines = json.dumps(value, ensure_ascii=picks.one(False, True), indent=picks.one(None, None, 1)).split("\n")
    space = picks.one(" ", "")
    fields = [f"data:{space}{line}" for line in lines]
    others = [picks.one("", "", ": ping", "id: 5", "retry: 1", "event: message", "x: y", ":") for _ in range(2)]
    before = picks.one(False, True)
    return "\n".join(
        [*(filter(None, others) if before else ()), *fields, *(() if before else filter(None, others)), "", ""]
    ).encode()


def with_text(text: str, picks: Picks) -> Part:
    """A chunk with text, in the shapes of all kinds of servers."""
    content = picks.one(text, [{"type": "text", "text": text}], [{"text": text}], [text])
    delta = {"content": content, **picks.one({}, {"role": "assistant"}, {"reasoning_content": None})}
    choice = {"index": 0, "delta": picks.shuffled(delta), "finish_reason": picks.one(None, None, "stop", "null")}
    more = picks.one({}, {"usage": None}, {"usage": {"prompt_tokens": 2**70}}, {"error": None})
    return Part(framed(picks, picks.shuffled({"choices": [picks.shuffled(choice)], "object": "x", **more})), text)


DELTAS: list[dict[str, object]] = [
    {},
    {"content": None},
    {"content": ""},
    {"reasoning": "hm"},
    {"reasoning_details": [{"text": "hm"}]},
    {"content": [{"type": "thinking", "thinking": "hm"}]},
    {"tool_calls": [{"function": {"name": "x"}}]},
    {"content": 5},
]
LINES = [b": ping\n\n", b"data:\n\n", b"\n", b"event: ping\ndata: ping\n\n", b"foo: bar\n\n"]


def without_text(picks: Picks) -> Part:
    """An event or a line without text: thoughts, tools, usage, reasons, comments, empty and foreign ones."""
    if picks.one(False, True):
        return Part(picks.one(*LINES))
    choice = {"index": picks.one(0, 0, 1), "delta": picks.one(*DELTAS), "finish_reason": picks.one(None, "stop")}
    values: list[object] = [
        {"choices": [choice]},
        {"choices": []},
        {"usage": {"completion_tokens": 5}},
        {"choices": None},
        {},
    ]
    return Part(framed(picks, picks.one(*values)))


TEXTS = st.builds(with_text, WORDS, PICKS)
PARTS = st.lists(TEXTS | PICKS.map(without_text), max_size=8)
ENDS = [
    Part(b"data: [DONE]\n\n", end=True),
    Part(b"data: {\n\n", breaks=True),
    Part(b"data: [1]\n\n", breaks=True),
    Part(b'data: {"error": {"message": "x", "code": 500}}\n\n', breaks=True),
    Part(b'event: error\ndata: {"message": "prompt is too long"}\n\n', breaks=True),
    Part(b"error: boom\n\n", breaks=True),
    Part(b'{"error": "boom"}\n\n', breaks=True),
]
LASTS = st.none() | st.sampled_from(ENDS)
BEHIND = st.lists(TEXTS, max_size=2)
CUTS = st.lists(st.integers(0, 4095), max_size=20)
NEWLINES = st.sampled_from([b"\n", b"\r\n", b"\r"])
HEADS = [ResponseHead(), ResponseHead("http://x/v1", "application/json"), ResponseHead("http://x/v1", "text/html")]


async def arriving(chunks: list[bytes], then: str) -> AsyncGenerator[bytes, None]:
    """Chunks, and then the end of the connection, its break, or silence."""
    for chunk in chunks:
        yield chunk
    if then == "breaks":
        raise ModelUnreachable("the connection broke")
    if then == "hangs":
        await asyncio.Event().wait()


def pieces(whole: bytes, places: Sequence[int]) -> list[bytes]:
    """The bytes, cut at these places."""
    cuts = sorted(place % (len(whole) + 1) for place in places)
    return [whole[start:end] for start, end in pairwise([0, *cuts, len(whole)])]


def text_of(events: list[ModelEvent | ModelError]) -> str:
    """The text that people are left with."""
    assert not any(isinstance(event, Withdrawn) for event in events)
    return "".join(event.text for event in events if isinstance(event, Delta))


async def read_in_time(chunks: list[bytes], then: str, head: ResponseHead) -> list[ModelEvent | ModelError]:
    """All events of the stream, which must come to one end before long."""
    async with asyncio.timeout(10):
        events = await gathered(read(arriving(chunks, then), PATIENCE, head=head))
    assert isinstance(events[-1], Finish | ModelError)
    assert not any(isinstance(event, Finish | ModelError) for event in events[:-1])
    return events


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[bytes], str]:
    """A stream of any known shapes, cut anywhere, and its text."""
    parts = [*draw(PARTS)]
    if last := draw(LASTS):
        parts += [last, *draw(BEHIND)]
    end = next((number for number, part in enumerate(parts) if part.breaks or part.end), len(parts))
    whole = b"".join(part.data for part in parts).replace(b"\n", draw(NEWLINES))
    whole = draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + whole
    return pieces(whole, draw(CUTS)), "".join(part.text for part in parts[:end])


@pytest.mark.parametrize("then", BREAKS)
@given(streams(), st.sampled_from(HEADS))
@settings(max_examples=7 * EXAMPLES // 3)
@timeless
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


DAMAGES = st.lists(
    st.tuples(
        st.integers(0, 4095),
        st.integers(0, 3),
        st.sampled_from([b"", b"\n", b'"', b"{", b"}", b"\xff", b"\0", b":"]),
    ),
    min_size=1,
    max_size=4,
)


def damaged(stream: tuple[list[bytes], str], damages: list[tuple[int, int, bytes]], cuts: list[int]) -> list[bytes]:
    """A stream in which some bytes are others, missing or repeated."""
    whole = bytearray(b"".join(stream[0]))
    for place, length, other in damages:
        at = place % (len(whole) + 1)
        whole[at : at + length] = other
    return pieces(bytes(whole), cuts)


DAMAGED = st.builds(damaged, streams(), DAMAGES, CUTS)


@given(DAMAGED | st.lists(st.binary(max_size=40), max_size=6), st.sampled_from(BREAKS))
@settings(max_examples=10 * EXAMPLES // 3)
@timeless
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
@settings(max_examples=10 * EXAMPLES // 3)
@timeless
async def test_fields_of_any_type_end_in_no_error_that_is_not_ours(
    value: object, in_event: bool, head: ResponseHead
) -> None:
    """Known fields with values of any type, in an event or in none, end in an answer or in an error of ours."""
    written = json.dumps(
        {"choices": [value], "usage": value} if isinstance(value, dict) and in_event else value
    ).encode()
    await read_in_time([b"data: " + written + b"\n\n" if in_event else written], "ends", head)
