"""Reads a streamed chat completion raw: server-sent events to deltas, at a fifth of the cost of the SDK's objects.

All text of one network read becomes one delta. An answer is whole when `[DONE]` has arrived, or when the response ends behind a
finish reason. Anything else that ends it, such as a broken connection, silence, or an error event, is an error. One exception:
a server that keeps the connection open behind a finish reason is waited for only for `usage_seconds`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

from bot.chat.ports.model import ModelEvent
from bot.errors import ModelCutOff, ModelError, ModelTimedOut
from bot.llm.deadline import Deadline
from bot.llm.errors.no_stream import ResponseHead, error_in_stream, error_instead_of_stream, no_stream
from bot.llm.event_stream import EventStream
from bot.llm.events import AnswerEvents

_FULL_CHUNK: Final = 16 * 1024
"""Size in bytes of the largest chunk that the transport returns. After a chunk of this size more is waiting."""
_STREAM: Final = ResponseHead()


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
        return self.usage_seconds if answer.ended else self.silence_seconds

    def overdue(self, answer: AnswerEvents) -> ModelError:
        """Return the error for a silence beyond the deadline."""
        if answer.begun:
            return ModelCutOff(f"the model fell silent for {self.silence_seconds:g} s in the middle of its answer")
        if answer.thought:
            return ModelTimedOut(f"the model fell silent for {self.silence_seconds:g} s while it was thinking")
        return ModelTimedOut(f"the model sent no text for {self.first_token_seconds:g} s (model.first_token_seconds)")


async def read(
    chunks: AsyncIterator[bytes],
    timeouts: Timeouts,
    *,
    since: float | None = None,
    late: Callable[[], float] | None = None,
    answer: AnswerEvents | None = None,
    head: ResponseHead = _STREAM,
    paused: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> AsyncGenerator[ModelEvent, None]:
    """Yield the events of one answer, a Finish last. The wait for the first text counts from `since`, in the loop's time.

    When that wait is over, `late` is asked, and a later time that it returns is waited for as well. A whole chat completion in
    the place of a stream is read as well. After each read of text or thoughts it sleeps for `nap_seconds` inside `paused`, which
    keeps arriving data from waking the process.

    Raises ModelTimedOut when no text arrives in time, ModelCutOff when the stream breaks after text, and ModelUnreachable when it
    breaks before; the errors of `AnswerEvents.finish`; the error that an event or a response without a stream reports; and any
    error of `chunks` before the answer is complete.
    """
    now = asyncio.get_running_loop().time
    answer, stream = answer or AnswerEvents(), EventStream()
    deadline = Deadline((now() if since is None else since) + timeouts.first_token_seconds, late)
    try:
        while (chunk := await _next(chunks, deadline, answer, timeouts)) is not None:
            marks = answer.marks
            events, error = _take(answer, stream, stream.feed(chunk), head)
            progressed = answer.marks != marks
            if progressed:
                deadline.at, deadline.moved = now() + timeouts.after(answer), None
            for event in events:
                yield event
            if error is not None:
                raise error
            if progressed and len(chunk) < _FULL_CHUNK and not answer.ended:
                with paused():
                    await asyncio.sleep(timeouts.nap_seconds)
    finally:
        deadline.close()
    events, error = _take(answer, stream, stream.end(), head)  # the last event may lack its blank line
    for event in (*events, *answer.rest()):
        yield event
    if (error := error or _unfinished(answer, stream, head)) is not None:
        raise error
    yield answer.finish()


def _take(
    answer: AnswerEvents, stream: EventStream, payloads: list[bytes], head: ResponseHead
) -> tuple[list[ModelEvent], ModelError | None]:
    """Return the events of these payloads, and the error that followed them, if any."""
    events, error = answer.take(payloads)
    if error is None and stream.report is not None and not answer.done:
        error = _reported(stream, head)
    return events, error


def _unfinished(answer: AnswerEvents, stream: EventStream, head: ResponseHead) -> ModelError | None:
    """Return the error of a response that ended within an event or without any; None for other ends."""
    if answer.complete:
        return None
    if stream.torn:
        return answer.broken("the model's stream ended in the middle of an event")
    return None if stream.seen else no_stream(stream.unframed, head)


def _reported(stream: EventStream, head: ResponseHead) -> ModelError:
    """Return the error that the server sent in the place of further events."""
    if isinstance(stream.report, bytes):
        return no_stream(stream.report, head)
    return error_in_stream(stream.report) if stream.framed else error_instead_of_stream(stream.report, head)


async def _next(
    chunks: AsyncIterator[bytes], deadline: Deadline, answer: AnswerEvents, timeouts: Timeouts
) -> bytes | None:
    """Return the next bytes, or None at the end. Silence counts as the end once the server has named the end of the answer.

    After `[DONE]` it still waits briefly for the end of the response, because only a response that was read to its end leaves
    its connection open for the next request.
    """
    try:
        with deadline:
            return await anext(chunks, None)
    except TimeoutError as error:
        if answer.ended:
            return None
        raise timeouts.overdue(answer) from error
    except ModelError:
        if answer.done:
            return None
        raise
