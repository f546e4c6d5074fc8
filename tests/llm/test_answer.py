"""What an answer says besides its text: why it ended, what it cost, and what the model thought before it."""

import pytest

from bot.chat.ports import Finish
from bot.chat.turns import Usage
from bot.errors import ModelCutOff, ModelSilent, ModelSpentThinking, ModelTimedOut
from bot.llm.stream import Patience
from tests.llm.streams import DONE, TINY, delta, event, received, sse


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 4}, Usage(9, 0, 4)),
        ({"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 8}}, Usage(9, 8, 4)),
        ({"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": None}, Usage(9, 0, 4)),
        ({"prompt_tokens": 9, "completion_tokens": None, "prompt_tokens_details": {}}, Usage(9, 0, 0)),
        ({"prompt_tokens": "9", "completion_tokens": 4.0}, Usage(0, 0, 0)),
        ({}, Usage(0, 0, 0)),
        ([], None),
        (None, None),
    ],
)
async def test_usage_is_read_in_every_shape(usage: object, expected: Usage | None) -> None:
    """If a server's way of reporting usage were not understood, the operator would not know what an answer cost."""
    end = Finish("stop", expected)

    assert await received(event("a"), event(None, "stop"), sse({"choices": [], "usage": usage}), DONE) == (["a"], end)
    assert await received(event("a"), event(None, "stop", usage=usage), DONE) == (["a"], end)
    assert await received(event("a", usage=usage), event("b", "stop"), DONE) == (["a", "b"], end)


async def test_running_usage_ends_at_its_last_figure() -> None:
    """If the first of several figures counted, servers that report with each chunk would seem to cost nothing."""
    stream = [event("a", usage={"prompt_tokens": 9, "completion_tokens": n}) for n in range(1, 4)]

    assert (await received(*stream, DONE))[1] == Finish("stop", Usage(9, 0, 3))


@pytest.mark.parametrize(
    ("word", "reason"),
    [("STOP", "stop"), ("MAX_TOKENS", "length"), ("model_length", "length"), ("SAFETY", "content_filter")],
)
async def test_other_words_for_the_end_are_understood(word: str, reason: str) -> None:
    """If another word for the token limit were not known, people would not be told that the answer goes on."""
    assert await received(event("a", word)) == (["a"], Finish(reason, None))


async def test_a_model_that_says_it_failed_has_not_finished() -> None:
    """If a server's own word for a failure passed for an end, half an answer would pass for the whole."""
    texts, end = await received(event("half of"), event(None, "error"), DONE)

    assert texts == ["half of"]
    assert isinstance(end, ModelCutOff)


# ------------------------------------------------------------------------------------------ thoughts and refusals


async def test_thoughts_in_the_text_are_not_shown() -> None:
    """If what a model thinks aloud were text, people would read pages of it before the answer, and pay for it for ever after."""
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
    """If the beginning of a tag were kept back for ever, an answer that consists of it would be empty."""
    assert await received(event("  <thi"), event(None, "stop")) == (["  <thi"], Finish("stop", None))


async def test_thoughts_in_parts_are_not_shown() -> None:
    """If Mistral's way of telling thoughts from text were not known, its answers would be empty, or thoughts."""
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "Yes"}]

    assert await received(delta(content=parts), event(".", "stop")) == (["Yes", "."], Finish("stop", None))


async def test_a_refusal_is_the_answer_and_is_told_from_one() -> None:
    """If the model's own words for a refusal were dropped, people would get an empty answer instead of the reason."""
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
    """If both looked alike, whoever runs the bot would never learn which setting gives the model room for an answer."""
    usage = {"completion_tokens": 16, "completion_tokens_details": {"reasoning_tokens": 16}}

    _, end = await received(thought, said, event(None, "length"), sse({"choices": [], "usage": usage}), DONE)
    assert isinstance(end, ModelSpentThinking)
    assert "model.max_reply_tokens" in str(end)
    assert "16 tokens of thoughts" in str(end)

    _, end = await received(thought, said, event(None, "length"), DONE)
    assert isinstance(end, ModelSpentThinking)
    assert isinstance((await received(event("a"), event(None, "length"), DONE))[1], Finish)
    assert isinstance((await received(event(None, "stop"), DONE))[1], Finish)


async def test_tokens_of_thoughts_are_told() -> None:
    """If they were lost, nobody could tell why a short answer costs as much as a long one."""
    usage = {"prompt_tokens": 9, "completion_tokens": 40, "completion_tokens_details": {"reasoning_tokens": 32}}

    assert (await received(event("a", "stop", usage=usage), DONE))[1] == Finish("stop", Usage(9, 0, 40), 32)


@pytest.mark.parametrize("thought", [delta(reasoning_content="hm"), event("<think>hm")])
async def test_a_model_that_falls_silent_in_its_thoughts_is_given_up(thought: bytes) -> None:
    """If thoughts counted as a beginning, the asker would read that an answer was cut off of which there was no word."""
    texts, end = await received(thought, hangs=True, patience=Patience(60, TINY, 60))
    assert (texts, type(end)) == ([], ModelTimedOut)
    assert "thinking" in str(end)

    texts, end = await received(thought)
    assert (texts, type(end)) == ([], ModelSilent)
    assert "thinking" in str(end)
