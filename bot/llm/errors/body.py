"""What a server says of an error, in whatever shape its body has.

The words are the server's, but some servers quote what they were sent, and that is people's text: nobody may cause an error
to be taken for another by writing about it. Hence `before_quotation`.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

_DEEP: Final = 4
"""How far words are looked for: Mistral puts an object into the message, LiteLLM the provider's body into its own words."""

_NAME: Final = re.compile(r"""(['"`])[\w.\[\]]{1,64}\1""")
_QUOTATION: Final = re.compile(r"""(?<!\w)'|["`\[{<“„«‘]""")
_WRAPPED: Final = re.compile(r"(?:litellm\.\w+: )+(?:\w+: )*(?:\w+ - )?(?=\{)")


def error_object(body: object) -> Mapping[str, Any]:
    """The object that describes the error: `{"error": {…}}`, the object itself, or nothing where the body is something else.

    Google's servers put it into a list.
    """
    if isinstance(body, list) and body:
        body = cast("list[object]", body)[0]
    if not isinstance(body, dict):
        return {}
    table = cast("dict[str, Any]", body)
    inner = table.get("error")
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else table


def messages_in(body: object) -> list[str]:
    """The messages in a body, without the fields in which servers repeat what they were sent."""
    return _messages_in(body, _DEEP)


def validation_entries(body: object) -> list[Mapping[str, Any]]:
    """FastAPI's list of what is wrong with a request, a `loc` and a `msg` each."""
    table = error_object(body)
    value: object = table.get("detail")
    if isinstance(message := table.get("message"), dict):
        value = cast("dict[str, Any]", message).get("detail")
    entries = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]


def before_quotation(text: str) -> str:
    """The part of a message before anything that may be a quotation; the names of single fields are none, and left out."""
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
    """The provider's own body, where LiteLLM repeats it behind the name of its own error."""
    if (match := _WRAPPED.match(text)) is None:
        return None
    try:
        return json.JSONDecoder().raw_decode(text, match.end())[0]
    except (ValueError, RecursionError):
        return None
