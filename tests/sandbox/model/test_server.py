"""The model server's routes, settings and log, by the openai SDK."""

import openai
import pytest
from openai import AsyncOpenAI

from bot.sandbox import Outcome, Sandbox
from bot.sandbox.model.tokens import count


async def ask(ai: AsyncOpenAI, text: str = "hello", model: str = "gpt-5.4-mini") -> str | None:
    """Ask without streaming and return the answer."""
    done = await ai.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])
    return done.choices[0].message.content


async def test_a_wrong_key_is_refused(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The person with a wrong key must be told so: 401 with `invalid_api_key`, the key itself not repeated."""
    with pytest.raises(openai.AuthenticationError) as caught:
        await ask(ai.with_options(api_key="sk-secret-and-wrong"))
    assert caught.value.code == "invalid_api_key"
    assert "sk-secret" not in str(caught.value)
    assert box.model.requests == []


async def test_no_key_is_refused(ai: AsyncOpenAI) -> None:
    """OpenAI says that there is none, which is another mistake than a wrong one."""
    with pytest.raises(openai.AuthenticationError, match="didn't provide an API key"):
        await ai.with_options(default_headers={"Authorization": ""}).models.list()


async def test_without_a_key_set_every_key_will_do(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Servers at home ask for none."""
    box.model.key = None
    assert await ask(ai.with_options(api_key="whatever"))


async def test_models_are_listed_and_found(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A check of the set-up asks whether the model exists."""
    assert [model.id async for model in ai.models.list()] == box.model.models
    assert (await ai.models.retrieve("gpt-5.4-mini")).id == "gpt-5.4-mini"
    with pytest.raises(openai.NotFoundError) as caught:
        await ai.models.retrieve("gpt-0")
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.AuthenticationError):
        await ai.with_options(api_key="wrong").models.retrieve("gpt-5.4-mini")


async def test_an_unknown_model_is_refused(ai: AsyncOpenAI) -> None:
    """A typo in the configuration is a 404 with `model_not_found`."""
    with pytest.raises(openai.NotFoundError) as caught:
        await ask(ai, model="gpt-0")
    assert caught.value.code == "model_not_found"


async def test_a_prompt_beyond_the_context_is_refused(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Bots recognise the overflow by code and wording, and trim."""
    box.model.context_tokens = 20
    with pytest.raises(openai.BadRequestError, match="maximum context length is 20 tokens") as caught:
        await ask(ai, "word " * 100)
    assert caught.value.code == "context_length_exceeded"
    assert box.model.requests[0].outcome is Outcome.REFUSED


async def test_requests_are_kept_with_what_became_of_them(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Tests of windows, bills and latencies read this log."""
    await ask(ai, "one")
    await ask(ai, "two")
    first, second = box.model.requests
    assert [first.question, second.question] == ["one", "two"]
    assert first.messages == [{"role": "user", "content": "one"}]
    assert first.headers["Authorization"] == f"Bearer {box.model.key}"
    assert (first.status, first.outcome, first.model) == (200, Outcome.ANSWERED, "gpt-5.4-mini")
    assert first.prompt_tokens == 3 + 3 + 1 + 1
    assert first.completion_tokens == count(first.reply)
    assert first.ended_at is not None
    assert first.at < first.ended_at < second.at


async def test_scripted_replies_come_in_order_then_the_callable(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A test says what the model says."""
    box.model.replies_with("first", "second")
    box.model.answers(lambda request: request.question.upper())
    assert [await ask(ai), await ask(ai), await ask(ai, "loud")] == ["first", "second", "LOUD"]
    box.model.answers(None)
    assert await ask(ai, "again") == "I have read 1 messages. The last one says: again"


async def test_a_question_is_the_last_message_of_the_user(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A volatile tail after the question must not hide it; a request without one has none."""
    await ai.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": "the question"}, {"role": "system", "content": "it is Monday"}],
    )
    await ai.chat.completions.create(model="gpt-5.4-mini", messages=[{"role": "system", "content": "alone"}])
    assert [request.question for request in box.model.requests] == ["the question", ""]
