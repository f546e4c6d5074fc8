"""The client sends one request a stream, says what became of it, and learns how each server wants to be asked."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.chat.calls import Usage
from bot.chat.ports.model import Delta, Finish, Spent, Thinking
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
    ModelSpentThinking,
    ModelUnreachable,
    StoreError,
)
from bot.llm.client import connected
from bot.llm.refused import key_of
from bot.llm.server import Server
from bot.sandbox import LiteLLM, LlamaCpp, Outcome, Sandbox, Shape, Strict
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.llm.asking import REQUEST, answer_of, asked, gathered, server_at, settled
from tests.llm.streams import DONE, event, sse
from tests.llm.wire import ANSWER, HELLO, STOP, STREAM, chunked, serving


@pytest.fixture
def server(box: Sandbox) -> Server:
    """The sandbox's model, asked as OpenAI is."""
    return server_at(box.model.base_url)


@pytest.fixture
def facts() -> MemoryFacts:
    """An empty memory."""
    return MemoryFacts(State())


def refusal_of(name: str) -> dict[str, object]:
    """The body of an error that says that a parameter is not known."""
    return {"error": {"code": "unknown_parameter", "param": name, "message": "no"}}


def bodies(requests: list[bytes]) -> list[dict[str, Any]]:
    """The bodies of requests on the wire."""
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in requests]


# ------------------------------------------------------------------------------------------ one request


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "invalid_api_key", ModelKeyRejected),
        (429, "insufficient_quota", ModelQuotaSpent),
        (400, "context_length_exceeded", ModelContextExceeded),
        (400, "content_filter", ModelFiltered),
        (400, "invalid_value", ModelRejected),
        (404, "model_not_found", ModelRejected),
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
    """A failed request leaves nothing behind that would keep the next from its answer."""
    box.model.fails(503)
    box.model.replies_with("at last")

    async with connected(server) as model:
        assert type((await answer_of(model))[1]) is ModelUnreachable
        text, end = await answer_of(model)
    assert (text, type(end)) == ("at last", Finish)
    assert len(box.model.requests) == 2


@pytest.mark.parametrize("status", [429, 529])
@pytest.mark.parametrize(
    ("headers", "seconds"), [({"retry-after": "3600"}, 3600), ({"retry-after-ms": "10"}, 0.01), ({}, None)]
)
async def test_the_server_says_how_long_to_wait(
    box: Sandbox, server: Server, status: int, headers: dict[str, str], seconds: float | None
) -> None:
    """The error of a busy server has the wait that its headers ask for, and is raised at once."""
    box.model.fails(status, headers=headers, times=None)

    _, end = await asked(server)
    assert isinstance(end, ModelBusy)
    assert end.retry_after == seconds


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
    assert (end.parameters, end.adapted) == (set(), False)


# ------------------------------------------------------------------------------------------ what servers do not know


async def test_a_parameter_that_is_not_known_is_left_out_of_the_next_request(box: Sandbox, server: Server) -> None:
    """A refusal that names a parameter is raised as adapted, and the next request goes without that parameter only."""
    box.model.fails(400, body=refusal_of("prompt_cache_key"))
    async with connected(server) as model:
        _, end = await answer_of(model)
        assert isinstance(end, ModelRejected)
        assert (end.parameters, end.adapted) == ({"prompt_cache_key"}, True)
        assert len(box.model.requests) == 1
        assert isinstance((await answer_of(model))[1], Finish)

    first, second = (request.body for request in box.model.requests)
    assert first.keys() - second.keys() == {"prompt_cache_key"}
    assert second == {name: value for name, value in first.items() if name != "prompt_cache_key"}


@pytest.mark.parametrize("shape", Shape)
async def test_a_strict_server_is_asked_without_what_it_does_not_know(
    box: Sandbox, facts: MemoryFacts, shape: Shape
) -> None:
    """A strict server is asked with what it knows as soon as it has named the rest, in this run and the next."""
    box.model.speaks(Strict(shape))
    server = server_at(box.model.base_url)
    async with connected(server, facts=facts) as model:
        _, refusal = await answer_of(model)
        assert isinstance(refusal, ModelRejected)
        assert refusal.adapted
        assert isinstance((await settled(model))[1], Finish)
        found_out = len(box.model.requests)
        assert isinstance((await answer_of(model))[1], Finish)
        assert len(box.model.requests) == found_out + 1

    taken = box.model.requests[-1].body
    assert taken.keys() == {"model", "messages", "stream", "max_tokens"}
    assert taken["max_tokens"] == REQUEST.reply_tokens
    assert json.loads(facts.state.facts[key_of(server, REQUEST.model)]) == [
        "max_completion_tokens",
        "prompt_cache_key",
        "safety_identifier",
        "stream_options",
    ]
    async with connected(server, [REQUEST.model], facts) as model:
        assert isinstance((await answer_of(model))[1], Finish)
    assert len(box.model.requests) == found_out + 2


async def test_all_questions_that_are_asked_at_once_find_out_together(
    box: Sandbox, server: Server, facts: MemoryFacts
) -> None:
    """Each of several requests that are refused at once for the same parameter may be sent again."""
    box.model.fails(
        400, body=refusal_of("prompt_cache_key"), when=lambda one: "prompt_cache_key" in one.body, times=None
    )
    async with connected(server, facts=facts) as model:
        refusals = [end for _, end in await asyncio.gather(*(answer_of(model) for _ in range(8)))]
        ends = [end for _, end in await asyncio.gather(*(answer_of(model) for _ in range(8)))]

    assert [isinstance(end, ModelRejected) and end.adapted for end in refusals] == [True] * 8
    assert [type(end) for end in ends] == [Finish] * 8


