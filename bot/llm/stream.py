"""A streamed chat completion read raw: server-sent events to deltas, at a fifth of the cost of the SDK's objects.

Bytes are split at line feeds only, because a line separator of Unicode is part of the text. A stream that breaks, or
ends with neither a finish reason nor `[DONE]`, is not taken for a whole answer.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, cast

from pydantic_core import from_json

from bot.chat.ports import Delta, Finish
from bot.chat.turns import Usage
from bot.errors import ModelCutOff, ModelError, ModelSilent, ModelTimedOut
from bot.llm.reports import Report, error_from

_DONE: Final = b"[DONE]"
_REASONING: Final = ("reasoning_content", "reasoning")
"""Where servers put what a model thinks before it answers: never shown, but a sign of life."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: for the first text, between two, for the usage after the last, for the end after `[DONE]`."""

    first_token_seconds: float
    silence_seconds: float
    usage_seconds: float = 5.0
    end_seconds: float = 0.1


@dataclass(slots=True)
class _Progress:
    """What a stream has brought so far, and until when it may stay silent."""

    patience: Patience
    deadline: float
    begun: bool = False
    done: bool = False
    reason: str = ""
    usage: Usage | None = None

    @property
    def complete(self) -> bool:
        """Whether the whole text is there, so that nothing which happens now can harm it."""
        return self.done or bool(self.reason)

    def take(self, data: bytes, now: float) -> str:
        """Note one event and return its text."""
        if data == _DONE and not self.done:
            self.done = True
            self.deadline = now + self.patience.end_seconds
        if self.done or not data:  # some servers send empty events to stay connected
            return ""
        event = _parsed(data)
        delta, reason = _choice(event)
        self.usage = _usage(event) or self.usage
        text = _text(delta, "content")
        if text or any(_text(delta, key) for key in _REASONING):
            self.deadline = now + self.patience.silence_seconds
        if reason:
            self.reason = reason
            self.deadline = now + self.patience.usage_seconds
        self.begun = self.begun or bool(text)
        return text

    def finish(self) -> Finish:
        """The end of a stream that ended. Raises ModelCutOff or ModelSilent when it was not the end of the answer."""
        if self.complete:
            return Finish(self.reason or "stop", self.usage)
        if self.begun:
            raise ModelCutOff("the model's stream ended without a finish reason")
        raise ModelSilent("the model's stream ended before it began")

    def overdue(self) -> ModelError:
        """What silence beyond the deadline means."""
        if self.begun:
            wait = self.patience.silence_seconds
            return ModelCutOff(f"the model fell silent for {wait:g} s in the middle of its answer")
        return ModelTimedOut(
            f"the model sent no text for {self.patience.first_token_seconds:g} s (model.first_token_seconds)"
        )


async def read(
    chunks: AsyncIterator[bytes], patience: Patience, *, since: float | None = None
) -> AsyncGenerator[Delta | Finish, None]:
    """The deltas of one answer, then its Finish. The wait for the first text counts from `since`, the loop's time.

    Raises ModelTimedOut when no text comes in time, ModelCutOff when it breaks after it began, ModelSilent when it ends
    without having begun, whatever an error event stands for, and what `chunks` raises before the text is complete.
    """
    now = asyncio.get_running_loop().time
    progress = _Progress(patience, (now() if since is None else since) + patience.first_token_seconds)
    events = _events(chunks)
    while (data := await _next(events, progress)) is not None:
        if text := progress.take(data, now()):
            yield Delta(text)
    yield progress.finish()


async def _next(events: AsyncIterator[bytes], progress: _Progress) -> bytes | None:
    """The next event; None at the end, or when the text is complete and nothing more comes.

    After `[DONE]` the end itself is waited for a little, because only a response that is read to its end leaves its connection
    to the next.
    """
    try:
        async with asyncio.timeout_at(progress.deadline):
            return await anext(events, None)
    except TimeoutError as error:
        if progress.complete:
            return None
        raise progress.overdue() from error
    except ModelError:
        if progress.complete:
            return None
        raise


async def _events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The payloads of the `data:` lines."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip(b" \r")
    if rest.startswith(b"data:"):
        yield rest[5:].strip(b" \r")


def _parsed(data: bytes) -> dict[str, Any]:
    """One event's object. Raises the error that it reports, or ModelCutOff when it is not JSON."""
    try:
        event: object = from_json(data)
    except ValueError:
        try:
            event = json.loads(data)  # takes the lone surrogates that some servers send
        except (ValueError, RecursionError) as error:
            raise ModelCutOff("the model's stream holds an event that is not JSON") from error
    if not isinstance(event, dict):
        raise ModelCutOff("the model's stream holds an event that is no object")
    event = cast("dict[str, Any]", event)
    if event.get("error"):
        raise error_from(Report(None, event))
    return event


def _choice(event: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The delta and the finish reason of an event's first choice, each possibly empty."""
    choices = event.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return {}, ""
    choice = cast("dict[str, Any]", choices[0])
    delta = choice.get("delta")
    return cast("dict[str, Any]", delta) if isinstance(delta, dict) else {}, str(choice.get("finish_reason") or "")


def _text(delta: dict[str, Any], key: str) -> str:
    text = delta.get(key)
    return text if isinstance(text, str) else ""


def _usage(event: dict[str, Any]) -> Usage | None:
    usage = event.get("usage")
    if not isinstance(usage, dict):
        return None
    table = cast("dict[str, Any]", usage)
    details = table.get("prompt_tokens_details")
    cached = cast("dict[str, Any]", details).get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(_whole(table.get("prompt_tokens")), _whole(cached), _whole(table.get("completion_tokens")))


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
