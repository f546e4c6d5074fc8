"""What models and their servers do besides answering: the people see a clear line or the answer, the log says the rest."""

import pytest

from bot.errors import (
    ModelError,
    ModelFiltered,
    ModelNotAllowed,
    ModelNotLoaded,
    ModelOverloaded,
    ModelQuotaSpent,
    ModelSpentThinking,
)
from bot.sandbox import Shape, Strict
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running


async def test_thoughts_are_neither_shown_nor_remembered(town: Town, bot: Bot) -> None:
    """People would read pages of thoughts before each answer, and pay for them with each question after it."""
    box = town.box
    box.model.pace(first_seconds=0.01, tokens_per_second=200)
    box.model.replies_with("<think>\nWho is Alice, and what does she want?\n</think>\n\nHello Alice.")
    question = await town.alice.says(town.general, "@Parley hello")
    assert (await box.bot.answers(question, containing="Hello Alice.")).text == "Hello Alice."
    later = await town.alice.says(town.general, "@Parley and now?")
    await box.bot.answers(later)
    assert box.bot.requests(later)[0].messages[-2] == {"role": "assistant", "content": "Hello Alice."}


async def test_a_model_that_thinks_to_the_end_is_told_from_a_silent_one(town: Town) -> None:
    """Nobody would learn which setting gives the model room for an answer."""
    async with running(town.box, town.folder, PARLEY_MODEL__MAX_REPLY_TOKENS="16") as bot:
        town.box.model.replies_with("<think>" + "who is that and what do they mean " * 9)
        question = await town.alice.says(town.general, "@Parley hello")
        await town.box.bot.answers(question, containing=ModelSpentThinking.public)
        await bot.logs("raise model.max_reply_tokens")


async def test_a_refusal_is_shown_in_the_models_own_words(town: Town, bot: Bot) -> None:
    """People would read of an empty answer, and ask the same again."""
    town.box.model.declines("I'm sorry, I can't help with that.")
    question = await town.alice.says(town.general, "@Parley something bad")
    assert (await town.box.bot.answers(question)).text == "I'm sorry, I can't help with that."


async def test_a_filtered_question_is_said_to_be_one(town: Town, bot: Bot) -> None:
    """The asker would be sent to the operator, or press Retry in vain."""
    body = {"error": {"code": "content_filter", "param": "prompt", "message": "PROVIDER words", "type": None}}
    town.box.model.fails(400, body=body)
    question = await town.alice.says(town.general, "@Parley something bad")
    answer = await town.box.bot.answers(question, containing=ModelFiltered.public)
    assert answer.messages[0].components == []
    await bot.logs("code content_filter")
    await bot.logs("its words: PROVIDER words")
    assert "PROVIDER" not in answer.text


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (429, "litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current quota.", ModelQuotaSpent),
        (400, "Your credit balance is too low to access the API.", ModelQuotaSpent),
        (403, "Project `p` does not have access to model `m`", ModelNotAllowed),
        (404, "No models loaded. Please load a model in the developer page.", ModelNotLoaded),
    ],
)  # rows of a table # fmt: skip
async def test_what_only_the_words_tell_is_said_at_once(
    town: Town, bot: Bot, status: int, message: str, error: type[ModelError]
) -> None:
    """A refusal that no code tells apart is said for what it is after one request, and the owner reads the words."""
    town.box.model.fails(status, body={"error": {"message": message, "type": "x", "code": str(status)}}, times=None)
    question = await town.alice.says(town.general, "@Parley hello")
    answer = await town.box.bot.answers(question, containing=error.public)
    assert message not in answer.text
    assert len(town.box.model.requests) == 1
    await bot.logs(f"its words: {message}")


@pytest.mark.parametrize(
    ("headers", "when"), [({"retry-after": "540"}, "in about 9 minutes"), ({}, "in a few minutes")]
)
async def test_an_overloaded_model_says_when_to_ask_again(
    town: Town, bot: Bot, headers: dict[str, str], when: str
) -> None:
    """People would ask again and again, and make it worse."""
    town.box.model.fails(529, type="overloaded_error", headers=headers, times=3)
    question = await town.alice.says(town.general, "@Parley hello")
    answer = await town.box.bot.answers(question, containing=ModelOverloaded.public.partition(". ")[0])
    assert when in answer.text


async def test_what_a_strict_server_does_not_know_is_found_out_once(town: Town) -> None:
    """With a strict server no question would be answered, or the first after each start a second late."""
    box = town.box
    box.model.speaks(Strict(Shape.PYDANTIC))
    async with running(box, town.folder) as bot:
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
        await bot.logs("does not take max_completion_tokens, prompt_cache_key")
    found_out = len(box.model.requests)
    assert found_out == 2
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley two"))
    assert len(box.model.requests) == found_out + 1
    assert box.model.requests[-1].body.keys() == {"model", "messages", "stream", "max_tokens"}
