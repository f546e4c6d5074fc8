"""Parts of a request that a server refuses: the client asks in another way, and remembers it."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.chat.ports.model import Finish
from bot.errors import (
    ModelRejected,
    StoreError,
)
from bot.llm.client import adaptations_of, connected
from bot.llm.server import Server
from bot.sandbox import Sandbox, Shape, Strict
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.llm.asking import REQUEST, answer_of, asked, server_at, settled
from tests.llm.wire import ANSWER, serving


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


def key_of(server: Server, model: str) -> str:
    """The key of the fact in which the adaptations to a model are stored."""
    return adaptations_of(server, None).key(model)


def bodies(requests: list[bytes]) -> list[dict[str, Any]]:
    """The bodies of requests on the wire."""
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in requests]


# ------------------------------------------------------------------------------------------ what servers do not know


async def test_a_parameter_that_is_not_known_is_left_out_of_the_next_request(box: Sandbox, server: Server) -> None:
    """A refusal that names a parameter is raised as adapted, and the next request goes without that parameter only."""
    box.model.fails(400, body=refusal_of("prompt_cache_key"))
    async with connected(server) as model:
        _, end = await answer_of(model)
        assert isinstance(end, ModelRejected)
        assert (end.refused.parameters, end.adapted) == ({"prompt_cache_key"}, True)
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
    assert json.loads(facts.state.facts[key_of(server, REQUEST.model)])["refused"] == [
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
    async with connected(server_at(box.model.base_url)) as model:
        request = replace(REQUEST, parameters={"temperature": 0.2})
        assert isinstance((await settled(model, request))[1], Finish)

    assert ["temperature" in request.body for request in box.model.requests] == [True, False]
    assert "temperature" in caplog.text


async def test_a_value_that_is_wrong_is_told_and_not_left_out(box: Sandbox) -> None:
    """A parameter whose value is refused is named in the error and stays in the request."""
    body = {"error": {"code": "decimal_above_max_value", "param": "temperature", "message": "no"}}
    box.model.fails(400, body=body, times=None)
    async with connected(server_at(box.model.base_url)) as model:
        request = replace(REQUEST, parameters={"temperature": 1})
        _, end = await answer_of(model, request)
        assert isinstance(end, ModelRejected)
        assert not end.adapted
        assert "param temperature" in str(end)
        await answer_of(model, request)

    assert box.model.requests[1].body["temperature"] == 1


async def test_a_server_that_refuses_what_it_was_not_sent_is_not_asked_again(box: Sandbox, server: Server) -> None:
    """A refusal of a parameter that was not sent is raised as one that nothing was changed for."""
    box.model.fails(400, body=refusal_of("never_sent"), times=None)

    _, end = await asked(server)
    assert isinstance(end, ModelRejected)
    assert (end.refused.parameters, end.adapted) == ({"never_sent"}, False)


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


async def test_each_model_of_a_server_is_asked_in_its_own_way(facts: MemoryFacts) -> None:
    """A parameter is left out for the model that does not take it, and sent to the server's other models."""
    async with serving(ANSWER) as wire:
        server = server_at(wire.url)
        await adaptations_of(server, facts).learn(
            "small", lambda known: replace(known, refused=frozenset({"prompt_cache_key"}))
        )
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
