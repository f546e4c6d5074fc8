"""Reads values as people write them: blanks and quotes around them, ids without brackets, addresses with a path too many."""

import json
import re
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlsplit

ENCODING: Final = "utf-8-sig"
"""UTF-8, with or without the byte order mark that editors on Windows put before it."""
_QUOTES: Final = "\"'"
_QUOTED: Final = re.compile(r"""(["'])((?:\\\1|(?!\1).)*)\1""", re.DOTALL)
_IDS: Final = re.compile(r"\d+(?:[,;\s]+\d+)*[,;\s]*")
_PATHS: Final = ("/audio/transcriptions", "/chat/completions", "/completions", "/responses", "/models")
"""Paths that the client itself adds to the base of a server, or that others add to the same base."""


def unquoted(value: str) -> str:
    """Return a variable's value without the white space and the pair of quotes around it.

    `docker run --env-file` keeps the quotes that a shell takes away. Quotes are a pair where no quote of their kind stands
    between them, unless a backslash escapes it: `"Yes" or "no"` stays as it is.
    """
    text = value.strip()
    return pair[2].strip() if (pair := _QUOTED.fullmatch(text)) else text


def bare(value: str, prefix: str = "") -> str:
    """Return a secret or an address without all white space and quotes around it, and without a word before it.

    `prefix` is that word, such as `Bot`, in any case; white space must part it from the rest.
    """
    text = value.strip(f"{_QUOTES} \t\r\n")
    word, _, rest = text.partition(" ")
    return bare(rest) if prefix and word.casefold() == prefix.casefold() and rest else text


def ids(value: str) -> list[int]:
    """Return the ids in a text such as `1, 2` or `1 2`; none where it holds anything else. Ids of over 20 digits are none."""
    if not _IDS.fullmatch(value):
        return []
    found = re.findall(r"\d+", value)
    return [int(text) for text in found] if all(len(text) <= len(str(2**64)) for text in found) else []


def base_of(url: str) -> tuple[str, str]:
    """Part an address into the base of a server and a path that was pasted with it, which is empty where there is none.

    A query behind the path stays with the base, and the host is no part of the path. Raises ValueError for an address that cannot
    be parsed.
    """
    parts = urlsplit(url)
    whole = parts.path.rstrip("/")
    pasted = next((path for path in _PATHS if whole.lower().endswith(path)), "")
    return parts._replace(path=whole[: len(whole) - len(pasted)].rstrip("/")).geturl(), pasted


def not_json(value: object, path: str) -> str:
    """Return the path of the first part of a value that JSON cannot hold: a date, `nan`, `inf`, half a character.

    `path` is the path of the value itself. The result is empty where all of it is JSON.
    """
    if isinstance(value, dict):
        parts = [(item, f"{path}.{key}") for key, item in cast("Mapping[str, object]", value).items()]
        parts += [(key, path) for key in cast("Mapping[str, object]", value)]
    elif isinstance(value, list):
        parts = [(item, path) for item in cast("list[object]", value)]
    else:
        return "" if _is_json(value) else path
    return next((found for item, inner in parts if (found := not_json(item, inner))), "")


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError):
        return False
    return True
