"""Recognises error reports of any shape, and brings them into the shape that `errors.body` reads.

Shapes: OpenAI's, vLLM's (`object: error`), Anthropic's (`type: error`), Google's (a list), Spring's (`status`, `error`),
RFC 9457's (`title`, `status`), Cloudflare's (`errors`), MiniMax's (`base_resp`), Baidu's (`error_code`, `error_msg`), and `code`
with `msg`.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

_MESSAGES: Final = (
    "message",
    "msg",
    "error_msg",
    "errmsg",
    "errorMessage",
    "status_msg",
    "error_description",
    "detail",
    "title",
)
_CODES: Final = ("code", "error_code", "errcode", "errorCode", "status_code", "status")
_WELL: Final = frozenset({"", "0", "200", "ok", "success"})
"""Codes that report no error, in lower case."""
_AT_WORK: Final = frozenset(
    {"queued", "in_queue", "pending", "waiting", "accepted", "created", "starting", "started", "loading", "warming_up"}
    | {"processing", "in_progress", "running", "working", "generating", "completed", "complete", "done", "finished"}
)
"""Words for `status` of servers that tell how far a request has come, in lower case."""
_LARGEST_CODE: Final = 10**9


def is_error(event: Mapping[str, Any]) -> bool:
    """Whether an event of a stream is an error report. One with choices is a report only if it has an `error`."""
    if event.get("error") or event.get("errors") or "error" in (event.get("object"), event.get("type")):
        return True
    if isinstance(status := event.get("base_resp"), dict):
        return _code(cast("dict[str, Any]", status)) is not None
    return event.get("choices") is None and _code(event) is not None and _message(event) is not None


def is_notice(event: Mapping[str, Any]) -> bool:
    """Whether an event only tells how far the request has come, such as that it is queued."""
    status = event.get("status")
    return isinstance(status, str) and status.lower() in _AT_WORK and not is_error(event)


def in_usual_shape(body: object) -> object:
    """Return a report with its fields in `error`, the words as `message` and the code as `code`. Others return as they are."""
    report = _first(body)
    if not isinstance(report, dict):
        return body
    table = cast("dict[str, Any]", report)
    if isinstance(table.get("error"), dict):
        return table
    fields = {**table, **_inner(table)}
    words = {"message": _message(fields) or fields.get("error"), "code": _code(fields)}
    return {"error": fields | {name: value for name, value in words.items() if value}}


def _first(body: object) -> object:
    """Return the first item of a list, in which Google's servers wrap a report; any other body as it is."""
    return next(iter(cast("list[object]", body)), None) if isinstance(body, list) else body


def _inner(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object that holds the report's fields, or {} if they stand in the report itself."""
    inner = _first(table.get("base_resp") or table.get("errors"))
    if isinstance(inner, str):
        return {"message": inner}
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}


def _message(table: Mapping[str, Any]) -> object:
    return next((table[name] for name in _MESSAGES if isinstance(table.get(name), str) and table[name]), None)


def _code(table: Mapping[str, Any]) -> str | int | None:
    for name in _CODES:
        value: object = table.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and _is_bad(value):
            return value
    return None


def _is_bad(code: str | int) -> bool:
    return (isinstance(code, str) or 0 < abs(code) < _LARGEST_CODE) and str(code).lower() not in _WELL | _AT_WORK
