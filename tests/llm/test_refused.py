"""What a server does not know is left out of its requests, in this run and the next."""

import json
import logging

import pytest

from bot.config import ModelSettings
from bot.errors import StoreError
from bot.llm.refused import Refused, key_of
from tests.fakes import MemoryStore

MODEL = ModelSettings(name="m", base_url="http://x/v1")
BODY: dict[str, object] = {
    "model": "m",
    "messages": [],
    "stream": True,
    "stream_options": {"include_usage": True, "include_obfuscation": False},
    "max_completion_tokens": 9,
    "prompt_cache_key": "k",
}


class Broken(MemoryStore):
    """A store that is locked."""

    async def remember(self, key: str, value: str) -> None:
        """Fail."""
        raise StoreError("locked")


async def test_what_is_refused_is_left_out() -> None:
    """A strict server would refuse every question."""
    refused = Refused(None, MODEL)
    assert refused.left_out_of(BODY) == BODY

    assert await refused.add(["prompt_cache_key", "never_sent", "stream_options.never_sent"], BODY)

    assert refused.left_out_of(BODY) == {name: value for name, value in BODY.items() if name != "prompt_cache_key"}
    assert "prompt_cache_key" in BODY


async def test_a_part_of_an_object_is_left_out_alone() -> None:
    """A server that only dislikes one option of a stream would be asked for no usage any more."""
    refused = Refused(None, MODEL)
    assert await refused.add(["stream_options.include_obfuscation"], BODY)

    assert refused.left_out_of(BODY)["stream_options"] == {"include_usage": True}
    assert await refused.add(["stream_options"], BODY)
    assert "stream_options" not in refused.left_out_of(BODY)


@pytest.mark.parametrize(
    ("name", "other"), [("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")]
)
async def test_the_limit_of_an_answer_goes_by_its_other_name_first(name: str, other: str) -> None:
    """A server that knows one name only would write answers without end, at the operator's cost."""
    body: dict[str, object] = {"model": "m", name: 9}
    refused = Refused(None, MODEL)
    assert await refused.add([name], body)
    changed = refused.left_out_of(body)
    assert changed == {"model": "m", other: 9}

    assert await refused.add([other], changed)
    assert refused.left_out_of(body) == {"model": "m"}


@pytest.mark.parametrize("name", ["messages", "model", "stream", "messages.0.content", "", "."])
async def test_the_question_itself_is_never_left_out(name: str) -> None:
    """A confused server could have the bot ask it nothing, for ever."""
    refused = Refused(None, MODEL, [name])
    assert not await refused.add([name], BODY)
    assert refused.left_out_of(BODY) == BODY


async def test_whoever_was_refused_for_what_is_known_by_now_asks_again() -> None:
    """Of several questions that are asked at once, all but the first would fail."""
    refused = Refused(None, MODEL)
    assert await refused.add(["prompt_cache_key"], BODY)
    assert await refused.add(["prompt_cache_key"], BODY)
    assert not await refused.add(["prompt_cache_key"], refused.left_out_of(BODY))


async def test_it_is_remembered_for_each_server_and_model() -> None:
    """Each start would cost a refused request, and one server's gaps would be taken for another's."""
    store = MemoryStore()
    await (await Refused.recalled(store, MODEL)).add(["prompt_cache_key", "stream_options.include_obfuscation"], BODY)

    later = await Refused.recalled(store, MODEL)
    assert later.left_out_of(BODY).keys() == BODY.keys() - {"prompt_cache_key"}
    for other in (MODEL.model_copy(update={"name": "n"}), MODEL.model_copy(update={"base_url": "http://y/v1"})):
        assert (await Refused.recalled(store, other)).left_out_of(BODY) == BODY
    assert (await Refused.recalled(None, MODEL)).left_out_of(BODY) == BODY


async def test_what_the_operator_asked_for_is_tried_by_each_run(caplog: pytest.LogCaptureFixture) -> None:
    """A setting would do nothing from some day on, and no log would say so any more."""
    store = MemoryStore()
    model = MODEL.model_copy(update={"extra": {"temperature": 0.2}})
    body: dict[str, object] = {**BODY, "temperature": 0.2}
    refused = await Refused.recalled(store, model)
    assert await refused.add(["temperature"], body)
    assert "temperature" not in refused.left_out_of(body)
    assert store.facts == {}
    assert [one.levelno for one in caplog.records] == [logging.WARNING]
    assert "temperature" in caplog.text

    await refused.add(["prompt_cache_key"], body)
    assert json.loads(store.facts[key_of(model)]) == ["prompt_cache_key"]


async def test_a_store_that_is_locked_keeps_no_question_from_its_answer() -> None:
    """A backup that locks the database would make the first question fail."""
    refused = await Refused.recalled(Broken(), MODEL)
    assert await refused.add(["prompt_cache_key"], BODY)
    assert "prompt_cache_key" not in refused.left_out_of(BODY)


@pytest.mark.parametrize("known", ["", "{", "5", '["prompt_cache_key", 5, "model"]'])
async def test_a_memory_that_was_tampered_with_is_no_obstacle(known: str) -> None:
    """One odd row in the database would keep the bot from starting."""
    store = MemoryStore()
    store.facts[key_of(MODEL)] = known
    body = (await Refused.recalled(store, MODEL)).left_out_of(BODY)
    assert body["model"] == "m"
