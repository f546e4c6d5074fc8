"""Quirks: streams that are right and yet unlike OpenAI's, which a client must read all the same.

Source: the HTML standard, "Server-sent events" (comments, line ends); what people report of servers and proxies.
"""

from collections.abc import Callable
from enum import Enum

from bot.sandbox.model.events import Event, Writing

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


_CHANGES: dict[Quirk, Callable[[list[Event], Writing], list[Event]]] = {
    Quirk.COMMENTS: _comments,
    Quirk.CRLF: _crlf,
    Quirk.ONE_PACKET: _one_packet,
    Quirk.SPLIT: _split,
    Quirk.UNKNOWN_FIELD: _unknown_field,
    Quirk.NULL_DELTA: _null_delta,
    Quirk.ONE_CHUNK: _one_chunk,
}
