"""Error reports of any shape are recognised, and read as OpenAI's are."""

import pytest

from bot.llm.errors.body import error_object
from bot.llm.errors.shapes import in_usual_shape, is_error

ERRORS: dict[str, tuple[dict[str, object], object, object]] = {
    "OpenAI": ({"error": {"message": "no", "code": "x", "type": "y"}}, "no", "x"),
    "a text": ({"error": "no"}, "no", None),
    "vLLM": ({"object": "error", "message": "no", "type": "BadRequestError", "code": 400}, "no", 400),
    "Anthropic": ({"type": "error", "error": {"type": "overloaded_error", "message": "no"}}, "no", None),
    "Spring": ({"timestamp": 1, "status": 404, "error": "Not Found", "path": "/"}, "Not Found", 404),
    "RFC 9457": ({"type": "about:blank", "title": "Gone", "status": 410, "detail": "no"}, "no", 410),
    "Cloudflare": ({"success": False, "errors": [{"code": 10000, "message": "no"}], "result": None}, "no", 10000),
    "Cloudflare, in words": ({"success": False, "errors": ["no"]}, "no", None),
    "MiniMax": ({"choices": None, "base_resp": {"status_code": 1008, "status_msg": "no"}}, "no", 1008),
    "Baidu": ({"error_code": 17, "error_msg": "no"}, "no", 17),
    "code and msg": ({"code": 401, "msg": "no", "data": None}, "no", 401),
    "an error beside choices": ({"choices": [], "error": {"message": "no", "code": 502}}, "no", 502),
}


@pytest.mark.parametrize(("body", "message", "code"), ERRORS.values(), ids=ERRORS)
def test_reports_of_all_shapes_are_errors(body: dict[str, object], message: object, code: object) -> None:
    """A report is recognised whatever its shape, and its words and its code are found where OpenAI's stand."""
    assert is_error(body)

    shaped = in_usual_shape(body)
    error = error_object(shaped)
    assert (error.get("message"), error.get("code")) == (message, code)
    assert in_usual_shape([body]) == shaped


OTHERS: list[dict[str, object]] = [
    {},
    {"choices": []},
    {"choices": [{"delta": {}}], "error": None},
    {"usage": {"prompt_tokens": 1}},
    {"type": "ping"},
    {"code": 0, "message": "ok"},
    {"status": "success", "message": "warming up"},
    {"choices": [], "base_resp": {"status_code": 0, "status_msg": ""}},
    {"choices": [{"delta": {}}], "code": 7, "message": "x"},
    {"code": 5},
    {"message": "no code"},
    {"code": True, "message": "no code"},
]


@pytest.mark.parametrize("event", OTHERS)
def test_other_events_are_no_errors(event: dict[str, object]) -> None:
    """An event that reports nothing bad is no error, even if it has a code or words."""
    assert not is_error(event)


@pytest.mark.parametrize("body", ["boom", None, 5, []])
def test_a_body_without_fields_stays_as_it_is(body: object) -> None:
    """A body that is no object has no fields to bring into shape."""
    assert in_usual_shape(body) == body


def test_the_lists_of_fastapi_stay() -> None:
    """FastAPI's list of faults is left where it is, because each has words of its own."""
    detail = [{"loc": ["body", "x"], "msg": "no", "type": "extra_forbidden"}]

    assert in_usual_shape({"detail": detail}) == {"error": {"detail": detail}}
