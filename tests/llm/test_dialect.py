"""What servers are asked, and which of our errors their reports become."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.ports import Request
from bot.chat.window import ChatMessage
from bot.config import Settings
from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelError,
    ModelKeyRejected,
    ModelQuotaSpent,
    ModelRejected,
    ModelUnreachable,
)
from bot.llm.dialect import CONTEXT_CODES, CONTEXT_PHRASES, Report, error_from, parameters

REQUEST = Request((ChatMessage("system", "Be kind."), ChatMessage("user", "Alice (#abcd): hi")), 7, 42)


def configured(**model: object) -> Settings:
    """Settings with this [model] section."""
    return Settings.model_validate({"model": {"api_key": "sk-1", **model}})


# ------------------------------------------------------------------------------------------ what is asked


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


# ------------------------------------------------------------------------------------------ what went wrong


def of(status: int | None, body: object = None) -> type[ModelError]:
    """Which error a report becomes."""
    return type(error_from(Report(status, body)))


@pytest.mark.parametrize("phrase", CONTEXT_PHRASES)
@pytest.mark.parametrize("status", [400, 413, 422, 500, None])
def test_every_known_phrase_for_a_long_context_is_understood(phrase: str, status: int | None) -> None:
    """If a phrase were not known, the trim that saves a conversation too long for the model would never happen."""
    said = f"Error: This {phrase.upper()} 4096 tokens."

    for body in (
        {"error": {"message": said, "type": "invalid_request_error", "code": None}},
        {"message": said},
        {"detail": said},
        {"detail": [{"msg": said}]},
        {"error": said},
        [{"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT"}}],
        said,
    ):
        assert of(status, body) is ModelContextExceeded


@pytest.mark.parametrize("code", sorted(CONTEXT_CODES))
@pytest.mark.parametrize("key", ["code", "type"])
@pytest.mark.parametrize("status", [400, None])
def test_every_known_code_for_a_long_context_is_understood(code: str, key: str, status: int | None) -> None:
    """If a code were not known, a conversation that outgrew the model would only ever get errors."""
    assert of(status, {"error": {key: code, "message": "no", "n_ctx": 4096}}) is ModelContextExceeded
    assert of(status, {key: code}) is ModelContextExceeded


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, None),
        (429, {"message": "Too many tokens per minute", "code": "rate_limit_exceeded"}),
        (429, "too many tokens"),
        (408, "timeout"),
        (409, None),
        (None, {"error": {"code": "429", "message": "too many tokens per minute"}}),
        (None, {"error": {"code": 429, "message": "x"}}),
        (None, {"error": {"code": "rate_limit_exceeded", "message": "Too many tokens per min (TPM): limit 10000"}}),
        (None, {"error": {"type": "rate_limit_error", "message": "prompt is too long for your rate"}}),
    ],
)
def test_a_limited_rate_is_told_from_a_long_context(status: int | None, body: object) -> None:
    """If a rate limit were taken for a long context, a busy minute would cost people half of their conversation."""
    assert of(status, body) is ModelBusy


@pytest.mark.parametrize("status", [429, 403, 400, None])
@pytest.mark.parametrize(
    "body", [{"code": "insufficient_quota"}, {"error": {"type": "insufficient_quota", "code": None}}]
)
def test_a_spent_account_is_told_from_a_limited_rate(status: int | None, body: object) -> None:
    """If a spent account looked like a rate limit, the bot would retry for ever and its operator never learn to pay."""
    assert of(status, body) is ModelQuotaSpent


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"code": "invalid_api_key"}, ModelKeyRejected),
        (403, "forbidden", ModelKeyRejected),
        (404, {"code": "model_not_found"}, ModelRejected),
        (404, None, ModelRejected),
        (400, {"message": "Unsupported parameter: 'max_tokens'", "param": "max_tokens"}, ModelRejected),
        (400, {"error": {"type": "no_db_connection", "code": "400"}}, ModelRejected),
        (422, {"detail": [{"loc": ["body"]}]}, ModelRejected),
        (500, None, ModelUnreachable),
        (502, "<html>Bad gateway</html>", ModelUnreachable),
        (503, {"detail": "loading"}, ModelUnreachable),
        (529, {}, ModelUnreachable),
        (None, None, ModelUnreachable),
        (None, "gone", ModelUnreachable),
        (None, {"error": {"message": "x", "code": "500"}}, ModelUnreachable),
        (None, {"error": {"message": "x", "code": "400", "type": "invalid_request_error"}}, ModelRejected),
        (None, {"error": {"message": "x", "code": "401"}}, ModelKeyRejected),
        (None, {"error": {"message": "x", "code": "server_error"}}, ModelUnreachable),
        (None, {"error": {"message": "maximum context length is 5", "code": "400"}}, ModelContextExceeded),
        (400, [], ModelRejected),
        (400, ["odd"], ModelRejected),
        (400, 5, ModelRejected),
    ],
)
def test_a_report_becomes_the_error_that_says_what_to_do(
    status: int | None, body: object, kind: type[ModelError]
) -> None:
    """If a report became the wrong error, the asker would be told to wait for what only the operator can mend."""
    assert of(status, body) is kind


@pytest.mark.parametrize("wish", [None, 3.0])
def test_the_servers_wish_is_kept(wish: float | None) -> None:
    """If Retry-After were lost, the bot would knock too early and be refused again."""
    error = error_from(Report(429, None, retry_after=wish))

    assert isinstance(error, ModelBusy)
    assert error.retry_after == wish


def test_the_log_line_names_what_the_provider_needs_to_find_the_request() -> None:
    """If status, code, type and request id were missing, the operator could not open a ticket with the provider."""
    body = {"error": {"code": "bad", "type": "invalid_request_error", "message": "x"}}

    assert "(status 400, code bad, type invalid_request_error, request req_1)" in str(
        error_from(Report(400, body, request_id="req_1"))
    )


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(["error", "429", "000", "٤٠٠"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "code", "type", "message", "detail"]), inner, max_size=4)
    ),
    max_leaves=8,
)
MESSAGE = "hush: the words of somebody's conversation"


@given(st.none() | st.integers(400, 599), JSON_VALUES)
@settings(max_examples=200, deadline=None)
def test_any_body_becomes_an_error_of_ours(status: int | None, body: object) -> None:
    """If some body crashed the mapping, its asker would get silence instead of a friendly line."""
    assert isinstance(error_from(Report(status, body)), ModelError)


@given(st.none() | st.integers(400, 599), st.sampled_from(["error", "message", "detail"]))
@settings(max_examples=200, deadline=None)
def test_the_providers_words_stay_out_of_our_errors(status: int | None, key: str) -> None:
    """If the provider's message went into the error, people's text that it quotes would land in the operator's log."""
    body = {key: MESSAGE} if key != "error" else {"error": {"message": MESSAGE, "code": "x"}}

    error = error_from(Report(status, json.loads(json.dumps(body))))

    assert "hush" not in str(error)
    assert "hush" not in error.public
