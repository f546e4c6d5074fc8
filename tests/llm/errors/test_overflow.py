"""A report of a request that is too long is recognised, and people's words that it quotes are not taken for one."""

import json

import pytest

from bot.errors import ModelContextExceeded, ModelError
from bot.llm.errors.facts import SIZE, TOO_LONG
from bot.llm.errors.mapping import ErrorResponse, error_from
from bot.llm.errors.overflow import limit_in

CODES = sorted({fact.code for fact in TOO_LONG if fact.code})
PHRASES = [fact.phrase.replace("*", "9") for fact in TOO_LONG if fact.phrase and fact.statuses == SIZE]


def is_overflow(status: int | None, body: object) -> bool:
    """Whether a report becomes the error of a request that is too long."""
    return isinstance(error_from(ErrorResponse(status, body)), ModelContextExceeded)


@pytest.mark.unmeasured
@pytest.mark.parametrize("phrase", PHRASES)
@pytest.mark.parametrize("status", [400, 413, 422, 500, None])
def test_every_known_phrase_is_understood(phrase: str, status: int | None) -> None:
    """Every known phrase is recognised in every form of body and with every status that fits."""
    said = f"Error: This {phrase.upper()} 4096 tokens."

    for body in (
        {"error": {"message": said, "type": "invalid_request_error", "code": None}},
        {"message": said},
        {"detail": said},
        {"detail": [{"msg": said}]},
        {"message": {"detail": [{"msg": said}]}},
        {"error": said},
        [{"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT"}}],
        {
            "message": f"litellm.BadRequestError: VertexAIException - {json.dumps({'error': {'message': said}})}. Received"
        },
        said,
    ):
        assert is_overflow(status, body)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("key", ["code", "type"])
@pytest.mark.parametrize("status", [400, None])
def test_every_known_code_is_understood(code: str, key: str, status: int | None) -> None:
    """Every known code is recognised, as code or as type."""
    assert is_overflow(status, {"error": {key: code, "message": "no", "n_ctx": 4096}})
    assert is_overflow(status, {key: code})


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({"type": "exceed_context_size_error", "n_prompt_tokens": 5000, "n_ctx": 4096}, 4096),
        ({"type": "exceed_context_size_error", "n_ctx": "4096"}, None),
        ({"type": "exceed_context_size_error", "n_ctx": 10**400}, None),
        ("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", 8192),
        ("This model's maximum context length is 8,192 tokens.", 8192),
        (
            "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens.",
            272_000,
        ),
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 20000. This model's maximum context length is 4096",
            4096,
        ),
        ("request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it", 4096),
        ("The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).", 1_048_576),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200_000),
        ("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length", 200_000),
        (
            "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
            32_768,
        ),
        ("The decoder prompt (length 5000) is longer than the maximum model length of 4096.", 4096),
        (
            "litellm.ContextWindowExceededError: XException - This model's maximum context length is 16385 tokens.",
            16_385,
        ),
        ("This model's maximum prompt length is 131072 but the request contains 537812 tokens.", 131_072),
        ("Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)", 8192),
        ("<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]", 129_024),
        (
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 8740 `inputs` tokens",
            4096,
        ),
        ("Input validation error: `inputs` must have less than 2048 tokens. Given: 2222", 2048),
        ("Request body too large for m model. Max size: 8000 tokens.", 8000),
        ("prompt token count of 9000 exceeds the limit of 8192", 8192),
        ("You passed 9 input tokens. However, the model's context length is only 4096 tokens", 4096),
        ("litellm.ContextWindowExceededError: Model=m. Max Input Tokens=2000, Got=3005", 2000),
        ("Prompt length 5000 is greater than max_seq_len 4096", 4096),
        ("Input is too long for requested model.", None),
        ("maximum context length is 99999999999999 tokens", None),
        ("maximum context length is 0 tokens", None),
    ],
)
def test_the_limit_is_read_where_it_is_named(body: object, limit: int | None) -> None:
    """The limit is read from the report where the server names it."""
    error = error_from(ErrorResponse(400, {"message": body} if isinstance(body, str) else body))

    assert isinstance(error, ModelContextExceeded)
    assert error.limit == limit
    assert limit_in({}) is None


