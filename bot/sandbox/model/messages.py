"""Messages: those of a request, checked one by one as OpenAI checks them.

Which roles, fields and parts there are is the OpenAPI document's (`ChatCompletionRequestMessage`); the wording, the
longest text and the pattern of a name are what people report of the API.
"""

import re

from bot.sandbox.model.errors import (
    ModelError,
    empty_array,
    invalid_choice,
    invalid_type,
    missing_parameter,
    too_long,
    unknown_parameter,
)
from bot.sandbox.model.images import check_image
from bot.sandbox.wire import Json, as_list, as_object

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
FIELDS = frozenset({"role", "content", "name", "refusal", "audio", "tool_calls", "function_call", "tool_call_id"})
LONGEST_TEXT = 10_485_760
_PARTS: dict[str, tuple[str, type, str]] = {
    "text": ("text", str, "a string"),
    "image_url": ("image_url", dict, "an object"),
    "input_audio": ("input_audio", dict, "an object"),
    "file": ("file", dict, "an object"),
    "refusal": ("refusal", str, "a string"),
}
_NAME = re.compile(r"[a-zA-Z0-9_-]+")


def check_messages(messages: list[object]) -> None:
    """Check every message. Raises ModelError 400 for the first fault."""
    for index, one in enumerate(messages):
        message = as_object(one)
        # Nearly all are of this kind, and a long history is checked at every request.
        if message is None or message.keys() != _PLAIN or not _is_plain(message):
            _check_message(f"messages[{index}]", one)


_PLAIN = {"role", "content"}
_PLAIN_ROLES = frozenset({"system", "developer", "user", "assistant"})


def _is_plain(message: Json) -> bool:
    role, content = message["role"], message["content"]
    return isinstance(role, str) and role in _PLAIN_ROLES and isinstance(content, str) and len(content) <= LONGEST_TEXT


def _check_message(path: str, one: object) -> None:
    if (message := as_object(one)) is None:
        raise invalid_type(path, "an object", one)
    if "role" not in message:
        raise missing_parameter(f"{path}.role")
    role: object = message["role"]
    if not isinstance(role, str):
        raise invalid_type(f"{path}.role", "a string", role)
    if role not in ROLES:
        raise invalid_choice(f"{path}.role", role, ROLES)
    for name in message.keys() - FIELDS:
        raise unknown_parameter(f"{path}.{name}")
    _check_name(f"{path}.name", message.get("name"))
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        raise missing_parameter(f"{path}.tool_call_id")
    _check_calls(f"{path}.tool_calls", message.get("tool_calls"))
    _check_content(path, message)


def _check_name(path: str, name: object) -> None:
    if name is None:
        return
    if not isinstance(name, str):
        raise invalid_type(path, "a string", name)
    if not _NAME.fullmatch(name):
        text = f"Invalid '{path}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        raise ModelError(400, text, code="invalid_value", param=path)


def _check_calls(path: str, calls: object) -> None:
    if calls is None:
        return
    if (found := as_list(calls)) is None:
        raise invalid_type(path, "an array of objects", calls)
    for index, one in enumerate(found):
        if as_object(one) is None:
            raise invalid_type(f"{path}[{index}]", "an object", one)


def _check_content(path: str, message: Json) -> None:
    content: object = message.get("content")
    if content is None and (message.get("tool_calls") or message.get("function_call")):
        return
    if isinstance(content, str):
        _check_length(f"{path}.content", content)
        return
    parts = as_list(content)
    if parts is None:
        raise invalid_type(f"{path}.content", "one of a string or array of objects", content)
    if not parts:
        raise empty_array(f"{path}.content")
    for index, one in enumerate(parts):
        _check_part(path, f"{path}.content[{index}]", str(message["role"]), one)


def _check_part(path: str, here: str, role: str, one: object) -> None:
    if (part := as_object(one)) is None:
        raise invalid_type(here, "an object", one)
    kind: object = part.get("type")
    if not isinstance(kind, str) or kind not in _PARTS:
        raise invalid_choice(f"{here}.type", kind, tuple(_PARTS))
    name, expected, words = _PARTS[kind]
    if name not in part:
        raise missing_parameter(f"{here}.{name}")
    value: object = part[name]
    if not isinstance(value, expected):
        raise invalid_type(f"{here}.{name}", words, value)
    if isinstance(value, str):
        _check_length(f"{here}.{name}", value)
    if kind == "image_url":
        _check_image(path, f"{here}.image_url", role, value)


def _check_image(path: str, here: str, role: str, image: object) -> None:
    if role != "user":
        text = (
            f"Invalid '{path}'. Image URLs are only allowed for messages with role 'user', "
            f"but this message with role '{role}' contains an image URL."
        )
        raise ModelError(400, text, code="invalid_value", param=path)
    found = as_object(image) or {}
    if (address := found.get("url")) is not None and not isinstance(address, str):
        raise invalid_type(f"{here}.url", "a string", address)
    check_image(here, found)


def _check_length(path: str, text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise too_long(path, "string", LONGEST_TEXT, len(text))
