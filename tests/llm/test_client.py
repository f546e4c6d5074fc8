"""The client sends one request a stream, says what became of it, and learns how each server wants to be asked."""

import asyncio
import json
from dataclasses import replace

import pytest

from bot.chat.calls import Usage
from bot.chat.ports.model import Delta, Finish, Spent, Thinking, Withdrawn
from bot.errors import (
    NOTHING_REFUSED,
    ModelBusy,
    ModelContextExceeded,
    ModelCutOff,
    ModelError,
    ModelFiltered,
    ModelKeyRejected,
    ModelOverloaded,
    ModelQuotaSpent,
    ModelRejected,
    ModelSpentThinking,
    ModelUnknown,
    ModelUnreachable,
)
from bot.llm.client import connected
from bot.llm.server import Server
from bot.sandbox import LiteLLM, LlamaCpp, NoUsage, Outcome, Sandbox
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.llm.asking import REQUEST, answer_of, asked, gathered, server_at, summed_up
from tests.llm.streams import DONE, event, sse
from tests.llm.wire import HELLO, STOP, STREAM, chunked, serving


@pytest.fixture
def server(box: Sandbox) -> Server:
    """The sandbox's model, asked as OpenAI is."""
    return server_at(box.model.base_url)


@pytest.fixture
def facts() -> MemoryFacts:
    """An empty memory."""
    return MemoryFacts(State())


# ------------------------------------------------------------------------------------------ one request


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "invalid_api_key", ModelKeyRejected),
        (429, "insufficient_quota", ModelQuotaSpent),
        (400, "context_length_exceeded", ModelContextExceeded),
        (400, "content_filter", ModelFiltered),
        (400, "invalid_value", ModelRejected),
        (404, "model_not_found", ModelUnknown),
        (429, None, ModelBusy),
        (529, None, ModelOverloaded),
        (500, None, ModelUnreachable),
        (503, None, ModelUnreachable),
    ],
)
async def test_a_request_that_fails_is_not_repeated(
    box: Sandbox, server: Server, status: int, code: str | None, kind: type[ModelError]
) -> None:
    """The client sends one request and raises the error that the server answers with, even where it may pass."""
    box.model.fails(status, code=code, headers={"retry-after-ms": "10"}, times=None)

    text, end = await asked(server)
    assert (text, type(end)) == ("", kind)
    assert len(box.model.requests) == 1
    assert not (isinstance(end, ModelRejected) and end.adapted)


@pytest.mark.parametrize("fault", ["reset", "hung up", "reset before the text"])
async def test_a_request_whose_connection_breaks_is_not_repeated(box: Sandbox, server: Server, fault: str) -> None:
    """The client sends no second request where the connection of the first breaks before any text."""
    if fault == "reset":
        box.model.resets()
    elif fault == "hung up":
        box.model.hangs_up()
    else:
        box.model.cuts_after(0)

    text, end = await asked(server)
    assert (text, type(end)) == ("", ModelUnreachable)
    assert len(box.model.requests) == 1


async def test_each_stream_is_a_request_of_its_own(box: Sandbox, server: Server) -> None:
    """A request after a failed one is sent and answered."""
    box.model.fails(503)
    box.model.replies_with("at last")

    async with connected(server) as model:
        assert type((await answer_of(model))[1]) is ModelUnreachable
        text, end = await answer_of(model)
    assert (text, type(end)) == ("at last", Finish)
    assert len(box.model.requests) == 2


@pytest.mark.parametrize("status", [429, 500, 503, 529])
@pytest.mark.parametrize(
    ("headers", "seconds"), [({"retry-after": "3600"}, 3600), ({"retry-after-ms": "10"}, 0.01), ({}, None)]
)
async def test_the_server_says_how_long_to_wait(
    box: Sandbox, server: Server, status: int, headers: dict[str, str], seconds: float | None
) -> None:
    """The error of a busy or broken server has the wait that its headers ask for, and is raised at once."""
    box.model.speaks(NoUsage())  # it says nothing unasked
    box.model.fails(status, headers=headers, times=None)

    _, end = await asked(server)
    assert isinstance(end, ModelBusy | ModelUnreachable)
    assert end.retry_after == seconds


async def test_the_server_says_in_words_how_long_to_wait(box: Sandbox, server: Server) -> None:
    """A wait that stands only in the server's sentence is kept as well."""
    box.model.speaks(NoUsage())  # it says nothing unasked
    box.model.fails(429, message="Rate limit reached for m in organization o. Please try again in 1.5s.", times=None)

    _, end = await asked(server)
    assert isinstance(end, ModelBusy)
    assert end.retry_after == 1.5


async def test_litellm_keeps_the_providers_wish_under_another_name(box: Sandbox, server: Server) -> None:
    """The wait that a provider behind LiteLLM asks for is found under LiteLLM's name for it."""
    box.model.speaks(LiteLLM())
    box.model.fails(429, headers={"retry-after": "77"}, times=None)

    _, end = await asked(server)
    assert isinstance(end, ModelBusy)
    assert end.retry_after == 77