@pytest.mark.parametrize(
    ("message", "limit", "sent"),
    [
        (
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 4000. This model's maximum context length is 4096 tokens "
                "and your request has 512 input tokens (4000 > 4096 - 512)."
            ),
            4096,
            512,
        ),
        (
            (
                "This model's maximum context length is 4096 tokens. However, you requested 4100 tokens (100 in the messages, "
                "4000 in the completion)."
            ),
            4096,
            100,
        ),
        (
            (
                "This endpoint's maximum context length is 4096 tokens. However, you requested about 4500 tokens (500 of text "
                "input, 4000 in the output)."
            ),
            4096,
            500,
        ),
        (
            (
                "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 4500 "
                "tokens: 500 tokens from the input messages and 4000 tokens for the completion."
            ),
            4096,
            500,
        ),
        (
            (
                "This model's maximum context length is 4096 tokens. However, you requested 4000 output tokens and your prompt "
                "contains at least 97 input tokens, for a total of at least 4097 tokens."
            ),
            4096,
            97,
        ),
        ("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", 200_000, 190_000),
        (
            "Prompt contains 500 tokens and 0 draft tokens, too large for model with 400 maximum context length",
            400,
            500,
        ),
        (
            (
                "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 500 `inputs` tokens and 4000 "
                "`max_new_tokens`"
            ),
            4096,
            500,
        ),
        ("This model's maximum context length is 4096 tokens. However, you requested 4500 tokens.", 4096, None),
    ],
)
def test_the_answers_limit_is_not_taken_for_the_prompt(message: str, limit: int, sent: int | None) -> None:
    """Where the answer's limit counts towards the context, the size of the request is that of its prompt alone."""
    error = error_from(ErrorResponse(400, {"message": message}))

    assert isinstance(error, ModelContextExceeded)
    assert (error.limit, error.sent) == (limit, sent)


ECHOES = [
    "Invalid value: '{}'. Supported values are: 'system', 'user'.",
    'Invalid value: "{}"',
    "`{}` is not valid",
    "'{}' is not of type 'object'",
    'Failed to parse messages: Expected \'content\' to be a string; messages = [ {{ "content": "{}" }} ]',
    "[{{'type': 'string_type', 'loc': ('body', 'messages'), 'msg': 'no', 'input': '{}'}}]",
    '{{"content": "{}"}} is no message',
    "Unknown role “{}”",
]


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    "text", [*PHRASES, "This model's maximum context length is 5 tokens", "a 'b' prompt is too long"]
)
@pytest.mark.parametrize("echo", ECHOES)
def test_a_users_words_are_not_taken_for_the_servers(echo: str, text: str) -> None:
    """Phrases in people's words that a report quotes are not taken for the server's."""
    said = echo.format(text)

    for body in ({"message": said}, {"detail": [{"msg": "no", "input": text}]}, {"error": said}, said):
        assert not is_overflow(400, body)
        assert limit_in(body) is None


def test_words_count_only_with_a_status_that_fits() -> None:
    """The phrases count only with a status that fits, and not with a 403 or a 502."""
    for status in (401, 403, 404, 429, 502, 503, 504):
        assert not is_overflow(status, {"message": "prompt is too long"})


def test_what_litellm_repeats_is_read_only_as_far_as_it_is_json() -> None:
    """A provider's body that LiteLLM repeats becomes an error of ours, even where it was cut or is no JSON."""
    for rest in ("{", '{"error": ', "{}", "{'error': 5}", "[" * 10_000, "{" * 10_000):
        error = error_from(ErrorResponse(400, {"message": f"litellm.BadRequestError: XaiException - {rest}"}))
        assert isinstance(error, ModelError)
