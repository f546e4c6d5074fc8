"""The parameters that a server does not know are left out of its requests, in this run and the next."""

import json
import logging

import pytest

from bot.errors import StoreError
from bot.llm.server import Server
from bot.llm.unsupported_parameters import UnsupportedParameters, key_of
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State

SERVER = Server("http://x/v1")
BODY: dict[str, object] = {
    "model": "m",
    "messages": [],
    "stream": True,
    "stream_options": {"include_usage": True, "include_obfuscation": False},
    "max_completion_tokens": 9,
    "prompt_cache_key": "k",
}


class Broken(MemoryFacts):
    """Facts in a store that is locked."""

    async def remember(self, key: str, value: str) -> None:
        """Fail."""
        raise StoreError("locked")


@pytest.fixture
def facts() -> MemoryFacts:
    """An empty memory."""
    return MemoryFacts(State())


async def test_what_is_refused_is_left_out() -> None:
    """A parameter that was refused is left out of every later body, and the body that is given stays as it is."""
    refused = UnsupportedParameters(None, SERVER, "m")
    assert refused.removed_from(BODY) == BODY

    assert await refused.add(["prompt_cache_key", "never_sent", "stream_options.never_sent"], BODY)

    assert refused.removed_from(BODY) == {name: value for name, value in BODY.items() if name != "prompt_cache_key"}
    assert "prompt_cache_key" in BODY


async def test_a_part_of_an_object_is_left_out_alone() -> None:
    """A refused option of a stream is left out without the others, until the whole object is refused."""
    refused = UnsupportedParameters(None, SERVER, "m")
    assert await refused.add(["stream_options.include_obfuscation"], BODY)

    assert refused.removed_from(BODY)["stream_options"] == {"include_usage": True}
    assert await refused.add(["stream_options"], BODY)
    assert "stream_options" not in refused.removed_from(BODY)


@pytest.mark.parametrize(
    ("name", "other"), [("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")]
)
async def test_the_limit_of_an_answer_goes_by_its_other_name_first(name: str, other: str) -> None:
    """The limit of an answer is sent by its other name where one is refused, and left out where both are."""
    body: dict[str, object] = {"model": "m", name: 9}
    refused = UnsupportedParameters(None, SERVER, "m")
    assert await refused.add([name], body)
    changed = refused.removed_from(body)
    assert changed == {"model": "m", other: 9}

    assert await refused.add([other], changed)
    assert refused.removed_from(body) == {"model": "m"}


@pytest.mark.parametrize("name", ["messages", "model", "stream", "messages.0.content", "", "."])
async def test_the_question_itself_is_never_left_out(name: str) -> None:
    """The question, its model and its form stay in the body, whatever a server says of them."""
    refused = UnsupportedParameters(None, SERVER, "m", [name])
    assert not await refused.add([name], BODY)
    assert refused.removed_from(BODY) == BODY


async def test_whoever_was_refused_for_what_is_known_by_now_asks_again() -> None:
    """A body that held a refused parameter may be sent again without it, even where another request found it out first."""
    refused = UnsupportedParameters(None, SERVER, "m")
    assert await refused.add(["prompt_cache_key"], BODY)
    assert await refused.add(["prompt_cache_key"], BODY)
    assert not await refused.add(["prompt_cache_key"], refused.removed_from(BODY))


async def test_it_is_remembered_for_each_server_and_model(facts: MemoryFacts) -> None:
    """The refused parameters are remembered for the server and the model that refused them, and for no other."""
    first = await UnsupportedParameters.recalled(facts, SERVER, "m")
    await first.add(["prompt_cache_key", "stream_options.include_obfuscation"], BODY)

    later = await UnsupportedParameters.recalled(facts, SERVER, "m")
    assert later.removed_from(BODY).keys() == BODY.keys() - {"prompt_cache_key"}
    assert later.removed_from(BODY)["stream_options"] == {"include_usage": True}
    for server, model in ((SERVER, "n"), (Server("http://y/v1"), "m")):
        assert (await UnsupportedParameters.recalled(facts, server, model)).removed_from(BODY) == BODY
    assert (await UnsupportedParameters.recalled(None, SERVER, "m")).removed_from(BODY) == BODY


async def test_what_the_operator_asked_for_is_tried_by_each_run(
    facts: MemoryFacts, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused parameter of the operator's own is left out with a warning, but not remembered for the next run."""
    server = Server("http://x/v1", extra={"temperature": 0.2})
    body: dict[str, object] = {**BODY, "temperature": 0.2}
    refused = await UnsupportedParameters.recalled(facts, server, "m")
    assert await refused.add(["temperature"], body)
    assert "temperature" not in refused.removed_from(body)
    assert facts.state.facts == {}
    assert [one.levelno for one in caplog.records] == [logging.WARNING]
    assert "temperature" in caplog.text

    await refused.add(["prompt_cache_key"], body)
    assert json.loads(facts.state.facts[key_of(server, "m")]) == ["prompt_cache_key"]


async def test_a_store_that_is_locked_keeps_no_question_from_its_answer() -> None:
    """A parameter is left out for the rest of the run even where it cannot be remembered."""
    refused = await UnsupportedParameters.recalled(Broken(State()), SERVER, "m")
    assert await refused.add(["prompt_cache_key"], BODY)
    assert "prompt_cache_key" not in refused.removed_from(BODY)


@pytest.mark.parametrize("known", ["", "{", "5", '["prompt_cache_key", 5, "model"]'])
async def test_a_memory_that_was_tampered_with_is_no_obstacle(facts: MemoryFacts, known: str) -> None:
    """A fact that is not a list of names is passed over, and so is each of its entries that is no parameter."""
    facts.state.facts[key_of(SERVER, "m")] = known
    body = (await UnsupportedParameters.recalled(facts, SERVER, "m")).removed_from(BODY)
    assert body["model"] == "m"
