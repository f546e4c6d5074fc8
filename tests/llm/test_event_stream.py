"""The parser of server-sent events follows the HTML standard (section 9.2.6), and reads what servers send beyond it."""

from itertools import product

import pytest

from bot.llm.event_stream import EventStream
from tests.llm.pieces import in_pieces


def parsed(*chunks: bytes) -> list[bytes]:
    """The data of all events of a stream that have any, also of a last one that no blank line ends."""
    stream = EventStream()
    found = [data for chunk in chunks for data in stream.feed(chunk)]
    return [data for data in found + stream.end() if data]


def reported(*chunks: bytes) -> tuple[list[bytes], object, bool]:
    """The events before a report, the report, and whether it was a field or an event."""
    stream = EventStream()
    found: list[bytes] = []
    for chunk in chunks:
        if stream.report is None:
            found += stream.feed(chunk)
    found += stream.end()
    return found, stream.report, stream.framed


STREAMS: dict[str, tuple[bytes, list[bytes]]] = {
    "plain": (b'data: {"a":1}\n\ndata: {"b":2}\n\n', [b'{"a":1}', b'{"b":2}']),
    "no space": (b'data:{"a":1}\n\n', [b'{"a":1}']),
    "two spaces": (b'data:  {"a":1}\n\n', [b' {"a":1}']),
    "comments": (b': hi\n\n:\ndata: {"a":1}\n: hi\n\n', [b'{"a":1}']),
    "other fields": (b'id: 5\nretry: 10\nevent: message\ndata: {"a":1}\n\nid\n\n', [b'{"a":1}']),
    "fields in another order": (b'data: {"a":1}\nid: 5\nevent: message\n\n', [b'{"a":1}']),
    "an unknown type": (b'event: chunk\ndata: {"a":1}\n\n', [b'{"a":1}']),
    "a type without JSON": (b'event: ping\ndata: ping\n\ndata: {"a":1}\n\n', [b'{"a":1}']),
    "several lines": (b'data: {"a":\ndata: 1,\ndata:  "b": 2}\n\n', [b'{"a":\n1,\n "b": 2}']),
    "an empty line of data": (b'data\ndata: {"a":1}\n\n', [b'\n{"a":1}']),
    "events without data": (b'event: x\n\ndata\n\ndata: \n\ndata: {"a":1}\n\n', [b'{"a":1}']),
    "many blank lines": (b'\n\n\ndata: {"a":1}\n\n\n\ndata: {"b":2}\n\n\n', [b'{"a":1}', b'{"b":2}']),
    "unknown fields": (b'datax: {\n{\n data: x\nfoo\n\ndata: {"a":1}\n\n', [b'{"a":1}']),
    "no blank line between": (b'data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n', [b'{"a":1}', b'{"b":2}', b"[DONE]"]),
    "no blank line at the end": (b'data: {"a":1}\n\ndata: {"b":2}\n', [b'{"a":1}', b'{"b":2}']),
    "no line end at the end": (b'data: {"a":1}\n\ndata: {"b":2}', [b'{"a":1}', b'{"b":2}']),
    "done without a blank line": (b'data: {"a":1}\n\ndata: [DONE]', [b'{"a":1}', b"[DONE]"]),
    "garbage is an event": (b"data: {\n\ndata: nonsense\n\n", [b"{", b"nonsense"]),
    "line separators of Unicode": (
        'data: {"a":"\u2028\u2029\x85\x0b\x0c\x1c"}\n\n'.encode(),
        ['{"a":"\u2028\u2029\x85\x0b\x0c\x1c"}'.encode()],
    ),
    "JSON in no event": (b'{"choices":[{"delta":{}}]}\n', [b'{"choices":[{"delta":{}}]}']),
    "lines of JSON": (b'{"choices":[1]}\n{"choices":[2]}\n', [b'{"choices":[1]}', b'{"choices":[2]}']),
    "a whole answer": (b'{"choices":[{"message":{}}]}', [b'{"choices":[{"message":{}}]}', b"[DONE]"]),
    "JSON of no meaning among events": (b'data: {"a":1}\n\n{"level":"info"}\n\ndata: {"b":2}\n\n', [b'{"a":1}', b'{"b":2}']),
    "a page among events": (b'data: {"a":1}\n\n<html>\n</html>\n\n', [b'{"a":1}']),
    "nothing": (b"", []),
}  # fmt: skip


@pytest.mark.parametrize(("stream", "events"), STREAMS.values(), ids=STREAMS)
def test_events_are_found_however_the_bytes_are_cut(stream: bytes, events: list[bytes]) -> None:
    """The parser finds the same events with each kind of line end, behind a byte order mark, and in any pieces."""
    for mark, newline in product([b"", b"\xef\xbb\xbf"], [b"\n", b"\r\n", b"\r"]):
        for pieces in in_pieces(mark + stream.replace(b"\n", newline)):
            assert parsed(*pieces) == events


