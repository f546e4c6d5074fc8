"""The server that refuses roles, turns, streams and long answers in the words of known servers."""

import openai
import pytest
from openai import AsyncOpenAI

from bot.sandbox import Picky, Refuses, Sandbox
from tests.sandbox.model.asking import IMAGE, MODEL

SYSTEM = {"role": "system", "content": "Be kind."}
USER = {"role": "user", "content": "hello"}
SAID = {"role": "assistant", "content": "hi"}
SHOWN = {"role": "user", "content": [{"type": "text", "text": "hello"}, IMAGE]}


async def words_of(ai: AsyncOpenAI, **body: object) -> str:
    """The words in which a body is refused; "" for one that is taken."""
    whole = {"model": MODEL, "messages": [SYSTEM, USER]} | body
    try:
        await ai.post("/chat/completions", body=whole, cast_to=object)
    except openai.APIStatusError as error:
        return error.response.text
    return ""


@pytest.mark.parametrize(
    ("part", "taken", "refused", "words"),
    [
        (Refuses.TURNS_DEEPSEEK, [SYSTEM, USER, SAID, USER], [SYSTEM, USER, USER], "(messages[1] and messages[2] in"),
        (Refuses.TURNS_PERPLEXITY, [SYSTEM, USER, SAID, USER], [USER, USER], "roles should be alternating"),
        (Refuses.TURNS_PERPLEXITY, [USER], [USER, SAID], "Last message must have role"),
        (Refuses.TURNS_PERPLEXITY, [USER], [SAID, USER], "roles should be alternating"),
        (Refuses.TURNS_LLAMA_CPP, [SYSTEM, USER], [SYSTEM, USER, USER], "Jinja Exception"),
        (Refuses.TURNS_MISTRAL, [USER, SAID, USER], [SYSTEM, USER], "roles must alternate"),
        (Refuses.SYSTEM_VLLM, [USER], [SYSTEM, USER], "System role not supported"),
        (Refuses.SYSTEM_GOOGLE, [USER], [SYSTEM, USER], "Developer instruction is not enabled"),
        (Refuses.SYSTEM_OPENAI, [USER], [SYSTEM, USER], "messages[0].role"),
        (Refuses.IMAGES_OPENAI, [SYSTEM, USER], [SYSTEM, SHOWN], "image_url is only supported by certain models"),
        (Refuses.IMAGES_OLLAMA, [SYSTEM, USER], [SYSTEM, SHOWN], "does not support image input"),
        (Refuses.IMAGES_VLLM, [SYSTEM, USER], [SYSTEM, SHOWN], "is not a multimodal model"),
        (Refuses.IMAGES_DEEPSEEK, [SYSTEM, USER], [SYSTEM, SHOWN], "unknown variant `image_url`"),
        (Refuses.IMAGES_PYDANTIC, [SYSTEM, USER], [SYSTEM, SHOWN], "Input should be 'text'"),
    ],
)
async def test_messages_are_refused_in_the_words_of_their_server(
    *, box: Sandbox, ai: AsyncOpenAI, part: Refuses, taken: list[object], refused: list[object], words: str
) -> None:
    """A picky server takes the messages that it can use, and says why it refuses others (public reports: see the dialect)."""
    box.model.speaks(Picky(part))
    assert await words_of(ai, messages=taken) == ""
    assert words in await words_of(ai, messages=refused)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Refuses.LENGTH_ALIBABA, "Range of max_tokens should be [1, 2000]"),
        (Refuses.LENGTH_GROQ, "must be less than or equal to 2000"),
        (Refuses.LENGTH_OLLAMA, "max_tokens (2001) exceeds model's maximum output tokens (2000)"),
        (Refuses.LENGTH_UNNAMED, "max_tokens exceeds what this model can write"),
    ],
)
async def test_answers_are_refused_that_may_be_too_long(
    box: Sandbox, ai: AsyncOpenAI, part: Refuses, words: str
) -> None:
    """A limit of the answer above 2,000 tokens is refused (public reports: see the dialect)."""
    box.model.speaks(Picky(part))
    assert await words_of(ai, max_tokens=2000) == ""
    assert await words_of(ai) == ""
    assert words in await words_of(ai, max_tokens=2001)


@pytest.mark.parametrize("part", [Refuses.STREAM_OPENAI, Refuses.STREAM_PLAIN])
async def test_streams_are_refused(box: Sandbox, ai: AsyncOpenAI, part: Refuses) -> None:
    """A stream is refused, and a whole answer given (public reports: see the dialect)."""
    box.model.speaks(Picky(part))
    assert await words_of(ai, stream=False) == ""
    assert "stream" in (await words_of(ai, stream=True)).lower()


async def test_the_answer_counts_towards_the_context(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A server may want room for the whole answer in its context (vllm-project/vllm 20409)."""
    box.model.speaks(Picky(counts_answers=True))
    box.model.context_tokens = 100
    assert await words_of(ai, max_tokens=50) == ""
    assert "90 in the completion)" in await words_of(ai, max_tokens=90)
