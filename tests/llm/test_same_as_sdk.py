"""Our raw reader reads every stream that the sandbox can write as the SDK's objects read it.

Where we are stricter than the SDK, a table says so, and why.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, AsyncStream
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk

from bot.chat.calls import Usage
from bot.chat.ports.model import Finish
from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelCutOff,
    ModelError,
    ModelKeyRejected,
    ModelQuotaSpent,
    ModelRejected,
    ModelSilent,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
)
from bot.llm.client import connected
from bot.sandbox import Dialect, LiteLLM, LlamaCpp, NoUsage, Quirk, Sandbox, Shape, Strict, Unfinished
from bot.sandbox.model.server import ModelServer
from tests.llm.asking import REQUEST, answer_of, server_at, settled
from tests.truth.watch import Watch

pytestmark = pytest.mark.unmeasured

SILENCE: Final = 1.5
_TRIES: Final = 20
"""On a slow machine a case may be out of patience before its first request arrives."""
"""Seconds after which a silent server is given up; long enough for what it says before on a busy machine."""
TEXT: Final = "plain ünd 日本 👩‍👩‍👧 words, and\nmore of them"
ODD: Final = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei\rj\r\nk \\n data: [DONE] \ufeff é"

DIALECTS: Final[dict[str, Callable[[], Dialect]]] = {
    "OpenAI": Dialect,
    "llama.cpp": LlamaCpp,
    "LiteLLM": LiteLLM,
    "without usage": NoUsage,
    "without a reason": Unfinished,
    "without an end": lambda: Unfinished(says_done=False),
    "strict": lambda: Strict(Shape.NIM),
}


@dataclass(frozen=True)
class Heard:
    """The outcome of a request: the text, the reason of its end, the usage; or the error that was raised behind that text."""

    text: str
    reason: str | None = None
    usage: Usage | None = None
    error: Exception | None = None


async def by_sdk(client: AsyncOpenAI, body: dict[str, Any]) -> Heard:
    """The answer to a body, by the SDK's objects."""
    text, reason, usage = "", None, None
    try:
        chunks = cast("AsyncStream[ChatCompletionChunk]", await client.chat.completions.create(**body))
        async for chunk in chunks:
            for choice in chunk.choices:
                text += (choice.delta.content or "") + (choice.delta.refusal or "")
                reason = choice.finish_reason or reason
            if chunk.usage:
                usage = usage_of(chunk.usage)
    except (openai.OpenAIError, json.JSONDecodeError) as error:
        return Heard(text, error=error)
    return Heard(text, reason, usage)


def usage_of(usage: CompletionUsage) -> Usage:
    """The usage that the SDK's object tells."""
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    return Usage(
        prompt=usage.prompt_tokens,
        cached=(prompt and prompt.cached_tokens) or 0,
        written=(prompt and prompt.cache_write_tokens) or 0,
        completion=usage.completion_tokens,
        reasoning=(completion and completion.reasoning_tokens) or 0,
    )


@dataclass(frozen=True)
class Case:
    """Something that a server does; what we make of it where it is an error, and where we are stricter than the SDK."""

    order: Callable[[ModelServer], object] = lambda _: None
    text: str = TEXT
    ours: type[ModelError] | str = ""
    """The error or the reason with which we end; where there is none, what the SDK says."""
    why: str = ""
    """Why the SDK's end is not good enough; empty where it raises as well."""
    limit: int = 4000
    patience: float = 30


STREAMS: Final[dict[str, Case]] = {
    "plain": Case(),
    "slow": Case(lambda model: model.pace(first_seconds=0.02, tokens_per_second=300)),
    "odd characters": Case(text=ODD),
    "no text": Case(text=""),
    "white space": Case(text=" \n\u3000 "),
    "a lone surrogate": Case(text="half \ud83d of it"),
    "an enormous answer": Case(text="many words " * 400, limit=20_000),
    "cut by the limit": Case(text="one two three " * 9, limit=16),
    "delayed": Case(lambda model: model.delays(0.05, times=None)),
    **{
        quirk.value: Case(lambda model, quirk=quirk: model.writes(quirk, times=None))
        for quirk in Quirk
        if quirk is not Quirk.NO_LAST_BLANK_LINE
    },
    "filtered": Case(lambda model: model.filters(after=3, times=None)),
    "filtered at once": Case(lambda model: model.filters(after=0, times=None)),
    "declined": Case(
        lambda model: model.declines(times=None),
        ours="refusal",
        why="the SDK says `stop`; a refusal is no answer, and people should be told so",
    ),
}
"""Valid streams: text, reason and usage are the same."""

