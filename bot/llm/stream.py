"""Reads a streamed chat completion raw: server-sent events to deltas, at a fifth of the cost of the SDK's objects.

Bytes are split at line feeds only, because Unicode's line separators are part of the text. All text of one network read becomes
one delta. A stream that breaks, or ends with neither a finish reason nor `[DONE]`, does not count as a whole answer.
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

_FULL_CHUNK: Final = 16 * 1024
"""Size in bytes of the largest chunk that the transport returns. After a chunk of this size more is waiting."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time-outs of one answer, in seconds.

    `first_token_seconds` limits the wait for the first text or reasoning, `silence_seconds` each later pause, `usage_seconds`
    the wait for the usage after the finish reason, and `end_seconds` the wait for the end of the response after `[DONE]`.

    `nap_seconds` is the length of a sleep after each read: tokens that arrive meanwhile are read together, because waking up for
    each one costs more than processing it.
    """

    first_token_seconds: float
    silence_seconds: float
    usage_seconds: float = 5.0
    end_seconds: float = 0.1
    nap_seconds: float = 0.045

    def after(self, answer: AnswerEvents) -> float:
        """Return how many seconds the server may now be silent, after what `answer` has received."""
        if answer.done:
            return self.end_seconds
        return self.usage_seconds if answer.reason else self.silence_seconds

    def overdue(self, answer: AnswerEvents) -> ModelError:
        """Return the error for a silence beyond the deadline."""
        if answer.begun:
            return ModelCutOff(f"the model fell silent for {self.silence_seconds:g} s in the middle of its answer")
        if answer.thought:
            return ModelTimedOut(f"the model fell silent for {self.silence_seconds:g} s while it was thinking")
        return ModelTimedOut(f"the model sent no text for {self.first_token_seconds:g} s (model.first_token_seconds)")


class DataLines:
    """Extracts the payloads of `data:` lines from bytes that arrive in arbitrary chunks."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of the incomplete last line

    def payloads(self, chunk: bytes) -> list[bytes]:
        """Return the payloads of the lines that this chunk completes."""
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
    """Yield the events of one answer, a Finish last. The wait for the first text counts from `since`, in the loop's time.

    After each read of text or reasoning it sleeps for `nap_seconds` inside `paused`, which keeps arriving data from waking the
    process.

    Raises ModelTimedOut when no text arrives in time, ModelCutOff when the stream breaks after text arrived, ModelSilent when
    it ends without text, ModelSpentThinking when reasoning used up the token limit, the error that an error event reports, and
    any error of `chunks` before the text is complete.
    """
    now = asyncio.get_running_loop().time
    answer, lines = answer or AnswerEvents(), DataLines()
    deadline = Deadline((now() if since is None else since) + timeouts.first_token_seconds)
    try:
        while (chunk := await _next(chunks, deadline, answer, timeouts)) is not None:
            marks = answer.marks
            events, error = _events_in(answer, lines.payloads(chunk))
            progressed = answer.marks != marks
            if progressed:
                deadline.at = now() + timeouts.after(answer)
            for event in events:
                yield event
            if error is not None:
                raise error
            if progressed and not answer.complete and len(chunk) < _FULL_CHUNK:
                with paused():
                    await asyncio.sleep(timeouts.nap_seconds)
    finally:
        deadline.close()
    events, error = _events_in(answer, lines.payloads(b"\n"), last=True)  # the last line may lack its line feed
    for event in events:
        yield event
    if error is not None:
        raise error
    yield answer.finish()


def _events_in(
    answer: AnswerEvents, payloads: Iterable[bytes], *, last: bool = False
) -> tuple[list[ModelEvent], ModelError | None]:
    """Return the events of these payloads, and the error that followed them, if any."""
    before = answer.thought or answer.begun
    text, error = answer.take(payloads)
    if last:
        text += answer.rest()
    events: list[ModelEvent] = [Thinking()] if answer.thought and not before else []
    return [*events, Delta(text)] if text else events, error


async def _next(
    chunks: AsyncIterator[bytes], deadline: Deadline, answer: AnswerEvents, timeouts: Timeouts
) -> bytes | None:
    """Return the next bytes, or None at the end. Once the text is complete, a time-out or an error also counts as the end.

    After `[DONE]` it still waits briefly for the end of the response, because only a response that was read to its end leaves
    its connection open for the next request.
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