REPORTS: dict[str, tuple[bytes, list[bytes], object, bool]] = {
    "a field": (b'error: {"code":400}\n\ndata: [DONE]\n\n', [], {"code": 400}, True),
    "a field of text": (b"error: boom\n\n", [], "boom", True),
    "a type": (b'event: error\ndata: {"code":400}\n\ndata: [DONE]\n\n', [], {"code": 400}, True),
    "a type behind its data": (b'data: {"code":400}\nevent: error\n\n', [], {"code": 400}, True),
    "a type with text": (b"event: error\ndata: boom\n\n", [], "boom", True),
    "a type without data": (b"event: error\n\n", [], "", True),
    "behind an event": (b'data: {"a":1}\n\nevent: error\ndata: "x"\n\n', [b'{"a":1}'], "x", True),
    "without a blank line": (b'event: error\ndata: {"code":400}', [], {"code": 400}, True),
    "JSON in no event": (b'{"error":"boom"}', [], {"error": "boom"}, False),
    "JSON on several lines": (b'\n {"error":\n\n "boom"\n }\n', [], {"error": "boom"}, False),
    "a list": (b'[{"error":"boom"}]', [], [{"error": "boom"}], False),
    "JSON of another meaning": (b'{"status":"ok"}\n', [], {"status": "ok"}, False),
    "an error with choices": (b'{"choices":[],"error":"boom"}', [], {"choices": [], "error": "boom"}, False),
    "an error behind an event": (b'data: {"a":1}\n\n{"error":"boom"}\n', [b'{"a":1}'], {"error": "boom"}, False),
    "no error": (b"error: null\n\n", [], None, False),
}


@pytest.mark.parametrize(("stream", "events", "report", "framed"), REPORTS.values(), ids=REPORTS)
def test_an_error_ends_the_events(stream: bytes, events: list[bytes], report: object, framed: bool) -> None:
    """The parser finds an error in a field, in a type of event and in no event at all, and nothing behind it."""
    for chunks in ([stream], [stream[at : at + 1] for at in range(len(stream))]):
        assert reported(*chunks) == (events, report, framed)


@pytest.mark.parametrize("page", [b"<!doctype html><html>\n", b"\n\n <html>", b"<?xml version='1.0'?>\n\ndata: x\n\n"])
def test_a_page_is_found_at_its_first_bytes(page: bytes) -> None:
    """The parser reports a page without waiting for its end, and parses nothing of it."""
    stream = EventStream()

    assert stream.feed(page) == []
    assert isinstance(stream.report, bytes)
    assert stream.report.strip().startswith(b"<")


def test_json_in_no_event_is_read_at_once() -> None:
    """The parser reads a JSON body when its last brace arrives, even if the connection stays open."""
    stream = EventStream()

    assert stream.feed(b'{"choices":[{"message":{"con') == []
    assert stream.feed(b'tent":"a"}') == []
    assert stream.feed(b"}]}") == [b'{"choices":[{"message":{"content":"a"}}]}', b"[DONE]"]


def test_events_without_blank_lines_are_read_one_line_late() -> None:
    """The parser reads an event that no blank line ends when the next event begins."""
    stream = EventStream()

    assert stream.feed(b'data: {"a":1}\n') == []
    assert stream.feed(b'data: {"b":2}\n') == [b'{"a":1}']
    assert stream.feed(b"data: [DONE]\n") == [b'{"b":2}', b"[DONE]"]


@pytest.mark.parametrize("last", [b'data: {"a', b'data: {"a":\n', b"data: nonsense"])
def test_half_an_event_at_the_end_is_left_out(last: bytes) -> None:
    """The parser leaves out half an event at the end, as the standard wants it, and notes that the stream was torn."""
    stream = EventStream()

    assert stream.feed(b'data: {"a":1}\n\n' + last) == [b'{"a":1}']
    assert stream.end() == []
    assert stream.torn


def test_an_endless_text_is_not_kept() -> None:
    """The parser keeps at most some megabytes of lines that are no events."""
    stream = EventStream()
    for _ in range(20):
        assert stream.feed(b"words that are no field, " * 20_000 + b"\n") == []

    assert len(stream.unframed) < 9 * 1024 * 1024


def test_a_long_event_in_many_lines_is_read_once() -> None:
    """The parser reads an event of very many lines in time in proportion to its size."""
    lines = b"".join(b'data: {"b":1}\ndata: ,\n' for _ in range(50_000))

    (found,) = parsed(b'data: {"a":[\n' + lines + b"data: 1]}\n\n")

    assert found.count(b'"b"') == 50_000


@pytest.mark.unmeasured
@pytest.mark.parametrize("ends", [b"]\n", b"]"])
def test_a_long_body_that_is_never_whole_is_not_parsed_again_and_again(ends: bytes) -> None:
    """The parser reads a body that may be complete at very many places in time in proportion to its size."""
    assert parsed(b'{"a":1' + ends, *[ends] * 200_000) == []


@pytest.mark.parametrize("chunk", [b"x" * 100_000, b"data: " + b"x" * 100_000 + b"\n"])
def test_an_endless_event_is_not_kept(chunk: bytes) -> None:
    """The parser gives up a line, or an event, that does not end within some megabytes."""
    stream = EventStream()
    for _ in range(100):
        assert stream.feed(chunk) == []

    assert stream.overlong
    assert stream.end() == []