async def test_the_limit_of_an_answer_goes_by_the_name_that_the_server_knows(box: Sandbox) -> None:
    """The limit of an answer is sent by OpenAI's newer name to a server that refuses the older one."""
    async with connected(server_at(box.model.base_url, speaks_openai=False)) as model:
        assert isinstance((await settled(model))[1], Finish)

    first, second = (request.body for request in box.model.requests)
    assert "max_tokens" in first
    assert "max_tokens" not in second
    assert second["max_completion_tokens"] == REQUEST.reply_tokens


async def test_a_setting_that_the_model_does_not_take_costs_a_warning_only(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """An extra parameter that the model does not take is left out with a warning."""
    async with connected(server_at(box.model.base_url, extra={"temperature": 0.2})) as model:
        assert isinstance((await settled(model))[1], Finish)

    assert ["temperature" in request.body for request in box.model.requests] == [True, False]
    assert "temperature" in caplog.text


async def test_a_value_that_is_wrong_is_told_and_not_left_out(box: Sandbox) -> None:
    """A parameter whose value is refused is named in the error and stays in the request."""
    body = {"error": {"code": "decimal_above_max_value", "param": "temperature", "message": "no"}}
    box.model.fails(400, body=body, times=None)
    async with connected(server_at(box.model.base_url, extra={"temperature": 1})) as model:
        _, end = await answer_of(model)
        assert isinstance(end, ModelRejected)
        assert not end.adapted
        assert "param temperature" in str(end)
        await answer_of(model)

    assert box.model.requests[1].body["temperature"] == 1


async def test_a_server_that_refuses_what_it_was_not_sent_is_not_asked_again(box: Sandbox, server: Server) -> None:
    """A refusal of a parameter that was not sent is raised as one that nothing was changed for."""
    box.model.fails(400, body=refusal_of("never_sent"), times=None)

    _, end = await asked(server)
    assert isinstance(end, ModelRejected)
    assert (end.parameters, end.adapted) == ({"never_sent"}, False)


async def test_a_server_that_refuses_everything_is_asked_as_often_as_there_are_parameters(
    box: Sandbox, server: Server
) -> None:
    """A request is adapted once for each of its parameters, so that two names of one limit do not take turns for ever."""
    names = ("max_completion_tokens", "max_tokens", "max_completion_tokens", "max_tokens", "messages")
    for name in names:
        box.model.fails(400, body=refusal_of(name))
    async with connected(server) as model:
        ends = [end for _, end in [await answer_of(model) for _ in names]]

    assert [isinstance(end, ModelRejected) and end.adapted for end in ends] == [True, True, False, False, False]
    assert not {"max_completion_tokens", "max_tokens"} & box.model.requests[2].body.keys()


# ------------------------------------------------------------------------------------------ earlier runs


@dataclass
class Recalling(MemoryFacts):
    """Facts that note what they are asked for."""

    asked_for: list[str] = field(default_factory=list[str])

    async def recall(self, key: str) -> str | None:
        """Note the key."""
        self.asked_for.append(key)
        return await super().recall(key)


class Locked(MemoryFacts):
    """Facts in a store that is locked."""

    async def recall(self, key: str) -> str | None:
        """Fail."""
        raise StoreError("locked")


async def test_the_usage_of_an_answer_that_fails_is_told_before_the_error() -> None:
    """A model that spent its answer on thoughts is billed for them: the usage comes before the error."""
    usage = {"prompt_tokens": 5, "completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 9}}
    stream = event(None, "length") + sse({"choices": [], "usage": usage}) + DONE
    async with serving(STREAM + chunked(stream)) as wire, connected(server_at(wire.url)) as model:
        told, error = await gathered(model.stream(REQUEST))
    assert told == Spent(Usage(prompt=5, completion=9, reasoning=9))
    assert type(error) is ModelSpentThinking


async def test_each_model_of_a_server_is_asked_in_its_own_way(facts: MemoryFacts) -> None:
    """A parameter is left out for the model that does not take it, and sent to the server's other models."""
    async with serving(ANSWER) as wire:
        server = server_at(wire.url)
        await facts.remember(key_of(server, "small"), '["prompt_cache_key"]')
        async with connected(server, facts=facts) as model:
            for name in ("small", "large", "small"):
                assert isinstance((await answer_of(model, replace(REQUEST, model=name)))[1], Finish)

    sent = [(body["model"], "prompt_cache_key" in body) for body in bodies(wire.requests)]
    assert sent == [("small", False), ("large", True), ("small", False)]


async def test_what_is_known_of_a_model_is_recalled_once() -> None:
    """The client recalls the models that it is given before anything is asked, any other with its first request, each once."""
    facts = Recalling(State())
    async with serving(ANSWER) as wire:
        server = server_at(wire.url)
        async with connected(server, ["small", "large"], facts) as model:
            assert facts.asked_for == [key_of(server, "small"), key_of(server, "large")]
            for name in ("small", "other", "other", "large"):
                await answer_of(model, replace(REQUEST, model=name))
    assert facts.asked_for == [key_of(server, name) for name in ("small", "large", "other")]


async def test_a_store_that_cannot_be_read_is_told_at_the_start() -> None:
    """A client of given models raises the store's error when it starts, and else with the first request."""
    facts = Locked(State())
    async with serving(ANSWER) as wire, AsyncExitStack() as stack:
        with pytest.raises(StoreError):
            await stack.enter_async_context(connected(server_at(wire.url), [REQUEST.model], facts))
        model = await stack.enter_async_context(connected(server_at(wire.url), facts=facts))
        with pytest.raises(StoreError):
            await answer_of(model)
    assert wire.requests == []


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
