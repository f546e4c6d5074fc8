"""An answer tells more than its text: the reason of its end, its cost, and whether the model thought before it."""

import pytest

from bot.chat.calls import Usage
from bot.chat.ports.model import Finish
from bot.errors import ModelCutOff, ModelSilent, ModelSpentThinking, ModelTimedOut
from bot.llm.stream import Timeouts
from tests.llm.streams import DONE, TINY, delta, event, received, sse


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 4}, Usage(prompt=9, completion=4)),
        (
            {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 8}},
            Usage(prompt=9, cached=8, completion=4),
        ),
        (
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 6}},
            Usage(prompt=9, cached=2, written=6),
        ),
        ({"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": None}, Usage(prompt=9, completion=4)),
        ({"prompt_tokens": 9, "completion_tokens": None, "prompt_tokens_details": {}}, Usage(prompt=9)),
        (
            {"completion_tokens": 40, "completion_tokens_details": {"reasoning_tokens": 32}},
            Usage(completion=40, reasoning=32),
        ),
        ({"completion_tokens": 4, "completion_tokens_details": {"reasoning_tokens": None}}, Usage(completion=4)),
        (
            {
                "prompt_tokens_details": {"cached_tokens": "8", "cache_write_tokens": 1.5},
                "completion_tokens_details": 3,
            },
            Usage(),
        ),
        ({"prompt_tokens": "9", "completion_tokens": 4.0}, Usage()),
        ({"completion_tokens": 40, "reasoning_tokens": 32}, Usage(completion=40, reasoning=32)),
        ({"input_tokens": 40}, Usage()),
        ([], None),
        (None, None),
    ],
)
async def test_usage_is_read_in_every_shape(usage: object, expected: Usage | None) -> None:
    """Usage is read from whichever chunk has it, and a figure that is missing or no whole number counts as zero."""
    end = Finish("stop", expected)

    assert await received(event("a"), event(None, "stop"), sse({"choices": [], "usage": usage}), DONE) == (["a"], end)
    assert await received(event("a"), event(None, "stop", usage=usage), DONE) == (["a"], end)
    assert await received(event("a", usage=usage), event("b", "stop"), DONE) == (["a", "b"], end)


async def test_running_usage_ends_at_its_last_figure() -> None:
    """The last of several usages in a stream is that of the answer."""
    stream = [event("a", usage={"prompt_tokens": 9, "completion_tokens": n}) for n in range(1, 4)]

    assert (await received(*stream, DONE))[1] == Finish("stop", Usage(prompt=9, completion=3))


async def test_a_model_that_says_it_failed_has_not_finished() -> None:
    """An answer whose server says that it failed is cut off."""
    texts, end = await received(event("half of"), event(None, "error"), DONE)

    assert texts == ["half of"]
    assert isinstance(end, ModelCutOff)


# ------------------------------------------------------------------------------------------ thoughts and refusals


async def test_thoughts_in_the_text_are_not_shown() -> None:
    """Thoughts at the beginning of a text are no part of the answer, however their tags are cut."""
    stream = [
        event("\n<th"),
        event("ink>Do they"),
        event(" mean me?</thi"),
        event("nk>\n\n"),
        event("Yes."),
        event(None, "stop"),
    ]

    assert await received(*stream) == (["Yes."], Finish("stop", None))


async def test_what_only_looked_like_thoughts_is_shown_at_the_end() -> None:
    """The beginning of a tag that nothing follows is text."""
    assert await received(event("  <thi"), event(None, "stop")) == (["  <thi"], Finish("stop", None))


async def test_thoughts_in_parts_are_not_shown() -> None:
    """Only the texts of a content in parts, as Mistral sends it, are the answer."""
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "Yes"}]

    assert await received(delta(content=parts), event(".", "stop")) == (["Yes", "."], Finish("stop", None))


