"""Whatever people write, a server that quotes it reports the same error as if they had written something else."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NOTHING_REFUSED, ModelBusy, ModelContextExceeded, ModelRejected, ModelUnreachable
from bot.llm.errors.facts import FACTS
from bot.llm.errors.mapping import ErrorResponse, error_from

QUOTES = [
    "Invalid value: '{}'. Supported values are: 'system', 'user'.",
    'Invalid value: "{}"',
    "`{}` is not valid",
    "'{}' is not of type 'object'",
    'Failed to parse messages: Expected \'content\' to be a string; messages = [ {{ "content": "{}" }} ]',
    "[{{'type': 'string_type', 'loc': ('body', 'messages'), 'msg': 'no', 'input': '{}'}}]",
    '{{"content": "{}"}} is no message',
    "Unknown role “{}”",
    "litellm.BadRequestError: OpenAIException - Invalid value: '{}'.",
    "Error code: 400 - {{'error': {{'message': 'Invalid value: \\'{}\\''}}}}",
    "The model `m` cannot read `{}`.",
    "Input validation error: `inputs` has an odd value '{}'",
]
"""Messages in which servers quote the request."""
SIGNS = [fact.phrase.replace("*", "one") for fact in FACTS if fact.phrase]
PIECES = [
    *SIGNS,
    "max_tokens",
    "'max_tokens' or 'max_completion_tokens' is too large: 5. This model's maximum context length is 4096",
    "Unsupported parameter: 'max_tokens'",
    "Conversation roles must alternate user/assistant/user/assistant/...",
    "System role not supported",
    "Your organization must be verified to stream this model.",
    "Range of max_tokens should be [1, 2000]",
    'Error rendering prompt with jinja template: "',
    "try again in 20s",
    "litellm.ContextWindowExceededError: ",
    '{"error": {"code": "insufficient_quota"}}',
    "<400> ",
    "it's",
    "'",
    '"',
    "`",
    "”",
    "a",
    " ",
    "\n",
]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)


def outcome(status: int | None, body: object) -> object:
    """All that a report decides."""
    error = error_from(ErrorResponse(status, body))
    limit = error.limit if isinstance(error, ModelContextExceeded) else None
    refused = error.refused if isinstance(error, ModelRejected) else NOTHING_REFUSED
    return type(error), error.retry_after, limit, refused


@given(st.sampled_from([None, 400, 401, 403, 404, 413, 422, 429, 500, 503]), st.sampled_from(QUOTES), TEXTS)
@settings(max_examples=600, deadline=None)
def test_a_quotation_decides_nothing(status: int | None, quote: str, text: str) -> None:
    """A report that quotes a text decides the same as one that quotes a harmless word."""
    said, harmless = quote.format(text), quote.format("hello")
    for shape in ("message", "detail", "error"):
        assert outcome(status, {shape: said}) == outcome(status, {shape: harmless})
    assert outcome(status, {"error": {"message": said}}) == outcome(status, {"error": {"message": harmless}})


@given(st.sampled_from([400, 403, 422, 429, 500]), st.sampled_from(QUOTES), TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_quotation_in_a_provider_s_body_inside_of_a_gateway_s_decides_nothing(
    status: int, quote: str, text: str
) -> None:
    """The same holds where a gateway repeats the whole body of a provider."""

    def wrapped(words: str) -> list[object]:
        inner = json.dumps({"error": {"message": quote.format(words)}})
        gateway = {"error": {"message": "Provider returned error", "metadata": {"raw": inner}}}
        return [gateway, {"message": f"litellm.BadRequestError: XException - {inner}"}, {"message": inner}]

    for said, harmless in zip(wrapped(text), wrapped("hello"), strict=True):
        assert outcome(status, said) == outcome(status, harmless)


@pytest.mark.unmeasured
@pytest.mark.parametrize("sign", SIGNS)
def test_fields_that_repeat_the_request_are_not_read(sign: str) -> None:
    """Fields beside the message, in which servers repeat what was sent, decide nothing."""
    for body in (
        {"message": "no", "param": sign},
        {"message": "no", "input": sign},
        {"detail": [{"msg": "no", "input": sign}]},
        {"error": {"message": "no", "details": sign}},
        {"error": {"message": "no", "metadata": {"flagged": sign, "raw": ""}}},
    ):
        assert outcome(400, body) == (ModelRejected, None, None, NOTHING_REFUSED)


@pytest.mark.parametrize(("status", "kind"), [(429, ModelBusy), (503, ModelUnreachable)])
def test_a_quoted_wish_to_wait_is_nobodys(status: int, kind: type[ModelBusy | ModelUnreachable]) -> None:
    """Nobody makes the bot wait by writing how long."""
    error = error_from(ErrorResponse(status, {"message": "Cannot read 'try again in 3 hours'"}))

    assert (type(error), error.retry_after) == (kind, None)
