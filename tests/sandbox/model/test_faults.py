"""Faults of the model, as the openai SDK meets them."""

from collections.abc import Callable

import openai
import pytest
from openai import AsyncOpenAI

from bot.sandbox import Outcome, Sandbox
from tests.sandbox.model.test_answers import drained, stream
from tests.sandbox.model.test_server import ask


async def test_a_status_has_the_shape_of_openais_errors(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The bot words its excuse by status and code."""
    box.model.fails(429, code="rate_limit_exceeded", message="Slow down.", type="requests")
    with pytest.raises(openai.RateLimitError) as caught:
        await ask(ai)
    assert (caught.value.code, caught.value.type) == ("rate_limit_exceeded", "requests")
    assert box.model.requests[0].outcome is Outcome.REFUSED
    assert await ask(ai)


async def test_the_sdk_retries_as_the_headers_say(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A bot that leaves retries to the SDK must see them work."""
    box.model.fails(503, headers={"retry-after-ms": "1"}, times=2)
    assert await ask(ai.with_options(max_retries=2))
    assert [request.status for request in box.model.requests] == [503, 503, 200]


async def test_the_body_can_be_of_another_dialect(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Other servers report errors in other shapes."""
    box.model.fails(422, body={"detail": "no"})
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        await ask(ai)
    assert caught.value.body == {"detail": "no"}


async def test_a_cut_breaks_the_stream_after_so_many_chunks(box: Sandbox, ai: AsyncOpenAI) -> None:
    """What was shown until then is kept, and the bot says that it broke off."""
    box.model.replies_with("one two three four")
    box.model.cuts_after(2)
    got: list[str] = []
    with pytest.raises(openai.APIConnectionError):
        await drained(ai, got)
    assert "".join(got) == "one two"
    assert box.model.requests[0].outcome is Outcome.BROKEN


async def test_a_stall_sends_nothing_more(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The bot's own time-out must end it: the SDK waits ten minutes."""
    box.model.stalls(after=1)
    impatient = ai.with_options(timeout=0.2)
    with pytest.raises((openai.APITimeoutError, openai.APIConnectionError)):
        await drained(impatient)
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)
    assert box.model.requests[0].completion_tokens == 1


@pytest.mark.parametrize(("after", "expected"), [(0, 0), (2, 3)])
async def test_an_early_end_raises_nothing(box: Sandbox, ai: AsyncOpenAI, after: int, expected: int) -> None:
    """The SDK takes a stream without finish reason for a good one; the bot must look itself."""
    box.model.ends_early(after=after)
    chunks = [chunk async for chunk in await stream(ai)]
    assert len(chunks) == expected
    assert all(chunk.choices[0].finish_reason is None for chunk in chunks)


async def test_an_error_event_breaks_the_stream(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Errors after the status line come as events."""
    box.model.errors_after(1, code="overloaded", message="Too busy")
    with pytest.raises(openai.APIError, match="Too busy") as caught:
        await drained(ai)
    assert caught.value.code == "overloaded"
    assert box.model.requests[0].completion_tokens == 1


async def test_a_delay_comes_before_the_status_line(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A loaded server accepts the request and then is silent."""
    box.model.delays(5)
    with pytest.raises(openai.APITimeoutError):
        await ask(ai.with_options(timeout=0.1))
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)


@pytest.mark.parametrize("fault", ["cut", "end"])
async def test_whole_answers_break_too(box: Sandbox, ai: AsyncOpenAI, fault: str) -> None:
    """A summary may be lost on its way as well."""
    orders: dict[str, Callable[[], None]] = {
        "cut": lambda: box.model.cuts_after(1),
        "end": box.model.ends_early,
    }
    orders[fault]()
    with pytest.raises(openai.APIConnectionError):
        await ask(ai)


async def test_a_whole_answer_with_an_error_is_a_500(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Without a stream there is no event to put the error in."""
    box.model.errors_after(1, message="Too busy")
    with pytest.raises(openai.InternalServerError, match="Too busy"):
        await ask(ai)


async def test_a_whole_answer_stalls_until_the_client_leaves(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The other way to wait for ever."""
    box.model.stalls()
    with pytest.raises(openai.APITimeoutError):
        await ask(ai.with_options(timeout=0.1))
    await box.until(lambda: box.model.requests[0].outcome is Outcome.ABANDONED)
