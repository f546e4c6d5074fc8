"""Questions are asked again only where that may help, and as each server wants them asked."""

import asyncio
import json
import time

import pytest

from bot.chat.ports import Finish
from bot.config import Settings
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
)
from bot.llm.openai import connected
from bot.llm.refused import key_of
from bot.sandbox import LiteLLM, LlamaCpp, Outcome, Sandbox, Shape, Strict
from tests.fakes import MemoryStore
from tests.llm.asking import REQUEST, answer_of, asked
from tests.llm.wire import HELLO, STOP, STREAM, asking, chunked, serving


@pytest.fixture
def settings(box: Sandbox) -> Settings:
    """Settings for the sandbox's model, asked as OpenAI is."""
    return asking(box.model.base_url)


# ------------------------------------------------------------------------------------------ asking again


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("status", [429, 500, 503, 529])
async def test_what_passes_is_not_noticed(box: Sandbox, settings: Settings, status: int, times: int) -> None:
    """Every hiccup of the provider would become an error message."""
    box.model.fails(status, times=times, headers={"retry-after-ms": "10"})
    box.model.replies_with("at last")

    assert (await asked(settings))[0] == "at last"
    assert len(box.model.requests) == times + 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "invalid_api_key", ModelKeyRejected),
        (429, "insufficient_quota", ModelQuotaSpent),
        (400, "context_length_exceeded", ModelContextExceeded),
        (400, "content_filter", ModelFiltered),
        (400, "invalid_value", ModelRejected),
        (404, "model_not_found", ModelRejected),
    ],
)
async def test_what_cannot_pass_is_asked_once(
    box: Sandbox, settings: Settings, status: int, code: str, kind: type[ModelError]
) -> None:
    """The asker would wait for what is already known, and a provider might lock the key."""
    box.model.fails(status, code=code, headers={"retry-after": "0"}, times=None)

    assert type((await asked(settings))[1]) is kind
    assert len(box.model.requests) == 1


async def test_the_server_says_how_long_to_wait(box: Sandbox, settings: Settings) -> None:
    """The bot would knock too early, and be refused again."""
    box.model.fails(429, headers={"retry-after": "1"})
    began = time.monotonic()

    assert isinstance((await asked(settings))[1], Finish)
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(("status", "kind"), [(429, ModelBusy), (529, ModelOverloaded)])
async def test_a_long_wait_is_told_at_once(
    box: Sandbox, settings: Settings, status: int, kind: type[ModelBusy]
) -> None:
    """The asker would look at a typing indicator for an hour."""
    box.model.fails(status, headers={"retry-after": "3600"}, times=None)

    _, end = await asked(settings)
    assert isinstance(end, kind)
    assert end.retry_after == 3600
    assert len(box.model.requests) == 1


async def test_litellm_keeps_the_providers_wish_under_another_name(box: Sandbox, settings: Settings) -> None:
    """Behind LiteLLM the bot would knock too early."""
    box.model.speaks(LiteLLM())
    box.model.fails(429, headers={"retry-after": "77"}, times=None)

    _, end = await asked(settings)
    assert isinstance(end, ModelBusy)
    assert end.retry_after == 77


async def test_nothing_is_asked_again_once_text_came(box: Sandbox, settings: Settings) -> None:
    """People would read the beginning of an answer twice."""
    box.model.cuts_after(2)
    box.model.replies_with("one two three")

    text, end = await asked(settings)
    assert (text, type(end)) == ("one two", ModelCutOff)
    assert len(box.model.requests) == 1


async def test_nothing_is_asked_again_once_the_model_thought() -> None:
    """Long thoughts would be paid for three times."""
    thought = b'data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}\n\n'
    async with serving(STREAM + chunked(thought, end=False)) as wire:
        _, end = await asked(asking(wire.url))

    assert type(end) is ModelUnreachable
    assert len(wire.requests) == 1


# ------------------------------------------------------------------------------------------ ends


async def test_an_answer_spent_on_thoughts(box: Sandbox) -> None:
    """Whoever runs the bot would never learn which setting gives the model room for an answer."""
    box.model.replies_with("<think>" + "who is that and what do they mean " * 9)

    _, end = await asked(asking(box.model.base_url, max_reply_tokens=16))
    assert type(end) is ModelSpentThinking


async def test_llama_cpp_names_the_limit(box: Sandbox) -> None:
    """The conversation would be trimmed by guessing although the server had said how far."""
    box.model.speaks(LlamaCpp())
    box.model.context_tokens = 8

    _, end = await asked(asking(box.model.base_url, dialect="compatible"))
    assert isinstance(end, ModelContextExceeded)
    assert end.limit == 8


@pytest.mark.parametrize("code", ["invalid_value", None])
async def test_a_users_words_in_a_refusal_are_nobodys_fault(box: Sandbox, settings: Settings, code: str | None) -> None:
    """Whoever writes of long prompts and unknown parameters could have both believed."""
    said = "Unsupported parameter: 'max_completion_tokens': prompt is too long"
    box.model.fails(400, code=code, message=f"Invalid value: '{said}'. Supported values are: 'text'.")

    _, end = await asked(settings)
    assert isinstance(end, ModelRejected)
    assert end.parameters == set()
    assert len(box.model.requests) == 1


