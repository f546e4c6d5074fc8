"""Reads a streamed chat completion raw: server-sent events to deltas, at a fifth of the cost of the SDK's objects.

All text of one network read becomes one delta. An answer is whole when `[DONE]` has arrived, or when the response ends behind a
finish reason. Anything else that ends it, such as a broken connection, silence, or an error event, is an error, whatever finish
reasons came before: some servers send one with each chunk.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from bot.chat.ports.model import ModelEvent
from bot.errors import ModelCutOff, ModelError, ModelTimedOut
from bot.llm.deadline import Deadline
from bot.llm.errors.no_stream import ResponseHead, error_in_stream, error_instead_of_stream, no_stream
from bot.llm.event_stream import EventStream
from bot.llm.events import AnswerEvents

_LARGEST_BATCH: Final = 16 * 1024
"""Size in bytes of the largest chunk that the transport returns."""
_BATCH_TOKENS: Final = 2.5
"""Tokens that a batch collects: fewer save little, and of more the last ones of an answer would come late."""
_FEWEST_TOKENS: Final = 2
"""A server that sends fewer tokens in the time of the longest batch is so slow that each is read by itself."""
_LATENESS: Final = 1.5
"""How long a batch may take, in its expected time: at a steady pace, its last token is less than half of that late."""
_STREAM: Final = ResponseHead()


class Batches(Protocol):
    """Decides how many of the arriving bytes are read together."""

    def expect(self, size: int, seconds: float) -> None:
        """Read when `size` bytes are there, or after so many seconds whatever is there."""
        ...

    def close(self) -> None:
        """Read each byte as it comes again."""
        ...


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time-outs of one answer, in seconds.

    `first_token_seconds` limits the wait for the first text or reasoning, `silence_seconds` each later pause, and
    `end_seconds` the wait for the end of the response after `[DONE]`.

    `batch_seconds` is how long tokens are collected at most before they are read together, and half of it the least for a quick
    stream, at the pace that the server has shown.
    """

    first_token_seconds: float
    silence_seconds: float
    end_seconds: float = 0.1
    batch_seconds: float = 0.05

    def after(self, answer: AnswerEvents) -> float:
        """Return how many seconds the server may now be silent, after what `answer` has received."""
        return self.end_seconds if answer.done else self.silence_seconds

    def overdue(self, answer: AnswerEvents) -> ModelError:
        """Return the error for a silence beyond the deadline."""
        if answer.begun:
            where = "before the end" if answer.complete else "in the middle"
            return ModelCutOff(f"the model fell silent for {self.silence_seconds:g} s {where} of its answer")
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
    batches: Batches | None = None,
) -> AsyncGenerator[ModelEvent, None]:
    """Yield the events of one answer, a Finish last. The wait for the first text counts from `since`, in the loop's time.

    When that wait is over, `late` is asked, and a later time that it returns is waited for as well. A whole chat completion in
    the place of a stream is read as well. Text and thoughts are read in `batches`.

    Raises ModelTimedOut when no text arrives in time, ModelCutOff when the stream breaks after text, and ModelUnreachable when it
    breaks before; the errors of `AnswerEvents.finish`; the error that an event or a response without a stream reports; and any
    error of `chunks` before the answer is complete.
    """
    now = asyncio.get_running_loop().time
    answer, stream, pace = answer or AnswerEvents(), EventStream(), _Pace(timeouts.batch_seconds, batches)
    deadline = Deadline((now() if since is None else since) + timeouts.first_token_seconds, late)
    try:
        while (chunk := await _next(chunks, deadline, answer)) is not None:
            marks = answer.marks
            events, error = _take(answer, stream, stream.feed(chunk), head)
            _put_off(deadline, now() + timeouts.after(answer), progressed=answer.marks != marks)
            for event in events:
                yield event
            if error is not None:
                raise error
            pace.collect(len(chunk), answer, now())
    except TimeoutError as error:
        for event in answer.rest() if answer.complete else ():
            yield event
        raise timeouts.overdue(answer) from error
    finally:
        deadline.close()
        pace.close()
    events, error = _take(answer, stream, stream.end(), head)  # the last event may lack its blank line
    for event in (*events, *answer.rest()):
        yield event
    if (error := error or _unfinished(answer, stream, head)) is not None:
        raise error
    yield answer.finish()


def _put_off(deadline: Deadline, at: float, *, progressed: bool) -> None:
    if progressed:
        deadline.at, deadline.moved = at, None


class _Pace:
    """Makes batches as large as a stream brings, by its pace since its first read, in the time of a few tokens."""

    def __init__(self, longest: float, batches: Batches | None) -> None:
        self._longest = longest
        self._batches = batches
        self._begin: float | None = None
        self._first_tokens = 0
        self._received = 0

    def collect(self, size: int, answer: AnswerEvents, now: float) -> None:
        """Set the size of the next batch, after `size` more bytes have arrived for `answer`."""
        if self._batches is not None:
            seconds, expected = (0.0, 1) if answer.ended else self._batch(size, answer.marks, now)
            self._batches.expect(expected, seconds * _LATENESS)

    def close(self) -> None:
        """End the batches."""
        if self._batches is not None:
            self._batches.close()

    def _batch(self, size: int, tokens: int, now: float) -> tuple[float, int]:
        """Return the expected time of the next batch and its bytes; 1 for those of a slow stream."""
        if self._begin is None:
            self._begin, self._first_tokens = now, tokens
            return 0.0, 1
        self._received += size
        elapsed = max(now - self._begin, self._longest)
        pace = (tokens - self._first_tokens) / elapsed
        if pace * self._longest < _FEWEST_TOKENS:
            return 0.0, 1
        seconds = min(max(_BATCH_TOKENS / pace, self._longest / 2), self._longest)
        return seconds, min(int(self._received * seconds / elapsed), _LARGEST_BATCH)


def _take(
    answer: AnswerEvents, stream: EventStream, payloads: list[bytes], head: ResponseHead
) -> tuple[list[ModelEvent], ModelError | None]:
    """Return the events of these payloads, and the error that followed them, if any."""
    events, error = answer.take(payloads)
    if error is None and stream.report is not None and not answer.done:
        error = _reported(stream, head)
    if error is None and stream.overlong and not answer.done:
        error = answer.broken("the model's stream holds an event that does not end within 8 MiB")
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


async def _next(chunks: AsyncIterator[bytes], deadline: Deadline, answer: AnswerEvents) -> bytes | None:
    """Return the next bytes, or None at the end. Raises TimeoutError at the deadline.

    Behind `[DONE]`, silence and a broken connection count as the end. It still waits briefly for the end of the response, because
    only a response that was read to its end leaves its connection open for the next request.
    """
    try:
        with deadline:
            return await anext(chunks, None)
    except (TimeoutError, ModelError):
        if answer.done:
            return None
        raise
