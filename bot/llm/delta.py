"""Reads the text, the thoughts and the tool calls of a streamed message, under all names that servers give them.

The names of thoughts that were seen: `reasoning`, `reasoning_content` (DeepSeek, vLLM), `reasoning_details` (OpenRouter),
`reasoning_text` (GitHub), `thinking`, `thinking_blocks` (LiteLLM), `thinking_content`, `thought`. Any name with one of these
beginnings counts, because servers invent further ones.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

TEXT: Final = "text"
THOUGHT: Final = "thought"

_THOUGHTS: Final = ("reasoning", "thinking", "thought", "redacted_thinking")
"""Beginnings of the names of fields and parts that hold thoughts."""
_TEXTS: Final = frozenset({None, "", "text", "output_text"})
"""Types of the parts of a content that hold text of the answer."""
_WRAPPERS: Final = ("provider_specific_fields", "extra_content")
"""Fields in which proxies pass on the fields of a provider."""


def kind_of(delta: Mapping[str, Any]) -> str | None:
    """Return TEXT or THOUGHT for a delta with one string of that kind and nothing else; None for any other delta."""
    kind = None
    for name, value in delta.items():
        if not value or name == "role":
            continue
        if kind is not None or value.__class__ is not str:
            return None
        kind = TEXT if name == "content" else THOUGHT if name.startswith(_THOUGHTS) else ""
    return kind or None


def text_of(content: object) -> str:
    """Return the text of a content: a string, a part with text, or a list of both. Thoughts and other parts are left out."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(part) for part in cast("list[object]", content) if not isinstance(part, list))
    if not isinstance(content, dict):
        return ""
    part = cast("dict[str, Any]", content)
    if _is(part.get("type"), _TEXTS) and not part.get("thought"):
        text: object = part.get("text")
        value: object = cast("dict[str, Any]", text).get("value") if isinstance(text, dict) else text
        return value if isinstance(value, str) else ""
    return ""


def refusal_of(delta: Mapping[str, Any]) -> str:
    """Return the model's words for why it does not answer, "" if there are none."""
    refusal: object = delta.get("refusal")
    if isinstance(refusal, str):
        return refusal
    words = [part.get("refusal") for part in _parts(delta.get("content")) if part.get("type") == "refusal"]
    return "".join(word for word in words if isinstance(word, str))


def holds_thoughts(delta: Mapping[str, Any]) -> bool:
    """Whether a delta holds thoughts, in a field or as a part of its content."""
    if any(name.startswith(_THOUGHTS) and _is_filled(value) for name, value in delta.items()):
        return True
    if any(_is_thought(part) for part in _parts(delta.get("content"))):
        return True
    return any(_wraps_thoughts(delta.get(name)) for name in _WRAPPERS)


def tool_of(delta: Mapping[str, Any]) -> str | None:
    """Return the name of the first tool that a delta calls, "" if the call has no name here, None without a call."""
    call: object = delta.get("function_call")
    if calls := _parts(delta.get("tool_calls")):
        call = calls[0].get("function") or calls[0]
    if not isinstance(call, dict) or not call:
        return None
    name: object = cast("dict[str, Any]", call).get("name")
    return name if isinstance(name, str) else ""


def _parts(content: object) -> list[dict[str, Any]]:
    """Return the parts of a content that is a list of objects; [] for any other content."""
    parts = cast("list[object]", content) if isinstance(content, list) else []
    return [cast("dict[str, Any]", part) for part in parts if isinstance(part, dict)]


def _is_thought(part: Mapping[str, Any]) -> bool:
    kind: object = part.get("type")
    return bool(part.get("thought")) or (isinstance(kind, str) and kind.startswith(_THOUGHTS))


def _wraps_thoughts(fields: object) -> bool:
    return isinstance(fields, dict) and any(
        name.startswith(_THOUGHTS) and _is_filled(value) for name, value in cast("dict[str, object]", fields).items()
    )


def _is_filled(value: object) -> bool:
    return isinstance(value, str | list | dict) and bool(cast("object", value))


def _is(value: object, allowed: frozenset[str | None]) -> bool:
    return (value is None or isinstance(value, str)) and value in allowed