# ------------------------------------------------------------------------------------------ what servers do not know


@pytest.mark.parametrize("shape", Shape)
async def test_a_strict_server_is_asked_again_without_what_it_does_not_know(box: Sandbox, shape: Shape) -> None:
    """On a strict server every question would fail."""
    box.model.speaks(Strict(shape))
    store = MemoryStore()
    settings = asking(box.model.base_url)
    async with connected(settings, store) as model:
        assert isinstance((await answer_of(model))[1], Finish)
        found_out = len(box.model.requests)
        assert isinstance((await answer_of(model))[1], Finish)
        assert len(box.model.requests) == found_out + 1

    taken = box.model.requests[-1].body
    assert taken.keys() == {"model", "messages", "stream", "max_tokens"}
    assert taken["max_tokens"] == settings.model.max_reply_tokens
    assert json.loads(store.facts[key_of(settings.model)]) == [
        "max_completion_tokens",
        "prompt_cache_key",
        "safety_identifier",
        "stream_options",
    ]
    async with connected(settings, store) as model:
        assert isinstance((await answer_of(model))[1], Finish)
    assert len(box.model.requests) == found_out + 2


async def test_all_questions_that_are_asked_at_once_find_out_together(box: Sandbox, settings: Settings) -> None:
    """Of several questions that are asked right after the start, all but the first would fail."""
    box.model.speaks(Strict(Shape.AZURE))
    async with connected(settings, MemoryStore()) as model:
        ends = [end for _, end in await asyncio.gather(*(answer_of(model) for _ in range(8)))]

    assert [type(end) for end in ends] == [Finish] * 8


async def test_the_limit_of_an_answer_goes_by_the_name_that_the_server_knows(box: Sandbox) -> None:
    """A newer model behind somebody's gateway would refuse every question."""
    async with connected(asking(box.model.base_url, dialect="compatible")) as model:
        assert isinstance((await answer_of(model))[1], Finish)

    assert "max_tokens" in box.model.requests[0].body
    assert "max_tokens" not in box.model.requests[1].body
    assert box.model.requests[1].body["max_completion_tokens"] == 4000


async def test_a_setting_that_the_model_does_not_take_costs_a_warning_only(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """One setting that a new model has no use for would silence the bot."""
    async with connected(asking(box.model.base_url, extra={"temperature": 0.2})) as model:
        assert isinstance((await answer_of(model))[1], Finish)

    assert "temperature" not in box.model.requests[-1].body
    assert "temperature" in caplog.text


async def test_a_value_that_is_wrong_is_told_and_not_left_out(box: Sandbox) -> None:
    """A slip in the configuration would be hidden, and the answers be other than the operator wants them."""
    body = {"error": {"code": "decimal_above_max_value", "param": "temperature", "message": "no"}}
    box.model.fails(400, body=body, times=None)
    _, end = await asked(asking(box.model.base_url, extra={"temperature": 1}))

    assert isinstance(end, ModelRejected)
    assert "param temperature" in str(end)
    assert len(box.model.requests) == 1


async def test_a_server_that_refuses_what_it_was_not_sent_is_asked_once(box: Sandbox, settings: Settings) -> None:
    """A confused server would be asked for ever."""
    body = {"error": {"code": "unknown_parameter", "param": "never_sent", "message": "no"}}
    box.model.fails(400, body=body, times=None)

    assert isinstance((await asked(settings))[1], ModelRejected)
    assert len(box.model.requests) == 1


async def test_a_server_that_refuses_everything_is_asked_as_often_as_there_are_parameters(
    box: Sandbox, settings: Settings
) -> None:
    """A server that refuses the limit of an answer by both names would be asked with one after the other for ever."""
    names = ("max_completion_tokens", "max_tokens", "max_completion_tokens", "max_tokens", "messages")
    for name in names:
        box.model.fails(400, body={"error": {"code": "unknown_parameter", "param": name, "message": "no"}})

    assert isinstance((await asked(settings))[1], ModelRejected)
    assert len(box.model.requests) == 3


# ------------------------------------------------------------------------------------------ leaving


async def test_an_answer_that_nobody_wants_any_more_ends_at_the_server(box: Sandbox, settings: Settings) -> None:
    """A stopped answer would be written, and paid for, to its end."""
    box.model.pace(tokens_per_second=100)
    box.model.replies_with("word " * 1000)
    async with connected(settings) as model:
        pieces = model.stream(REQUEST)
        await anext(pieces)
        await pieces.aclose()
        await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)


async def test_the_first_word_is_handed_on_before_the_second_comes() -> None:
    """People would see every answer one word late."""
    second = asyncio.Event()

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + chunked(HELLO, end=False))
        await second.wait()
        writer.write(chunked(STOP))
        await writer.drain()

    async with serving(reply) as wire, connected(asking(wire.url)) as model:
        async with asyncio.timeout(5):
            pieces = model.stream(REQUEST)
            await anext(pieces)
            second.set()
            assert await anext(pieces) == Finish("stop", None)
            await pieces.aclose()
