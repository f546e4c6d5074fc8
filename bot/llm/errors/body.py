"""Reads a server's error body, whatever its shape.

Some servers quote the request in their messages, and that is people's text. Nobody may cause one error to be taken for another by
writing about it, so callers search only the part of a message before the first quotation (`before_quotation`).
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

_MAX_DEPTH: Final = 4
"""Levels of nesting that are searched: Mistral puts an object into the message, LiteLLM the provider's body into its text."""

_NAME: Final = re.compile(r"""(['"`])[\w.\[\]]{1,64}\1""")
_QUOTATION: Final = re.compile(r"""(?<!\w)'|["`\[{<“„«‘]""")
_WRAPPED: Final = re.compile(r"(?:litellm\.\w+: )+(?:\w+: )*(?:\w+ - )?(?=\{)")


def error_object(body: object) -> Mapping[str, Any]:
    """Return the object that describes the error: the value of `error`, else the body itself, or {} if that is no object.

    Google's servers wrap the body in a list.
    """
    if isinstance(body, list) and body:
        body = cast("list[object]", body)[0]
    if not isinstance(body, dict):
        return {}
    table = cast("dict[str, Any]", body)
    inner = table.get("error")
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else table


def messages_in(body: object) -> list[str]:
    """Return the messages in a body, without the fields in which servers repeat the request."""
    return _messages_in(body, _MAX_DEPTH)


def validation_entries(body: object) -> list[Mapping[str, Any]]:
    """Return FastAPI's list of validation errors, each with a `loc` and a `msg`; [] if the body holds none."""
    table = error_object(body)
    value: object = table.get("detail")
    if isinstance(message := table.get("message"), dict):
        value = cast("dict[str, Any]", message).get("detail")
    entries = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]


def before_quotation(text: str) -> str:
    """Return the part of a message before any quotation. Quoted names of single fields are removed and do not count as one."""
    return _QUOTATION.split(_NAME.sub("", text), maxsplit=1)[0]


def _messages_in(body: object, depth: int) -> list[str]:
    if not depth:
        return []
    if isinstance(body, str):
        return [body, *_messages_in(_wrapped(body), depth - 1)]
    table = error_object(body)
    found = [table.get(key) for key in ("message", "detail", "error")]
    value = next((one for one in found if one), None)
    if isinstance(value, list):
        return [str(one["msg"]) for one in validation_entries(body) if one.get("msg")]
    return _messages_in(value, depth - 1)


def _wrapped(text: str) -> object:
    """Return the provider's body that LiteLLM repeats after the name of its own error, or None."""
    if (match := _WRAPPED.match(text)) is None:
        return None
    try:
        return json.JSONDecoder().raw_decode(text, match.end())[0]
    except (ValueError, RecursionError):
        return None
