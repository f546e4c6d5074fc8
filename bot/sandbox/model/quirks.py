"""Quirks: streams that are right and yet unlike OpenAI's, which a client must read all the same.

Source: the HTML standard, "Server-sent events" (comments, line ends, byte order mark, several lines of data); what people report
of servers and proxies.
"""

import json
from collections.abc import Callable
from enum import Enum

from bot.sandbox.model.events import DONE, Event, Writing

PAUSE_SECONDS = 0.002
"""Between the parts of a split event, so that they arrive one by one."""


class Quirk(Enum):
    """An unusual behaviour of a server."""

    COMMENTS = "comments"
    """A comment, `: keep-alive`, before each event."""
    CRLF = "crlf"
    """Lines end in CR and LF."""
    ONE_PACKET = "one packet"
    """Everything comes at once, when the last token is due."""
    SPLIT = "split"
    """Each event comes in parts, those with other characters than ASCII cut inside one."""
    UNKNOWN_FIELD = "unknown field"
    """Each chunk has a field that nobody announced."""
    NULL_DELTA = "null delta"
    """After each piece comes a delta with a null as content."""
    ONE_CHUNK = "one chunk"
    """The whole text stands in a single chunk."""
    CR = "cr"
    """Lines end in CR alone."""
    BYTE_ORDER_MARK = "byte order mark"
    """A byte order mark stands before the first event."""
    SEVERAL_LINES = "several lines"
    """Each event has its JSON on several lines, each a `data` field."""
    NO_SPACE = "no space"
    """No space follows the colon."""
    NO_LAST_BLANK_LINE = "no last blank line"
    """The last event lacks the blank line that ends it."""
    EARLY_REASONS = "early reasons"
    """Each chunk says that the answer has stopped."""
    THOUGHTS = "thoughts"
    """Thoughts come before the text, in the field `reasoning_content`."""


def odd(quirk: Quirk, events: list[Event], writing: Writing) -> list[Event]:
    """Return the events of a stream with a quirk."""
    return _CHANGES[quirk](events, writing)


def _comments(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    for one in events:
        one.data = b": keep-alive\n\n" + one.data
    return events


def _crlf(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    for one in events:
        one.data = one.data.replace(b"\n", b"\r\n")
    return events


def _one_packet(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    return [_joined(events)]


def _joined(events: list[Event]) -> Event:
    data, text = b"".join(one.data for one in events), "".join(one.text for one in events)
    return Event(data, text, sum(one.tokens for one in events), max(one.due for one in events))


def _split(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    parts: list[Event] = []
    for one in events:
        at = next((at + 1 for at, byte in enumerate(one.data) if byte >= 0xC0), len(one.data) // 2)
        parts.append(Event(one.data[:at], due=one.due, pause=PAUSE_SECONDS))
        parts.append(Event(one.data[at:], one.text, one.tokens, one.due, PAUSE_SECONDS))
    return parts


def _unknown_field(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    for one in events:
        one.data = one.data.replace(b"data: {", b'data: {"x_unknown":{"nested":[1,null]},', 1)
    return events


def _null_delta(events: list[Event], writing: Writing) -> list[Event]:
    found: list[Event] = []
    for one in events:
        found.append(one)
        if one.text:
            found.append(Event(writing.chunk('{"content":null}'), due=one.due))
    return found


def _one_chunk(events: list[Event], writing: Writing) -> list[Event]:
    spoken = _joined([one for one in events if one.tokens] or events[:1])
    spoken.data = writing.said(spoken.text)
    before = [one for one in events[:1] if not one.tokens]
    return [*before, spoken, *(one for one in events[1:] if not one.tokens)]


def _cr(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    for one in events:
        one.data = one.data.replace(b"\n", b"\r")
    return events


def _byte_order_mark(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    events[0].data = b"\xef\xbb\xbf" + events[0].data
    return events


def _several_lines(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    for one in events:
        if one.data != DONE:
            lines = json.dumps(json.loads(one.data.removeprefix(b"data: ")), indent=1).splitlines()
            one.data = "".join(f"data: {line}\n" for line in lines).encode() + b"\n"
    return events


def _no_space(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    for one in events:
        one.data = one.data.replace(b"data: ", b"data:", 1)
    return events


def _no_last_blank_line(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    events[-1].data = events[-1].data.rstrip(b"\n")
    return events


def _early_reasons(events: list[Event], writing: Writing) -> list[Event]:
    del writing
    for one in events:
        one.data = one.data.replace(b'"finish_reason":null', b'"finish_reason":"stop"')
    return events


def _thoughts(events: list[Event], writing: Writing) -> list[Event]:
    thoughts = [Event(writing.chunk(f'{{"reasoning_content":"{word}"}}')) for word in ("Who asks? ", "A friend.")]
    return [*events[:1], *thoughts, *events[1:]]


_CHANGES: dict[Quirk, Callable[[list[Event], Writing], list[Event]]] = {
    Quirk.COMMENTS: _comments,
    Quirk.CRLF: _crlf,
    Quirk.ONE_PACKET: _one_packet,
    Quirk.SPLIT: _split,
    Quirk.UNKNOWN_FIELD: _unknown_field,
    Quirk.NULL_DELTA: _null_delta,
    Quirk.ONE_CHUNK: _one_chunk,
    Quirk.CR: _cr,
    Quirk.BYTE_ORDER_MARK: _byte_order_mark,
    Quirk.SEVERAL_LINES: _several_lines,
    Quirk.NO_SPACE: _no_space,
    Quirk.NO_LAST_BLANK_LINE: _no_last_blank_line,
    Quirk.EARLY_REASONS: _early_reasons,
    Quirk.THOUGHTS: _thoughts,
}
