"""An answer without text says why: its limit, a tool that nobody offered, thoughts alone, a filter, or nothing at all."""

import pytest

from bot.chat.calls import Usage
from bot.chat.ports.model import Finish, Spent, Thinking
from bot.errors import ModelCalledTool, ModelError, ModelOnlyThought, ModelSpentThinking
from bot.llm.client import connected
from tests.llm.asking import REQUEST, gathered, server_at
from tests.llm.streams import DONE, delta, event, heard, received, sse
from tests.llm.wire import STREAM, chunked, serving

CALL = delta(tool_calls=[{"index": 0, "id": "call_1", "function": {"name": "web_search", "arguments": '{"q":"x"}'}}])
THOUGHT = delta(reasoning_content="hm, a tower")


def usage(reasoning: int) -> bytes:
    """The chunk with the usage."""
    details = {"completion_tokens_details": {"reasoning_tokens": reasoning}}
    return sse({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 9, **details}})


@pytest.mark.parametrize(
    "stream",
    [
        [CALL, event(None, "tool_calls")],
        [CALL, event(" \n", "stop")],
        [THOUGHT, CALL, event(None, "tool_calls")],
        [delta(function_call={"name": "web_search", "arguments": ""}), event(None, "function_call")],
        [sse({"choices": [{"message": {"content": None, "tool_calls": [{"function": {"name": "web_search"}}]}}]})],
    ],
)
async def test_the_call_of_a_tool_that_nobody_offered_is_named(stream: list[bytes]) -> None:
    """The error of an answer that only calls a tool names the tool and the finish reason."""
    *_, end = await heard(*stream, DONE)

    assert isinstance(end, ModelCalledTool)
    assert "the tool web_search" in str(end)
    assert "finish reason" in str(end)


@pytest.mark.parametrize("name", ["", "what Alice said: hi", "x" * 100, None])
async def test_a_tool_without_a_proper_name_is_not_named(name: str | None) -> None:
    """A name that may be people's text is left out of the error."""
    _, end = await received(delta(tool_calls=[{"function": {"name": name}}]), event(None, "tool_calls"), DONE)

    assert isinstance(end, ModelCalledTool)
    assert "called a tool," in str(end)


@pytest.mark.parametrize(
    "stream",
    [
        [THOUGHT, event("", "stop")],
        [event("<think>hm</think>"), event(None, "stop")],
        [event("<think>hm"), event(None, "stop")],
        [event("Brief.\n"), event("</think>"), event(None, "stop")],
        [THOUGHT, event(" \n", "stop"), usage(9)],
        [event("", "stop"), usage(9)],
        [THOUGHT],
    ],
)
async def test_thoughts_alone_are_told_from_nothing(stream: list[bytes]) -> None:
    """The error of an answer of thoughts alone says so."""
    *_, end = await heard(*stream, DONE)

    assert isinstance(end, ModelOnlyThought)
    assert "thoughts" in str(end)


async def test_thoughts_up_to_the_limit_name_the_setting() -> None:
    """Thoughts that reached the limit of the answer name the setting, as before."""
    *_, end = await heard(THOUGHT, event("", "length"), DONE)

    assert isinstance(end, ModelSpentThinking)


@pytest.mark.parametrize(
    ("reason", "kept"), [("stop", "stop"), ("content_filter", "content_filter"), ("SAFETY", "content_filter")]
)
async def test_other_answers_without_text_keep_their_reason(reason: str, kept: str) -> None:
    """An answer without text, thoughts or tools is a finish with the server's reason."""
    assert await received(event("", reason), usage(0), DONE) == ([], Finish(kept, Usage(prompt=5, completion=9)))


async def test_a_call_beside_text_is_an_answer() -> None:
    """Text beside the call of a tool is the answer."""
    assert await received(event("A tower."), CALL, event(None, "tool_calls"), DONE) == (
        ["A tower."],
        Finish("tool_calls", None),
    )


async def test_the_usage_of_an_answer_without_text_is_told() -> None:
    """The usage of an answer without text is told before its error."""
    stream = THOUGHT + event("", "stop") + usage(7) + DONE
    async with serving(STREAM + chunked(stream)) as wire, connected(server_at(wire.url)) as model:
        first, spent, end = await gathered(model.stream(REQUEST))

    assert (first, spent) == (Thinking(), Spent(Usage(prompt=5, completion=9, reasoning=7)))
    assert isinstance(end, ModelError)
    assert "7 tokens of thoughts" in str(end)