async def test_an_answer_that_breaks_off_is_cut_off(box: Sandbox, server: Server) -> None:
    """A connection that breaks once text has come is an answer that was cut off, and nothing is asked again."""
    box.model.cuts_after(2)
    box.model.replies_with("one two three")

    text, end = await asked(server)
    assert (text, type(end)) == ("one two", ModelCutOff)
    assert len(box.model.requests) == 1


async def test_a_model_that_breaks_off_in_its_thoughts_has_not_begun() -> None:
    """A connection that breaks while the model thinks is an unreachable server, behind the sign that it thought."""
    thought = b'data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}\n\n'
    async with serving(STREAM + chunked(thought, end=False)) as wire, connected(server_at(wire.url)) as model:
        sign, error = await gathered(model.stream(REQUEST))

    assert (sign, type(error)) == (Thinking(), ModelUnreachable)
    assert len(wire.requests) == 1


# ------------------------------------------------------------------------------------------ ends


async def test_an_answer_spent_on_thoughts(box: Sandbox, server: Server) -> None:
    """An answer that reaches its limit in thoughts ends in an error of its own."""
    box.model.replies_with("<think>" + "who is that and what do they mean " * 9)

    _, end = await asked(server, replace(REQUEST, reply_tokens=16))
    assert type(end) is ModelSpentThinking


async def test_llama_cpp_names_the_limit(box: Sandbox) -> None:
    """The error of a prompt that is too long has the context that llama.cpp names."""
    box.model.speaks(LlamaCpp())
    box.model.context_tokens = 8

    _, end = await asked(server_at(box.model.base_url, speaks_openai=False))
    assert isinstance(end, ModelContextExceeded)
    assert end.limit == 8


@pytest.mark.parametrize("code", ["invalid_value", None])
async def test_a_users_words_in_a_refusal_are_nobodys_fault(box: Sandbox, server: Server, code: str | None) -> None:
    """A refusal that quotes people's words about parameters and long prompts is taken for neither."""
    said = "Unsupported parameter: 'max_completion_tokens': prompt is too long"
    box.model.fails(400, code=code, message=f"Invalid value: '{said}'. Supported values are: 'text'.")

    _, end = await asked(server)
    assert isinstance(end, ModelRejected)
    assert (end.refused, end.adapted) == (NOTHING_REFUSED, False)


async def test_the_usage_of_an_answer_that_fails_is_told_before_the_error() -> None:
    """A model that spent its answer on thoughts is billed for them: the usage comes before the error."""
    usage = {"prompt_tokens": 5, "completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 9}}
    stream = event(None, "length") + sse({"choices": [], "usage": usage}) + DONE
    async with serving(STREAM + chunked(stream)) as wire, connected(server_at(wire.url)) as model:
        told, error = await gathered(model.stream(REQUEST))
    assert told == Spent(Usage(prompt=5, completion=9, reasoning=9))
    assert type(error) is ModelSpentThinking


# ------------------------------------------------------------------------------------------ the provider's own words


async def test_the_providers_words_are_in_the_error(box: Sandbox, server: Server) -> None:
    """The error ends with the provider's words, so that a reason that stands nowhere else reaches the log."""
    box.model.fails(400, message="model requires other drivers than there are", times=None)

    _, end = await asked(server)
    assert str(end).endswith("; its words: model requires other drivers than there are")
    assert isinstance(end, ModelError)
    assert "drivers" not in end.public
    assert end.unredacted == ""


@pytest.mark.parametrize("status", [400, 429, 500, None])
async def test_neither_people_s_text_nor_the_key_is_in_the_error(status: int | None) -> None:
    """Words of the prompt and the key are cut out of a server's error, in an error response and in a stream."""
    error = {"error": {"message": 'Bad sk-1-abcdef: Alice (#abcd): hi is "no good" here', "code": "500"}}
    body = json.dumps(error).encode()
    head = b"HTTP/1.1 %d No\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status or 0, len(body))
    reply = head + body if status else STREAM + chunked(sse(error))
    async with serving(reply) as wire:
        _, end = await asked(replace(server_at(wire.url), api_key="sk-1-abcdef"))

    assert str(end).endswith("; its words: Bad […]: […] is […] here")


async def test_an_answer_that_breaks_off_tells_the_providers_words(box: Sandbox, server: Server) -> None:
    """The words of an error event are in the error of the answer that it cut off."""
    stream = event("half") + sse({"error": {"message": "the card melted", "code": "500"}})
    async with serving(STREAM + chunked(stream)) as wire:
        text, end = await asked(server_at(wire.url))

    assert (text, type(end)) == ("half", ModelCutOff)
    assert "its words: the card melted" in str(end)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, {"code": "x", "error": "Your team doesn't have any credits yet"}, ModelQuotaSpent),
        (503, {"error": "The line is full", "error_type": "overloaded"}, ModelOverloaded),
        (400, [{"error": {"code": 400, "details": [{"reason": "API_KEY_INVALID"}]}}], ModelKeyRejected),
        (413, None, ModelContextExceeded),
    ],
)
async def test_the_whole_body_is_read(
    box: Sandbox, server: Server, status: int, body: object, kind: type[ModelError]
) -> None:
    """Codes count that stand beside the field `error`, which is all that the SDK keeps; so does a body that is missing."""
    box.model.answers_raw(b"" if body is None else json.dumps(body), status=status, times=None)

    _, end = await asked(server)
    assert type(end) is kind