SILENT: Final[dict[str, Case]] = {
    "ends early": Case(
        lambda model: model.ends_early(after=3, times=None),
        ours=ModelCutOff,
        why="the SDK's iteration just ends: half an answer would pass for the whole",
    ),
    "ends before it began": Case(
        lambda model: model.ends_early(after=0, times=None),
        ours=ModelSilent,
        why="the SDK yields nothing and raises nothing",
    ),
    "a page instead of a stream": Case(
        lambda model: model.answers_raw("<html>welcome</html>", content_type="text/html", times=None),
        ours=ModelRejected,
        why="the SDK finds no event in it and raises nothing",
    ),
    "an answer without a choice instead of a stream": Case(
        lambda model: model.answers_raw('{"choices": []}', times=None),
        ours=ModelSilent,
        why="the SDK finds no event in it and raises nothing",
    ),
}
"""Streams that the SDK takes without a word, although they are no answers."""

FAILING: Final[dict[str, Case]] = {
    "reset": Case(lambda model: model.cuts_after(3, times=None), ours=ModelCutOff),
    "an error": Case(lambda model: model.errors_after(3, times=None), ours=ModelCutOff),
    "an error at once": Case(
        lambda model: model.errors_after(0, body={"error": {"code": "context_length_exceeded"}}, times=None),
        ours=ModelContextExceeded,
    ),
    "an error of text": Case(lambda model: model.errors_after(2, body={"error": "boom"}, times=None), ours=ModelCutOff),
    "a spent account": Case(
        lambda model: model.errors_after(
            1, code="insufficient_quota", times=None, body={"error": {"code": "insufficient_quota"}}
        ),
        ours=ModelQuotaSpent,
    ),
    "garbled": Case(lambda model: model.garbles(after=2, times=None), ours=ModelCutOff),
    "stalls": Case(lambda model: model.stalls(after=2, times=None), ours=ModelCutOff, patience=SILENCE),
    "stalls at once": Case(lambda model: model.stalls(after=0, times=None), ours=ModelTimedOut, patience=SILENCE),
    "says nothing": Case(
        lambda model: model.stalls(before_headers=True, times=None), ours=ModelTimedOut, patience=SILENCE
    ),
    "trickles": Case(lambda model: model.trickles(after=1, pause=0.1, times=None), ours=ModelCutOff, patience=SILENCE),
    "wrong key": Case(lambda model: model.fails(401, code="invalid_api_key", times=None), ours=ModelKeyRejected),
    "no such model": Case(
        lambda model: model.fails(404, message="The model `m` does not exist.", code="model_not_found", times=None),
        ours=ModelUnknown,
    ),
    "a bad value": Case(lambda model: model.fails(400, code="invalid_value", times=None), ours=ModelRejected),
    "too long": Case(
        lambda model: model.fails(
            400, code="context_length_exceeded", body={"error": {"code": "context_length_exceeded"}}, times=None
        ),
        ours=ModelContextExceeded,
    ),
    "no credit": Case(
        lambda model: model.fails(
            429, code="insufficient_quota", body={"error": {"code": "insufficient_quota"}}, times=None
        ),
        ours=ModelQuotaSpent,
    ),
    "a limited rate": Case(
        lambda model: model.fails(429, body={"error": {"code": "429"}}, headers={"retry-after": "100"}, times=None),
        ours=ModelBusy,
    ),
    "half a body": Case(lambda model: model.answers_raw('{"error": ', status=400, times=None), ours=ModelRejected),
    "a proxy's page": Case(
        lambda model: model.answers_raw("<html>no</html>", status=403, content_type="text/html", times=None),
        ours=ModelKeyRejected,
    ),
    "reset before the status": Case(lambda model: model.resets(times=None), ours=ModelUnreachable),
    "reset before the status, carried out": Case(
        lambda model: model.resets(carried_out=True, times=None), ours=ModelUnreachable
    ),
    "hung up": Case(lambda model: model.hangs_up(times=None), ours=ModelUnreachable),
    "reset before the text": Case(lambda model: model.cuts_after(0, times=None), ours=ModelUnreachable),
    "a fault of the server": Case(lambda model: model.fails(500, times=None), ours=ModelUnreachable),
}
"""Requests and streams that fail: the SDK raises and so do we, behind the same text."""