async def test_a_refusal_is_the_answer_and_is_told_from_one() -> None:
    """The model's words for a refusal are the text, and the refusal is the reason of the end."""
    stream = [
        delta(role="assistant", content="", refusal=None),
        delta(refusal="I can"),
        delta(refusal="not."),
        event(None, "stop"),
    ]

    assert await received(*stream, DONE) == (["I can", "not."], Finish("refusal", None))


@pytest.mark.parametrize("thought", [delta(reasoning_content="hm"), delta(reasoning="hm"), event("<think>hm"), b""])
@pytest.mark.parametrize("said", [b"", event(" \n")])
async def test_a_model_that_spent_its_answer_on_thoughts_is_told_from_an_empty_one(thought: bytes, said: bytes) -> None:
    """The error of an answer that was all thoughts names the setting to raise, and the tokens of thoughts where they are told."""
    usage = {"completion_tokens": 16, "completion_tokens_details": {"reasoning_tokens": 16}}

    _, end = await received(thought, said, event(None, "length"), sse({"choices": [], "usage": usage}), DONE)
    assert isinstance(end, ModelSpentThinking)
    assert "model.max_reply_tokens" in str(end)
    assert "16 tokens of thoughts" in str(end)

    _, end = await received(thought, said, event(None, "length"), DONE)
    assert isinstance(end, ModelSpentThinking)
    assert isinstance((await received(event("a"), event(None, "length"), DONE))[1], Finish)
    assert isinstance((await received(event(None, "stop"), DONE))[1], Finish)


async def test_all_figures_of_a_usage_are_told() -> None:
    """The finish tells each figure of the usage: the prompt, its cached and its written part, the completion and its thoughts."""
    usage = {
        "prompt_tokens": 90,
        "completion_tokens": 40,
        "prompt_tokens_details": {"cached_tokens": 50, "cache_write_tokens": 30},
        "completion_tokens_details": {"reasoning_tokens": 32},
    }
    told = Usage(prompt=90, cached=50, written=30, completion=40, reasoning=32)

    assert (await received(event("a", "stop", usage=usage), DONE))[1] == Finish("stop", told)


@pytest.mark.parametrize("thought", [delta(reasoning_content="hm"), event("<think>hm")])
async def test_a_model_that_falls_silent_in_its_thoughts_is_given_up(thought: bytes) -> None:
    """A model that falls silent or ends in its thoughts has not begun its answer, and the error says that it was thinking."""
    texts, end = await received(thought, hangs=True, timeouts=Timeouts(60, TINY))
    assert (texts, type(end)) == ([], ModelTimedOut)
    assert "thinking" in str(end)

    texts, end = await received(thought)
    assert (texts, type(end)) == ([], ModelSilent)
    assert "thinking" in str(end)


@pytest.mark.parametrize(
    ("reported", "kept"),
    [(2**63, 2**53 - 1), (10**30, 2**53 - 1), (True, 0), (-1, 0), ("7", 0), (1.5, 0), (None, 0), (7, 7)],
)
async def test_a_count_is_one_that_can_be_stored(reported: object, kept: int) -> None:
    """A count is at most 2**53 - 1, and 0 where the server reports a negative one or no whole number."""
    usage = {"prompt_tokens": reported, "completion_tokens": 1}

    _, end = await received(event("a", "stop"), sse({"choices": [], "usage": usage}), DONE)
    assert end == Finish("stop", Usage(prompt=kept, completion=1))


async def test_a_reason_is_one_that_can_be_stored() -> None:
    """A server's word for the end is kept without half characters, and not at any length."""
    choice = b'{"index": 0, "delta": {"content": "a"}, "finish_reason": "ST\\ud800OP' + b"x" * 1000 + b'"}'

    _, end = await received(b'data: {"choices": [' + choice + b"]}\n\n", DONE)
    assert isinstance(end, Finish)
    assert end.reason == ("st\ufffdop" + "x" * 1000)[:64]
