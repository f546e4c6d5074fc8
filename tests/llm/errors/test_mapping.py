"""The mapping of servers' reports to our errors."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelError,
    ModelFiltered,
    ModelKeyRejected,
    ModelOverloaded,
    ModelQuotaSpent,
    ModelRejected,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
)
from bot.llm.errors.mapping import ErrorResponse, error_from


def of(status: int | None, body: object = None) -> type[ModelError]:
    """The kind of error that a report becomes."""
    return type(error_from(ErrorResponse(status, body)))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, None),
        (429, {"message": "Too many tokens per minute", "code": "rate_limit_exceeded"}),
        (429, "too many tokens"),
        (None, {"error": {"code": "429", "message": "too many tokens per minute"}}),
        (None, {"error": {"code": 429, "message": "x"}}),
        (None, {"error": {"code": "rate_limit_exceeded", "message": "Too many tokens per min (TPM): limit 10000"}}),
        (None, {"error": {"type": "rate_limit_error", "message": "prompt is too long for your rate"}}),
    ],
)
def test_a_limited_rate_is_told_from_a_long_context(status: int | None, body: object) -> None:
    """A limited rate is ModelBusy, even where its message mentions tokens or length."""
    assert of(status, body) is ModelBusy


def test_a_request_that_no_rate_allows_is_too_long() -> None:
    """A request larger than a whole minute's limit, in Groq's words, is too long; a body that is too large is rejected."""
    body = {"message": "Request too large on tokens per minute (TPM): Limit 6000", "code": "rate_limit_exceeded"}

    assert of(413, body) is ModelContextExceeded
    assert of(413, {"message": "Maximum content size limit (5) exceeded", "type": "server_error"}) is ModelRejected


@pytest.mark.parametrize("status", [429, 403, 400, None])
@pytest.mark.parametrize(
    "body",
    [
        {"code": "insufficient_quota"},
        {"error": {"type": "insufficient_quota", "code": None}},
        {"code": "billing_hard_limit_reached"},
    ],
)
def test_a_spent_account_is_told_from_a_limited_rate(status: int | None, body: object) -> None:
    """A spent account is ModelQuotaSpent with any status, and no limited rate."""
    assert of(status, body) is ModelQuotaSpent
    assert of(402) is ModelQuotaSpent


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (529, {}),
        (529, {"error": {"type": "overloaded_error", "message": "Overloaded"}}),
        (None, {"error": {"type": "overloaded_error", "message": "Overloaded"}}),
        (503, {"message": "The engine is currently overloaded, please try again later", "type": "server_error"}),
        (503, [{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}]),
    ],
)
def test_an_overload_is_told_from_a_limited_rate(status: int | None, body: object) -> None:
    """An overloaded server is ModelOverloaded, and no limited rate."""
    assert of(status, body) is ModelOverloaded


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}, "param": "prompt"}),
        (400, {"code": None, "innererror": {"code": "ResponsibleAIPolicyViolation"}}),
        (400, {"code": "content_policy_violation"}),
        (400, {"code": "invalid_prompt", "message": "Invalid prompt: we've limited access to this content"}),
        (400, {"code": "data_inspection_failed", "type": "data_inspection_failed"}),
        (403, {"code": 403, "message": "flagged", "metadata": {"reasons": ["violence"], "flagged_input": "hush"}}),
        (None, {"error": {"code": "content_filter"}}),
    ],
)
def test_a_filtered_question_is_told_from_a_refused_request(status: int | None, body: object) -> None:
    """A question that a content filter refuses is ModelFiltered, for which no Retry is offered."""
    error = error_from(ErrorResponse(status, body))

    assert type(error) is ModelFiltered
    assert not error.may_pass


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"code": "invalid_api_key"}, ModelKeyRejected),
        (403, "forbidden", ModelKeyRejected),
        (400, {"error": {"type": "no_db_connection", "code": "400"}}, ModelKeyRejected),
        (400, {"error": {"type": "token_not_found_in_db", "code": "400"}}, ModelKeyRejected),
        (404, {"code": "model_not_found"}, ModelUnknown),
        (404, None, ModelRejected),
        (400, {"message": "Unsupported parameter: 'max_tokens'", "param": "max_tokens"}, ModelRejected),
        (422, {"detail": [{"loc": ["body"]}]}, ModelRejected),
        (408, "timeout", ModelTimedOut),
        (409, None, ModelUnreachable),
        (500, None, ModelUnreachable),
        (502, "<html>Bad gateway</html>", ModelUnreachable),
        (503, {"detail": "loading"}, ModelUnreachable),
        (503, {"message": "Loading model", "type": "unavailable_error", "code": 503}, ModelUnreachable),
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
    """The status, the code and the words of a report decide which error it becomes."""
    assert of(status, body) is kind


@pytest.mark.parametrize("status", [429, 498, 500, 503, 529])
def test_the_wish_in_a_body_counts_where_the_headers_hold_none(status: int) -> None:
    """A wait that only the body asks for is kept, whatever the status; that of the headers comes before it."""
    body = {"error": {"message": "Please retry in 36.5s."}}
    wishes = [error_from(ErrorResponse(status, body, retry_after=seconds)).retry_after for seconds in (None, 0.0, 3.0)]

    assert wishes == [36.5, 0.0, 3.0]


@pytest.mark.parametrize("status", [429, 529])
@pytest.mark.parametrize(("wish", "when"), [(None, ""), (3.0, "about 5 seconds"), (3600.0, "about an hour")])
def test_the_servers_wish_is_kept_and_told(status: int, wish: float | None, when: str) -> None:
    """The error of a busy or overloaded server keeps the wait that it asks for, and tells people about it."""
    error = error_from(ErrorResponse(status, None, retry_after=wish))

    assert isinstance(error, ModelBusy)
    assert error.retry_after == wish
    assert when in error.public


def test_the_status_that_a_body_repeats_counts_where_there_is_none() -> None:
    """An error in a stream, or in a response that claims success, has the status that its body names."""
    for body in ({"error": {"message": "x", "code": 429}}, {"error": {"message": "x", "http_code": "429"}}):
        assert of(None, body) is of(200, body) is ModelBusy
    assert of(None, {"error": {"message": "x", "code": "1429"}}) is ModelUnreachable
    assert of(200, {"error": {"message": "x", "code": "1429"}}) is ModelRejected


def test_the_log_line_names_what_the_provider_needs_to_find_the_request() -> None:
    """The error's text names the status, the code, the type, the parameter and the request id."""
    body = {"error": {"code": "bad", "type": "invalid_request_error", "param": "top_p", "message": "x"}}

    assert "(status 400, code bad, type invalid_request_error, param top_p, request req_1)" in str(
        error_from(ErrorResponse(400, body, request_id="req_1"))
    )


