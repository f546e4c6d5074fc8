"""The requests that an ordered fault meets."""

from collections.abc import Callable

import openai
import pytest
from openai import AsyncOpenAI

from bot.sandbox import Sandbox
from bot.sandbox.model.replies import Pace
from tests.sandbox.model.asking import MODEL, USER, ask, drained, raw


async def statuses(ai: AsyncOpenAI, *texts: str) -> list[int]:
    """Ask once for each text and return the statuses."""
    found: list[int] = []
    for text in texts:
        try:
            await ask(ai, text)
            found.append(200)
        except openai.APIStatusError as error:
            found.append(error.status_code)
    return found


async def test_a_fault_meets_so_many_requests(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A fault meets as many requests as were ordered."""
    box.model.fails(503, times=2)
    assert await statuses(ai, *"abc") == [503, 503, 200]


async def test_a_fault_waits_for_its_moment(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A fault with a condition meets the first request that fulfils it."""
    box.model.fails(503, when=lambda request: request.question == "b")
    assert await statuses(ai, *"abcb") == [200, 503, 200, 200]


async def test_a_condition_is_asked_of_requests_that_are_no_good_too(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A condition is asked of invalid requests too, and can read their question and model."""
    box.model.fails(503, when=lambda request: request.question == "b" or request.model == "b")
    with pytest.raises(openai.BadRequestError):
        await ai.post("/chat/completions", body={"model": 7, "messages": ["x", {"role": "user"}]}, cast_to=object)


async def test_a_share_of_the_requests_meets_a_fault_and_a_seed_repeats_it() -> None:
    """A share of the requests meets a fault, and the same seed chooses the same requests."""
    runs: list[list[int]] = []
    for _ in range(2):
        async with (
            Sandbox(seed=5) as box,
            AsyncOpenAI(base_url=box.model.base_url, api_key=box.model.key or "", max_retries=0) as ai,
        ):
            box.model.fails(503, times=None, share=0.5)
            runs.append(await statuses(ai, *"abcdefghijklmnop"))
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


async def test_all_is_well_again_on_request(box: Sandbox, ai: AsyncOpenAI) -> None:
    """`is_well` takes back every order."""
    box.model.fails(503, times=None)
    assert await statuses(ai, "a", "b") == [503, 503]
    box.model.is_well()
    assert await statuses(ai, "a") == [200]


async def test_faults_of_all_kinds_take_turns(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Faults of unlike kinds meet requests in the order in which they were ordered."""
    box.model.cuts_after(1)
    box.model.fails(503)
    with pytest.raises(openai.APIConnectionError):
        await drained(ai)
    assert await statuses(ai, "a", "b") == [503, 200]


@pytest.mark.parametrize("fault", ["declines", "filters", "cuts_after"])
async def test_a_refused_request_uses_up_no_fault_of_the_answer(box: Sandbox, ai: AsyncOpenAI, fault: str) -> None:
    """A request that is refused uses up no fault that was ordered for an answer (the sandbox's own promise)."""
    orders: dict[str, Callable[[], None]] = {
        "declines": box.model.declines,
        "filters": box.model.filters,
        "cuts_after": lambda: box.model.cuts_after(1),
    }
    orders[fault]()
    with pytest.raises(openai.BadRequestError, match="Unknown parameter"):
        await ai.post("/chat/completions", body={"model": MODEL, "messages": [USER], "colour": 1}, cast_to=object)
    box.model.fails(503)
    if fault == "cuts_after":
        with pytest.raises(openai.APIConnectionError):
            await ask(ai)
    else:
        assert not await ask(ai)
    assert await statuses(ai, "a") == [503]


async def test_an_error_instead_of_the_answer_comes_before_any_look_at_the_request(
    box: Sandbox, ai: AsyncOpenAI
) -> None:
    """A failure instead of the answer comes before any check of the request (HTTP, RFC 9110, "503 Service Unavailable")."""
    box.model.fails(503)
    with pytest.raises(openai.InternalServerError):
        await ai.post("/chat/completions", body={"model": MODEL, "messages": [USER], "colour": 1}, cast_to=object)
    assert await ask(ai)


async def test_what_is_due_together_goes_out_together(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Events of a stream without a pace are all due at once, and stay separate events."""
    box.model.replies_with("one two three")
    assert (await raw(ai)).count(b"\n\n") == 6
    assert Pace().due(100) == 0
