"""A streamed chat completion read raw: server-sent events to deltas, at a fifth of the cost of the SDK's objects.

Bytes are split at line feeds only, because a line separator of Unicode is part of the text. What one read of the network
brings goes on as one delta. A stream that breaks, or ends with neither a finish reason nor `[DONE]`, is not taken for a
whole answer.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

from bot.chat.ports.model import Delta, ModelEvent, Thinking
from bot.errors import ModelCutOff, ModelError, ModelTimedOut
from bot.llm.deadline import Deadline
from bot.llm.events import AnswerEvents

_FULL_READ: Final = 16 * 1024
"""Bytes of the largest chunk that the transport hands on at a time: behind one of that size more is waiting."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds: for the first text, between two, for the usage after the last, for the end after `[DONE]`.

    `nap_seconds` is the pause behind each read of a text: tokens that come faster are read together, because waking up for each
    costs more than all else that is done with it.
    """

    first_token_seconds: float
    silence_seconds: float
    usage_seconds: float = 5.0
    end_seconds: float = 0.1
    nap_seconds: float = 0.025

    def after(self, answer: AnswerEvents) -> float:
        """How long it may be silent now that it said something."""
        if answer.done:
            return self.end_seconds
        return self.usage_seconds if answer.reason else self.silence_seconds

    def overdue(self, answer: AnswerEvents) -> ModelError:
        """What silence beyond the deadline means."""
        if answer.begun:
            return ModelCutOff(f"the model fell silent for {self.silence_seconds:g} s in the middle of its answer")
        if answer.thought:
            return ModelTimedOut(f"the model fell silent for {self.silence_seconds:g} s while it was thinking")
        return ModelTimedOut(f"the model sent no text for {self.first_token_seconds:g} s (model.first_token_seconds)")


class DataLines:
    """Finds the payloads of the `data:` lines in bytes that come as the network cut them."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of the line that has no end yet

    def payloads(self, chunk: bytes) -> list[bytes]:
        """The payloads that end in this chunk."""
        self._pieces.append(chunk)
        if b"\n" not in chunk:
            return []
        *lines, rest = b"".join(self._pieces).split(b"\n")
        self._pieces = [rest]
        return [line[5:].strip(b" \r") for line in lines if line.startswith(b"data:")]


async def read(
    chunks: AsyncIterator[bytes],
    timeouts: Timeouts,
    *,
    since: float | None = None,
    answer: AnswerEvents | None = None,
    paused: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> AsyncGenerator[ModelEvent, None]:
    """The events of one answer, a Finish last. The wait for the first text counts from `since`, the loop's time.

    Between two reads of a text it sleeps for a moment, inside `paused`, which keeps the network from waking the process.

    Raises ModelTimedOut when no text comes in time, ModelCutOff when it breaks after it began, ModelSilent when it ends
    without having begun, ModelSpentThinking, whatever an error event stands for, and what `chunks` raises before the text
    is complete.
    """
    now = asyncio.get_running_loop().time
    answer, lines = answer or AnswerEvents(), DataLines()
    deadline = Deadline((now() if since is None else since) + timeouts.first_token_seconds)
    try:
        while (chunk := await _next(chunks, deadline, answer, timeouts)) is not None:
            marks = answer.marks
            events, error = _heard(answer, lines.payloads(chunk))
            heard = answer.marks != marks
            if heard:
                deadline.at = now() + timeouts.after(answer)
            for event in events:
                yield event
            if error is not None:
                raise error
            if heard and not answer.complete and len(chunk) < _FULL_READ:
                with paused():
                    await asyncio.sleep(timeouts.nap_seconds)
    finally:
        deadline.close()
    events, error = _heard(answer, lines.payloads(b"\n"), last=True)  # the last line may lack its end
    for event in events:
        yield event
    if error is not None:
        raise error
    yield answer.finish()


def _heard(
    answer: AnswerEvents, payloads: Iterable[bytes], *, last: bool = False
) -> tuple[list[ModelEvent], ModelError | None]:
    """The events of these payloads, and the error behind them, if there is one."""
    before = answer.thought or answer.begun
    text, error = answer.take(payloads)
    if last:
        text += answer.rest()
    events: list[ModelEvent] = [Thinking()] if answer.thought and not before else []
    return [*events, Delta(text)] if text else events, error


async def _next(
    chunks: AsyncIterator[bytes], deadline: Deadline, answer: AnswerEvents, timeouts: Timeouts
) -> bytes | None:
    """The next bytes; None at the end, or when the text is complete and nothing more comes.

    After `[DONE]` the end itself is waited for a little, because only a response that is read to its end leaves its connection
    to the next.
    """
    try:
        with deadline:
            return await anext(chunks, None)
    except TimeoutError as error:
        if answer.complete:
            return None
        raise timeouts.overdue(answer) from error
    except ModelError:
        if answer.complete:
            return None
        raise
