"""A response with status 200 that is no stream is what it is: an error, a page, a text, a whole answer, or nothing."""

import asyncio
import json

import pytest

from bot.chat.calls import Usage
from bot.chat.ports.model import Delta, Finish, Thinking
from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelCutOff,
    ModelError,
    ModelFiltered,
    ModelKeyRejected,
    ModelOverloaded,
    ModelQuotaSpent,
    ModelRejected,
    ModelSilent,
    ModelTimedOut,
    ModelUnreachable,
)
from bot.llm.errors.no_stream import ResponseHead
from bot.llm.stream import Timeouts, read
from tests.llm.asking import asked, gathered, server_at
from tests.llm.streams import DONE, PATIENT, TINY, event, received, sent, sse
from tests.llm.wire import HELLO, STREAM, chunked, serving

JSON = "application/json"


def response(body: bytes, kind: str = JSON, *, length: bool = True) -> bytes:
    """A response with status 200."""
    size = b"Content-Length: %d\r\n" % len(body) if length else b"Connection: close\r\n"
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%s\r\n%s" % (kind.encode(), size, body)


async def answer_to(body: bytes, kind: str = JSON) -> tuple[str, Finish | ModelError, str]:
    """The text and the end that become of such a response, and the address that was asked."""
    async with serving(response(body, kind, length=False)) as wire:
        text, end = await asked(server_at(wire.url))
        assert len(wire.requests) == 1
        return text, end, f"{wire.url}/chat/completions"


# ------------------------------------------------------------------------------------------ errors

WRONG_ADDRESS: dict[str, object] = {
    "LM Studio": {"error": "Unexpected endpoint or method. (POST /chat/completions)"},
    "FastAPI": {"detail": "Not Found"},
    "Spring": {"timestamp": "2026-11-28", "status": 404, "error": "Not Found", "path": "/chat/completions"},
    "a router": {"code": 404, "msg": "no route"},
    "a greeting": {"message": "Welcome to my API", "version": "1.0"},
    "a state": {"status": "ok"},
    "a list": [{"error": {"message": "no such path"}}],
    "an empty list": [],
    "nothing": {},
    "a word": "Not found",
}


@pytest.mark.parametrize("body", WRONG_ADDRESS.values(), ids=WRONG_ADDRESS)
async def test_json_from_a_wrong_address_names_the_address(body: object) -> None:
    """JSON that is neither an answer nor a known error is a refusal that names the address and the setting."""
    text, end, url = await answer_to(json.dumps(body).encode())

    assert (text, type(end)) == ("", ModelRejected)
    assert url in str(end)
    assert "OPENAI_BASE_URL" in str(end)


ERRORS: dict[str, tuple[object, type[ModelError]]] = {
    "too long": ({"error": {"code": 400, "message": "x", "type": "exceed_context_size_error"}}, ModelContextExceeded),
    "too long, in words": ({"error": "prompt is too long: 9 tokens > 5 maximum"}, ModelContextExceeded),
    "spent": ({"error": {"message": "x", "code": "insufficient_quota"}}, ModelQuotaSpent),
    "key": ({"error": {"message": "x", "code": "invalid_api_key"}}, ModelKeyRejected),
    "key by its status": ({"code": 401, "msg": "x"}, ModelKeyRejected),
    "limited": ({"error": {"message": "x", "code": 429}}, ModelBusy),
    "overloaded": ({"type": "error", "error": {"type": "overloaded_error", "message": "x"}}, ModelOverloaded),
    "filtered": ({"error": {"code": "content_filter", "message": "x"}}, ModelFiltered),
    "down": ({"error": {"message": "x", "code": 503}}, ModelUnreachable),
    "a fault of its own": ({"error": {"message": "x", "type": "server_error"}}, ModelUnreachable),
    "a list": ([{"error": {"message": "x", "code": 429}}], ModelBusy),
}


