"""The model server's routes, settings and log, by the openai SDK."""

import aiohttp
import openai
import pytest
from openai import AsyncOpenAI

from bot.sandbox import Outcome, Sandbox
from bot.sandbox.model.vocabularies import count
from tests.sandbox.model.asking import MODEL, OLD_MODEL, USER, ask


async def test_a_wrong_key_is_refused(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A wrong key is refused as `invalid_api_key`, in an error without the key (OpenAI's documentation, "Error codes")."""
    with pytest.raises(openai.AuthenticationError) as caught:
        await ask(ai.with_options(api_key="sk-secret-and-wrong"))
    assert caught.value.code == "invalid_api_key"
    assert "sk-secret" not in str(caught.value)
    assert box.model.requests == []


async def test_no_key_is_refused(ai: AsyncOpenAI) -> None:
    """A request without a key is refused in words of its own (OpenAI's documentation, "Error codes")."""
    with pytest.raises(openai.AuthenticationError, match="didn't provide an API key"):
        await ai.with_options(default_headers={"Authorization": ""}).models.list()


async def test_without_a_key_set_every_key_will_do(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Every key is accepted where none is set (llama.cpp, server-http.cpp: without keys every request is valid)."""
    box.model.key = None
    assert await ask(ai.with_options(api_key="whatever"))


@pytest.mark.parametrize(
    ("address", "status", "message"),
    [
        ("POST /chat/completion", 404, "Invalid URL (POST /v1/chat/completion)"),
        ("GET /", 404, "Invalid URL (GET /v1/)"),
        ("GET /modelsx", 404, "Invalid URL (GET /v1/modelsx)"),
        ("GET /chat/completions", 405, "Not allowed to GET on /v1/chat/completions."),
        ("DELETE /models/gpt-6", 405, "Not allowed to DELETE on /v1/models/gpt-6."),
    ],
)
async def test_wrong_addresses_are_refused_in_openais_shape(
    box: Sandbox, http: aiohttp.ClientSession, address: str, status: int, message: str
) -> None:
    """A wrong address or method is refused in the shape of OpenAI's errors (public report: harry0703/MoneyPrinterTurbo 57)."""
    headers = {"Authorization": f"Bearer {box.model.key}"}
    method, path = address.split()
    async with http.request(method, box.model.base_url + path, headers=headers, json=USER) as response:
        assert response.status == status
        error = (await response.json())["error"]
    assert error["message"].startswith(message)
    assert error == {"message": error["message"], "type": "invalid_request_error", "param": None, "code": None}


async def test_a_body_that_is_not_what_its_encoding_says_is_no_fault_of_the_server(
    box: Sandbox, http: aiohttp.ClientSession
) -> None:
    """A body that is not in its Content-Encoding is refused with a 400 (HTTP, RFC 9110, "400 Bad Request")."""
    headers = {
        "Authorization": f"Bearer {box.model.key}",
        "Content-Encoding": "gzip",
        "Content-Type": "application/json",
    }
    async with http.post(box.model.base_url + "/chat/completions", headers=headers, data=b"no gzip") as response:
        assert response.status == 400


async def test_models_are_listed_and_found(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Models are listed and found by name; an unknown one and a wrong key are refused.

    (OpenAPI document, listModels, retrieveModel)
    """
    assert [model.id async for model in ai.models.list()] == box.model.models
    assert (await ai.models.retrieve("gpt-5.4-mini")).id == "gpt-5.4-mini"
    with pytest.raises(openai.NotFoundError) as caught:
        await ai.models.retrieve("gpt-0")
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.AuthenticationError):
        await ai.with_options(api_key="wrong").models.retrieve("gpt-5.4-mini")


async def test_an_unknown_model_is_refused(ai: AsyncOpenAI) -> None:
    """A question to an unknown model is a 404 with `model_not_found` (OpenAI's documentation, "Error codes")."""
    with pytest.raises(openai.NotFoundError) as caught:
        await ask(ai, model="gpt-0")
    assert caught.value.code == "model_not_found"


async def test_a_prompt_beyond_the_context_is_refused(box: Sandbox, ai: AsyncOpenAI) -> None:
    """A prompt beyond the context is refused by code, in words that older and newer models have of their own.

    (public reports: chathub-dev/chathub 126, BerriAI/litellm 18927)
    """
    box.model.context_tokens = 20
    for model, words in ((OLD_MODEL, "maximum context length is 20"), (MODEL, "configured limit of 20")):
        with pytest.raises(openai.BadRequestError, match=f"{words} tokens") as caught:
            await ask(ai, "word " * 100, model)
        assert caught.value.code == "context_length_exceeded"
        assert box.model.requests[-1].outcome is Outcome.REFUSED


async def test_requests_are_kept_with_what_became_of_them(box: Sandbox, ai: AsyncOpenAI) -> None:
    """Requests are kept in order, with their status, outcome, tokens and times."""
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
    """Scripted replies come in order, then those of the callable, then the default."""
    box.model.replies_with("first", "second")
    box.model.answers(lambda request: request.question.upper())
    assert [await ask(ai), await ask(ai), await ask(ai, "loud")] == ["first", "second", "LOUD"]
    box.model.answers(None)
    assert await ask(ai, "again") == "I have read 1 messages. The last one says: again"


async def test_a_question_is_the_last_message_of_the_user(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The question of a request is the last message of the user, and empty where there is none."""
    await ai.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": "the question"}, {"role": "system", "content": "it is Monday"}],
    )
    await ai.chat.completions.create(model="gpt-5.4-mini", messages=[{"role": "system", "content": "alone"}])
    assert [request.question for request in box.model.requests] == ["the question", ""]