async def both(box: Sandbox, dialect: Dialect, case: Case, settling: asyncio.Lock) -> tuple[Heard, Heard]:
    """The answer to one request, by the SDK and by our port, which ask at the same time.

    One at a time is `settling`, because its first request has the patience of the case and should not wait for others.
    """
    model = box.model
    model.answers(lambda _: case.text)
    model.speaks(dialect)
    server = server_at(
        model.base_url,
        speaks_openai=dialect.official,
        first_token_seconds=case.patience,
        silence_seconds=case.patience,
    )
    request = replace(REQUEST, reply_tokens=case.limit)
    timeout = httpx2.Timeout(case.patience, connect=10)
    sdk = AsyncOpenAI(api_key="sk-1", base_url=model.base_url, max_retries=0, timeout=timeout)
    async with sdk, connected(server) as port:
        async with settling:
            for _ in range(_TRIES):
                await settled(port, request)  # finds out what a strict server does not know
                if model.requests:
                    break
        body = model.requests[-1].body
        case.order(model)
        theirs, (text, end) = await asyncio.gather(by_sdk(sdk, body), answer_of(port, request))
    if isinstance(end, Finish):
        return theirs, Heard(text, end.reason, end.usage)
    return theirs, Heard(text, error=end)


async def in_all_dialects(watch: Watch, case: Case) -> dict[str, tuple[Heard, Heard]]:
    """The answers to one request in each dialect, by the SDK and by our port, from a sandbox for each."""
    settling = asyncio.Lock()

    async def one(make: Callable[[], Dialect]) -> tuple[Heard, Heard]:
        async with watch.sandbox() as box:
            box.model.key = None
            return await both(box, make(), case, settling)

    return dict(zip(DIALECTS, await asyncio.gather(*map(one, DIALECTS.values())), strict=True))


def wanted(case: Case, dialect: Dialect, sdk: Heard) -> type[ModelError] | str:
    """The error or the reason that we should end with."""
    if not dialect.finishes and not dialect.says_done and sdk.reason is None:  # the SDK ends without a word
        return ModelCutOff if sdk.text else ModelSilent
    return case.ours or sdk.reason or "stop"


@pytest.mark.parametrize("case", STREAMS.values(), ids=STREAMS)
async def test_valid_streams_are_read_as_the_sdk_reads_them(watch: Watch, case: Case) -> None:
    """The text, the reason of the end and the usage of a valid stream are those that the SDK reads."""
    for name, (sdk, ours) in (await in_all_dialects(watch, case)).items():
        assert (name, sdk.error) == (name, None)
        assert (name, ours.text) == (name, sdk.text)
        end = wanted(case, DIALECTS[name](), sdk)
        if isinstance(end, str):
            assert (name, ours.reason, ours.usage) == (name, end, sdk.usage)
        else:
            assert (name, type(ours.error)) == (name, end)


@pytest.mark.parametrize("case", SILENT.values(), ids=SILENT)
async def test_what_the_sdk_takes_without_a_word_is_an_error(watch: Watch, case: Case) -> None:
    """A stream that the SDK takes without a word, although it is no answer, is an error behind the same text."""
    for name, (sdk, ours) in (await in_all_dialects(watch, case)).items():
        assert (name, sdk.error, sdk.reason) == (name, None, None), case.why
        assert (name, ours.text, type(ours.error)) == (name, sdk.text, case.ours)


@pytest.mark.parametrize("case", FAILING.values(), ids=FAILING)
async def test_what_fails_in_the_sdk_fails_here(watch: Watch, case: Case) -> None:
    """A request or a stream for which the SDK raises an error is an error of ours, behind the same text."""
    for name, (sdk, ours) in (await in_all_dialects(watch, case)).items():
        assert sdk.error is not None, name
        assert (name, ours.text, type(ours.error)) == (name, sdk.text, case.ours)


async def test_a_stream_without_a_reason_but_with_an_end_is_an_answer(box: Sandbox) -> None:
    """An answer without a reason but with `[DONE]` has stopped by itself, where the SDK leaves the reason open."""
    case = Case(lambda model: model.ends_early(after=3, says_done=True, times=None))
    sdk, ours = await both(box, Dialect(), case, asyncio.Lock())

    assert (sdk.error, sdk.reason) == (None, None)
    assert (ours.text, ours.reason, ours.error) == (sdk.text, "stop", None)


async def test_a_last_event_without_a_blank_line_counts(watch: Watch) -> None:
    """A last event that no blank line ends is read, where the SDK drops it, and with it the last word of some servers."""
    case = Case(lambda model: model.writes(Quirk.NO_LAST_BLANK_LINE, times=None))
    for name, (sdk, ours) in (await in_all_dialects(watch, case)).items():
        assert (name, ours.text) == (name, TEXT)
        assert ours.text.startswith(sdk.text)