@pytest.mark.parametrize("kind", [JSON, "text/event-stream", "application/problem+json; charset=utf-8", "text/plain"])
@pytest.mark.parametrize(("body", "error"), ERRORS.values(), ids=ERRORS)
async def test_an_error_with_status_200_is_that_error(body: object, error: type[ModelError], kind: str) -> None:
    """An error that is sent with status 200 and without framing is the error that it reports, whatever the content type."""
    for written in (json.dumps(body), json.dumps(body, indent=2) + "\n"):
        text, end, _ = await answer_to(written.encode(), kind)
        assert (text, type(end)) == ("", error)


@pytest.mark.parametrize(("body", "error"), ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize(
    "framing",
    [
        "data: {}\n\n",
        "data: {}",
        "error: {}\n\ndata: [DONE]\n\n",
        "event: error\ndata: {}\n\n",
        "data: {}\nevent: error\n\n",
    ],
)
async def test_an_error_in_a_stream_is_that_error(body: object, error: type[ModelError], framing: str) -> None:
    """An error is recognised in each framing: as data, as a field of its own, and as a type of event."""
    if isinstance(body, list):  # in an event without a type, a list is no event of a chat completion
        framing = "error: {}\n\n"
    events = await gathered(read(sent([framing.replace("{}", json.dumps(body)).encode()]), PATIENT))

    assert [type(one) for one in events] == [error]


async def test_an_error_behind_text_cuts_the_answer_off() -> None:
    """An error without framing behind text cuts the answer off, and the text is kept."""
    for error in (b'{"error":{"message":"backend gone"}}\n', b"error: boom\n\n", b"event: error\ndata: boom\n\n"):
        async with serving(STREAM + chunked(HELLO, error)) as wire:
            text, end = await asked(server_at(wire.url))
        assert (text, type(end)) == ("hello", ModelCutOff)


async def test_an_error_on_an_open_connection_is_raised_at_once() -> None:
    """An error without framing is raised when it arrives, though the server keeps the connection open."""
    body = b'{"error":{"message":"x","code":429}}'

    assert [type(one) for one in await gathered(read(sent([body], hangs=True), PATIENT))] == [ModelBusy]


async def test_an_error_that_nobody_can_read_is_an_error_of_ours() -> None:
    """An error with a number of endless digits is a fault of the server."""
    body = b'{"error":{"message":"x","code":' + b"9" * 5000 + b"}}"

    assert [type(one) for one in await gathered(read(sent([b"data: " + body + b"\n\n"]), PATIENT))] == [
        ModelUnreachable
    ]


# ------------------------------------------------------------------------------------------ pages, texts, nothing


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8", JSON, "text/event-stream", ""])
@pytest.mark.parametrize("page", [b"<!doctype html><html><body>log in</body></html>", b"\n\n<html>\n\n</html>\n"])
async def test_a_page_names_the_address(page: bytes, kind: str) -> None:
    """A page in the place of a stream is a refusal that names the address, whatever its content type says."""
    text, end, url = await answer_to(page, kind)

    assert (text, type(end)) == ("", ModelRejected)
    assert "page" in str(end)
    assert f"{url}: check OPENAI_BASE_URL" in str(end)


async def test_the_address_is_named_without_what_is_secret_in_it() -> None:
    """The address that an error names is the one that answered in the end, without its query."""
    elsewhere = b"HTTP/1.1 307 There\r\nLocation: /login?token=secret\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    replies = [elsewhere, response(b"<html>")]

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(replies.pop(0))
        await writer.drain()

    async with serving(reply) as wire:
        _, end = await asked(server_at(wire.url))

    assert f"{wire.url.removesuffix('/v1')}/login: check OPENAI_BASE_URL" in str(end)
    assert "secret" not in str(end)


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/octet-stream"])
async def test_a_text_names_the_address(kind: str) -> None:
    """A plain text in the place of a stream is a refusal that names the address."""
    text, end, url = await answer_to(b"It works!", kind)

    assert (text, type(end)) == ("", ModelRejected)
    assert url in str(end)


@pytest.mark.parametrize("body", [b"upstream connect error", b"Internal Server Error\n", b'{"error": {"mess'])
async def test_a_text_in_an_event_stream_is_tried_again(body: bytes) -> None:
    """A text or half a JSON in a response that promises events is a fault of the server, which may pass."""
    text, end, _ = await answer_to(body, "text/event-stream")

    assert (text, type(end)) == ("", ModelUnreachable)


async def test_nothing_is_said_to_be_nothing() -> None:
    """An empty response is a silent model; one that does not even promise a stream names the address."""
    _, end, url = await answer_to(b"", JSON)
    assert type(end) is ModelSilent
    assert url in str(end)

    _, end, url = await answer_to(b"", "text/event-stream")
    assert type(end) is ModelSilent
    assert url not in str(end)


# ------------------------------------------------------------------------------------------ whole answers

WHOLE = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "A tower."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2},
}


