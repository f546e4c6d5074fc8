"""Reads JSON as model servers write it: also with broken UTF-8, and with halves of a surrogate pair."""

import json
from typing import cast

from pydantic_core import from_json


def read_json(data: bytes) -> object:
    """Return the value. Broken UTF-8 becomes U+FFFD. Raises ValueError for anything else that is no JSON."""
    try:
        return cast("object", from_json(data))
    except ValueError:
        pass
    try:
        return cast("object", json.loads(data.decode("utf-8", "replace")))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def is_json_object(data: bytes) -> bool:
    """Whether `data` is a whole JSON object."""
    return isinstance(container_in(data), dict)


def container_in(data: bytes) -> dict[str, object] | list[object] | None:
    """Return the JSON object or list that `data` is; None if it is neither, or not whole."""
    if data.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        value = read_json(data)
    except ValueError:
        return None
    return cast("dict[str, object] | list[object]", value) if isinstance(value, dict | list) else None