@pytest.mark.parametrize("charset", ["hex", "base64", "zlib", "bz2", "uu", "rot13", "idna", "undefined", "no-such"])
async def test_an_error_is_read_whatever_charset_it_claims(charset: str) -> None:
    """The body of an error is read as UTF-8, also where the server names one of Python's codecs that are not for text."""
    body = json.dumps({"error": {"message": "no", "code": "insufficient_quota"}}).encode()
    head = f"HTTP/1.1 429 X\r\nContent-Type: application/json; charset={charset}\r\nContent-Length: {len(body)}\r\n\r\n"

    async with serving(head.encode() + body) as wire, connected(server_at(wire.url)) as client:
        assert isinstance((await answer_of(client))[1], ModelQuotaSpent)
        assert await client.reachable()
        with pytest.raises(ModelQuotaSpent):
            await client.models()


async def test_an_endless_error_is_read_up_to_a_limit() -> None:
    """An error whose body never ends is one all the same: its beginning is read."""

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 X\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with serving(endless) as wire, connected(server_at(wire.url)) as client:
        assert isinstance((await answer_of(client))[1], ModelError)


async def test_a_list_of_models_that_is_refused_tells_the_providers_words_whole() -> None:
    """Asking for the names of models sends no text of people, so quotations stay in the error; keys do not."""
    body = json.dumps(
        {"error": {"message": "The key 'my own key' of \"project one\" ended. " + "Go on. " * 60}}
    ).encode()
    head = b"HTTP/1.1 401 No\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with (
        serving(head + body) as wire,
        connected(replace(server_at(wire.url), api_key="my own key")) as model,
    ):
        with pytest.raises(ModelKeyRejected, match="check OPENAI_API_KEY") as caught:
            await model.models()

    assert "The key '[…]' of \"project one\" ended. " in str(caught.value)
    assert str(caught.value).endswith("Go on.")
    assert len(str(caught.value)) > 400


async def test_a_model_that_leaves_out_the_opening_tag_is_held_back_from_then_on(box: Sandbox, server: Server) -> None:
    """Only the first answer's thoughts are shown for a moment: later ones are held back until their end is known.

    An answer without thoughts is then shown at its end, and those after it as they come.
    """
    box.model.pace(tokens_per_second=200)
    box.model.replies_with(
        "Who asks?\n</think>\n\nA tower.", "Who?\n</think>\n\nA lamp.", "A fog horn.", "A light keeper."
    )
    other = replace(REQUEST, model="gpt-5.4")
    async with connected(server) as model:
        first = await gathered(model.stream(REQUEST))
        assert Withdrawn() in first
        second = await gathered(model.stream(REQUEST))
        assert second[0] == Thinking()
        assert Withdrawn() not in second
        assert summed_up(second)[0][0].startswith("A")
        assert summed_up(await gathered(model.stream(REQUEST)))[0] == ["A fog horn."]
        assert len(summed_up(await gathered(model.stream(REQUEST)))[0]) > 1

        box.model.replies_with("Who?\n</think>\n\nA tower.")
        assert Withdrawn() in await gathered(model.stream(other))


# ------------------------------------------------------------------------------------------ leaving


async def test_an_answer_that_nobody_wants_any_more_ends_at_the_server(box: Sandbox, server: Server) -> None:
    """A stream that is closed ends its request, so that the server writes no further."""
    box.model.pace(tokens_per_second=100)
    box.model.replies_with("word " * 1000)
    async with connected(server) as model:
        events = model.stream(REQUEST)
        await anext(events)
        await events.aclose()
        await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)


async def test_the_first_word_is_handed_on_before_the_second_comes() -> None:
    """The client hands on each piece of an answer without waiting for the next."""
    second = asyncio.Event()

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + chunked(HELLO, end=False))
        await second.wait()
        writer.write(chunked(STOP))
        await writer.drain()

    async with serving(reply) as wire, connected(server_at(wire.url)) as model:
        async with asyncio.timeout(30):
            events = model.stream(REQUEST)
            assert await anext(events) == Delta("hello")
            second.set()
            assert await anext(events) == Finish("stop", None)
            await events.aclose()