@pytest.mark.parametrize("kind", [JSON, "text/event-stream", "text/plain"])
@pytest.mark.parametrize("body", [json.dumps(WHOLE).encode(), json.dumps(WHOLE, indent=2).encode(), sse(WHOLE)])
async def test_a_whole_answer_is_shown_with_its_usage(kind: str, body: bytes) -> None:
    """A chat completion that is not streamed is the answer, with its reason and its usage."""
    text, end, _ = await answer_to(body, kind)

    assert (text, end) == ("A tower.", Finish("stop", Usage(prompt=3, completion=2)))


async def test_a_whole_answer_needs_no_reason_and_no_end_of_the_connection() -> None:
    """A whole answer without a finish reason is whole, and is shown at once where the connection stays open."""
    body = b'{"choices":[{"message":{"content":"A tower."},"finish_reason":null}]}'
    timeouts = Timeouts(60, 60, TINY)

    assert await gathered(read(sent([body], hangs=True), timeouts)) == [Delta("A tower."), Finish("stop", None)]


async def test_the_thoughts_of_a_whole_answer_are_left_out() -> None:
    """Thoughts beside or within the text of a whole answer are not shown."""
    message = {"content": "<think>hm</think>\nA tower.", "reasoning_content": "so"}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "length"}]}).encode()

    assert await gathered(read(sent([body]), PATIENT)) == [Thinking(), Delta("A tower."), Finish("length", None)]


async def test_lines_of_json_are_a_stream() -> None:
    """Chunks that are sent as lines of JSON without framing are read as a stream."""
    chunks = [event("a"), event("b"), event(None, "stop")]
    lines = [chunk.removeprefix(b"data: ")[:-1] for chunk in chunks]

    assert await gathered(read(sent(lines), PATIENT, head=ResponseHead("", JSON))) == [
        Delta("a"),
        Delta("b"),
        Finish("stop", None),
    ]


async def test_a_stream_of_another_content_type_is_a_stream() -> None:
    """A stream is read as one whatever its content type says, because its first bytes show it."""
    for kind in ("text/html", JSON, "text/plain", ""):
        text, end, _ = await answer_to(event("A tower.") + event(None, "stop") + DONE, kind)
        assert (text, end) == ("A tower.", Finish("stop", None))


async def test_a_body_that_stays_open_is_given_up_in_time() -> None:
    """Half a body on a connection that stays open is given up at the time for the first text."""
    timeouts = Timeouts(TINY, 60)

    (end,) = await gathered(read(sent([b'{"choices": ['], hangs=True), timeouts))
    assert type(end) is ModelTimedOut


QUEUED = b'{"status": "queued", "message": "You are number 3 in the queue"}'


@pytest.mark.parametrize(
    "notice", [b"data: " + QUEUED + b"\n\n", QUEUED + b"\n\n", b"event: status\ndata: " + QUEUED + b"\n\n"]
)
async def test_a_notice_of_the_queue_is_no_error(notice: bytes) -> None:
    """A notice of the queue before or within an answer is passed over."""
    assert await received(notice, notice, event("a"), DONE) == (["a"], Finish("stop", None))
    assert await received(event("a"), b"data: " + QUEUED.replace(b"queued", b"processing") + b"\n\n", DONE) == (
        ["a"],
        Finish("stop", None),
    )
    texts, end = await received(notice)
    assert (texts, type(end)) == ([], ModelSilent)
