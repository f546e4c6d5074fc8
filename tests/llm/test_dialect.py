"""What servers are asked."""

import pytest

from bot.chat.ports import Request
from bot.chat.window import ChatMessage
from bot.config import Settings
from bot.llm.dialect import parameters

REQUEST = Request((ChatMessage("system", "Be kind."), ChatMessage("user", "Alice (#abcd): hi")), 7, 42)


def configured(**model: object) -> Settings:
    """Settings with this [model] section."""
    return Settings.model_validate({"model": {"api_key": "sk-1", **model}})


def test_openai_is_asked_with_its_own_parameters() -> None:
    """If OpenAI were asked as any server, its newer models would refuse, and nothing would be cached."""
    body = parameters(configured(), REQUEST)

    identifier = body.pop("safety_identifier")
    assert body == {
        "model": "gpt-5.4-mini",
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Alice (#abcd): hi"}],
        "stream": True,
        "stream_options": {"include_usage": True, "include_obfuscation": False},
        "max_completion_tokens": 4000,
        "prompt_cache_key": "parley-7",
    }
    assert len(identifier) == 32


@pytest.mark.parametrize(
    "model",
    [
        {"base_url": "http://localhost:8080/v1"},
        {"dialect": "compatible"},
        {"base_url": "http://x/v1", "dialect": "compatible"},
    ],
)
def test_other_servers_are_asked_with_what_all_of_them_know(model: dict[str, str]) -> None:
    """If a home server got OpenAI's parameters, strict ones would refuse every question."""
    body = parameters(configured(**model), REQUEST)

    assert body["max_tokens"] == 4000
    assert body.keys() == {"model", "messages", "stream", "stream_options", "max_tokens"}
    assert body["stream_options"] == {"include_usage": True}


def test_a_proxy_of_openai_can_be_asked_as_openai() -> None:
    """If the dialect could not be chosen, whoever uses a gateway to OpenAI would pay full price for every prompt."""
    body = parameters(configured(base_url="https://gateway.example/v1", dialect="openai"), REQUEST)

    assert "prompt_cache_key" in body
    assert "max_tokens" not in body


def test_extra_parameters_are_passed_on_and_win() -> None:
    """If the operator's own parameters lost, they could not set what a new model wants."""
    body = parameters(
        configured(extra={"temperature": 0.2, "stream_options": {}, "max_tokens": 9}, dialect="compatible"), REQUEST
    )

    assert body["temperature"] == 0.2
    assert body["stream_options"] == {}
    assert body["max_tokens"] == 9


@pytest.mark.parametrize("extra", [{"messages": []}, {"stream": False}])
def test_extra_parameters_cannot_replace_the_question(extra: dict[str, object]) -> None:
    """If they could, one slip in the configuration would have the model answer nobody, or in a form that nobody reads."""
    assert parameters(configured(extra=extra), REQUEST) == parameters(configured(), REQUEST)


def test_askers_are_known_to_the_provider_by_a_keyed_hash_only() -> None:
    """If the id could be guessed from what is sent, the provider would learn who on Discord is asking."""
    alice, again, bob, elsewhere = (
        parameters(configured(api_key=key), Request((), 7, author))["safety_identifier"]
        for key, author in [("sk-1", 42), ("sk-1", 42), ("sk-1", 43), ("sk-2", 42)]
    )

    assert alice == again
    assert len({alice, bob, elsewhere}) == 3
    assert alice != "42"