def test_the_log_line_names_googles_reason() -> None:
    """The reason in Google's details is named too, and the object inside of a gateway's comes first."""
    body = {"type": "error", "error": {"type": "inner", "details": [{"reason": "API_KEY_INVALID"}]}}

    assert "(status 400, type inner, reason API_KEY_INVALID, request -)" in str(error_from(ErrorResponse(400, body)))


@pytest.mark.parametrize("value", ["four words of text", "sk-proj-abcdefghijklmnop", "x" * 65, "what?", ["a"], True])
def test_the_log_line_holds_names_only(value: object) -> None:
    """A code that is a sentence or looks like a key is not named."""
    line = str(error_from(ErrorResponse(400, {"error": {"code": value, "message": "x"}})))

    assert "(status 400, request -)" in line


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(["error", "429", "000", "٤٠٠"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "code", "type", "message", "detail", "param", "loc", "msg", "metadata", "innererror"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
MESSAGE = "hush: the words of somebody's conversation"


@given(st.none() | st.integers(400, 599), JSON_VALUES)
@settings(max_examples=300, deadline=None)
def test_any_body_becomes_an_error_of_ours(status: int | None, body: object) -> None:
    """Any JSON body becomes one of our errors."""
    assert isinstance(error_from(ErrorResponse(status, body)), ModelError)


def test_a_body_nested_without_end_becomes_an_error_too() -> None:
    """A body that is nested five thousand levels deep becomes an error of ours too."""
    body: object = "x"
    for _ in range(5000):
        body = {"message": body}

    assert of(400, body) is ModelRejected


@given(st.none() | st.integers(400, 599), st.sampled_from(["error", "message", "detail", "code", "type", "param"]))
@settings(max_examples=200, deadline=None)
def test_the_providers_words_wait_to_be_redacted(status: int | None, key: str) -> None:
    """Without the request nobody can tell which words are people's, so the error's text and public line hold none of them."""
    body = {key: MESSAGE} if key != "error" else {"error": {"message": MESSAGE, "code": "x"}}

    error = error_from(ErrorResponse(status, json.loads(json.dumps(body))))

    assert "hush" not in str(error)
    assert "hush" not in error.public
    assert error.unredacted == (MESSAGE if key in {"error", "message", "detail"} else "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "no", "details": "no more"}}, "no"),
        ({"error": {"message": "Provider returned error", "metadata": {"raw": "too hot"}}}, "Provider returned error; too hot"),
        ({"message": 'litellm.BadRequestError: XError - {"error": {"message": "no"}}.'}, "litellm.BadRequestError: XError -; no"),
        ({"message": "Error code: 400 - {'error': {'message': 'no', 'type': 'x'}}"}, "no', 'type': 'x'}}"),
        ({"detail": [{"loc": ["body", "messages", 0], "msg": "needed", "input": "hush"}]}, "body.messages.0: needed"),
        ({"errors": [{"message": "one"}, {"message": "two"}]}, "one; two"),
        ({"msg": "no"}, "no"),
        ("<html><title>502 Bad &amp; sad</title><body>hush</body></html>", "502 Bad & sad"),
        ("<html>hush</html>", ""),
        ("<odd", "<odd"),
        ({"error": {"message": " "}}, ""),
        (None, ""),
    ],
)  # rows of a table # fmt: skip
def test_the_providers_words_are_its_messages(body: object, words: str) -> None:
    """The words are the messages of the body, without repetition and without fields that repeat the request."""
    assert error_from(ErrorResponse(400, body)).unredacted == words
