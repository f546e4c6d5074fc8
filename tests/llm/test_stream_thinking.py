"""Thoughts in a streamed answer: they are no text, but they show that the model works."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.chat.calls import Usage
from bot.chat.ports.model import Delta, Finish, ModelEvent, Thinking
from bot.errors import ModelCutOff, ModelError, ModelSilent, ModelTimedOut, ModelUnreachable
from bot.llm.events import AnswerEvents
from bot.llm.stream import Timeouts, read
from bot.llm.thinking import ThoughtFilter
from tests.llm.asking import gathered
from tests.llm.streams import DONE, PATIENT, TINY, delta, event, heard, received, sent, sse
from tests.timeless import timeless


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
@timeless
async def test_thinking_puts_off_the_deadline_and_is_not_text(key: str) -> None:
    """Each thought puts off the deadline, and all of them together are one sign of thinking and no text."""
    thought = sse({"choices": [{"index": 0, "delta": {key: "hm"}, "finish_reason": None}]})

    async def thinking() -> AsyncGenerator[bytes, None]:
        for _ in range(10):
            yield thought
            await asyncio.sleep(TINY)
        yield event("yes", "stop")
        yield DONE

    events = [event async for event in read(thinking(), Timeouts(TINY * 3, 60))]
    assert events == [Thinking(), Delta("yes"), Finish("stop", None)]


THOUGHTS: dict[str, list[bytes]] = {
    "a field": [
        delta(role="assistant", reasoning_content=""),
        delta(reasoning_content="hm"),
        delta(reasoning_content="so"),
    ],
    "another field": [delta(reasoning="hm"), delta(content="", reasoning="so")],
    "in one packet": [delta(reasoning="hm") + delta(reasoning="so")],
    "tags": [event("<think>"), event("hm"), event("</think>\n")],
    "tags that are cut": [event(" <th"), event("ink>h"), event("m</th"), event("ink>")],
    "parts": [delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}])],
    "a field, then tags": [delta(reasoning_content="hm"), event("<think>so</think>")],
}


@pytest.mark.parametrize("thoughts", THOUGHTS.values(), ids=THOUGHTS)
async def test_thinking_is_told_once_before_the_text(thoughts: list[bytes]) -> None:
    """The reader tells once that the model thinks, before the first text, however many thoughts there are."""
    expected: list[ModelEvent] = [Thinking(), Delta("yes"), Delta("!"), Finish("stop", None)]

    assert await heard(*thoughts, event("yes"), event("!", "stop"), DONE) == expected
    assert await heard(b"".join(thoughts) + event("yes"), event("!", "stop"), DONE) == expected


async def test_thinking_is_told_as_soon_as_the_model_thinks() -> None:
    """The reader tells that the model thinks at the first thought, while there is no text yet."""
    stream = read(sent([delta(reasoning="hm")], hangs=True), PATIENT)

    assert await anext(stream) == Thinking()
    await stream.aclose()


async def test_thinking_behind_text_is_not_told() -> None:
    """The reader tells of no thought once text has come, because a model thinks before it answers."""
    expected: list[ModelEvent] = [Delta("yes"), Delta("!"), Finish("stop", None)]

    assert await heard(event("yes"), delta(reasoning="hm"), event("!", "stop"), DONE) == expected


@pytest.mark.parametrize("thought", [delta(reasoning_content="hm"), event("<think>hm"), event("<think>hm").rstrip()])
async def test_thinking_without_text_is_told_too(thought: bytes) -> None:
    """The reader tells that a model thought even where nothing but an error follows."""
    first, error = await heard(thought)

    assert (first, type(error)) == (Thinking(), ModelSilent)


@pytest.mark.parametrize(
    "stream",
    [
        [event("yes")],
        [event(""), delta(role="assistant", content="", reasoning_content=None), event("yes")],
        [delta(reasoning_content=""), delta(reasoning=None), event("yes")],
        [event("y") + event("es")],
    ],
)
async def test_a_model_that_does_not_think_is_not_said_to(stream: list[bytes]) -> None:
    """The reader tells of no thinking where the fields for thoughts are missing or empty."""
    usage = {"completion_tokens": 1, "completion_tokens_details": {"reasoning_tokens": 0}}

    assert await heard(*stream, event(reason="stop", usage=usage), DONE) == [
        Delta("yes"),
        Finish("stop", Usage(completion=1)),
    ]


async def held(*chunks: bytes, hangs: bool = False, patience: float = 60) -> list[ModelEvent | ModelError]:
    """All events of a model that is known to leave out the opening tag."""
    answer = AnswerEvents(ThoughtFilter(holds=True))
    return await gathered(read(sent(chunks, hangs=hangs), Timeouts(60, patience), answer=answer))


BOOM = sse({"error": {"message": "boom", "code": 500}})


@pytest.mark.parametrize("broken", [BOOM, b"data: nonsense\n\n", b""])
async def test_text_that_was_held_back_is_asked_for_again_after_an_error(broken: bytes) -> None:
    """Text that could have been thoughts is not shown when the stream breaks: nobody has read it, so the request is repeated."""
    *events, error = await held(event("Who asks?"), broken, hangs=not broken, patience=TINY)

    assert events == [Thinking()]
    assert isinstance(error, ModelUnreachable | ModelTimedOut)


async def test_text_that_was_held_back_ends_with_a_reason() -> None:
    """Held text is shown when the stream ends, or falls silent, behind the reason `stop`."""
    *_, text, end = await held(event("An answer."), event(None, "stop"))
    assert (text, end) == (Delta("An answer."), Finish("stop", None))

    *_, text, end = await held(event("An answer."), event(None, "stop"), hangs=True, patience=TINY)
    assert (text, type(end)) == (Delta("An answer."), ModelCutOff)

    assert await received(event("<"), event(None, "stop")) == (["<"], Finish("stop", None))


@pytest.mark.parametrize("text", ["<thinker> yes", "yes <think>", " <thi"])
async def test_text_that_resembles_thoughts_is_not_said_to_be_some(text: str) -> None:
    """The reader tells of no thinking where the text only resembles thoughts or speaks of them."""
    assert await heard(event(text), DONE) == [Delta(text), Finish("stop", None)]
