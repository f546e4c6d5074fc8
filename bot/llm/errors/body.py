"""Reads a server's error body, whatever its shape: its objects, its messages, and the words in them that are the server's own.

Some servers quote the request in their messages, and that is people's text. Nobody may cause one error to be taken for another by
writing about it, so callers search only `own_words`, the part of a message before its first quotation. A quoted name is passed
over only in the few sentences that are known to begin with one (`_OPENINGS`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, Final, cast

_MAX_DEPTH: Final = 6
"""Levels of nesting that are searched: Mistral puts an object into the message, gateways the provider's body into their text."""
_MAX_ENTRIES: Final = 8
_LONGEST: Final = 4_000
"""Characters of a message that are searched."""
_MESSAGES: Final = ("message", "detail", "error", "errors", "msg", "error_msg", "base_resp", "status_msg")
"""Keys that hold a message or an object with one. The first that is not empty counts."""

_QUOTATION: Final = re.compile(r"""(?<!\w)'|["`\[{<“„«‘]""")
_TITLE: Final = re.compile(r"<title[^>]*>([^<]{1,200})</title>", re.IGNORECASE)
_WRAPPER: Final = re.compile(
    r"""(?:Error[ ]code:[ ]\d{3}[ ]-[ ]
    |Error[ ]rendering[ ]prompt[ ]with[ ]jinja[ ]template:[ ]["](?:Error:[ ])?
    |Error[ ]from[ ]provider(?:[ ]\([\w .-]{1,64}\))?:[ ]
    |litellm\.\w{1,64}:[ ]
    |\w{0,64}(?:Error|Exception)\w{0,64}(?::|[ ]-)?[ ]
    |<\d{3}>[ ]
    |InternalError\.[\w.]{1,64}:[ ]
    |Validation:[ ]
    |Value[ ]error,[ ]
    |The[ ]model[ ]returned[ ]the[ ]following[ ]errors:[ ]
    |rpc[ ]error:[ ]code[ ]=[ ]\w+[ ]desc[ ]=[ ]
    |Template[ ]error:[ ](?:invalid[ ]operation:[ ])?
    |\s{0,8}-{3,32}\nWhile[ ]executing[ ]\w+[ ]at[ ]line[ ]\d+,[ ]column[ ]\d+[ ]in[ ]source:\n
        [^\n]{0,400}\n[ ]{0,400}\^\n
        Error:[ ](?:Jinja[ ]Exception:[ ])?
    |\{'(?:error':[ ](?:\{'message':[ ])?|object':[ ]'error',[ ]'message':[ ])['"]
    )*""",
    re.VERBOSE,
)
"""Words that gateways and frameworks write before another server's message: LiteLLM, the SDKs, Alibaba, NVIDIA, pydantic,
LocalAI, TGI, LM Studio, and llama.cpp, which quotes a piece of the model's template."""

_Q: Final = r"[\"'`]?[^\s\"'`]{1,128}[\"'`]?"
_OPENINGS: Final = re.compile(
    "|".join(
        (
            rf"(?:the |the requested |unknown |invalid )?model:? {_Q}",  # OpenAI, vLLM, Ollama, Hugging Face
            rf"project {_Q} does not have access to model {_Q}",  # OpenAI
            rf"(?:rate limit reached|request too large) for (?:model )?{_Q} in organization {_Q}(?: service tier {_Q})?",
            rf"input length and {_Q} exceed context limit",  # Anthropic
            rf"invalid {_Q}: string too long",  # OpenAI
            rf"input validation error: {_Q} (?:tokens \+ {_Q} must be <=|must have less than)",  # TGI
            r"your account [\w/ -]{0,160}<[\w-]{0,64}>",  # Moonshot
            r"range of input length should be \[\d+, ?\d+\]",  # Alibaba
            r"'max_tokens' or 'max_completion_tokens' is too large(?=(?:[^\"'`]|(?<=\w)'(?=\w))*\Z)",  # vLLM
        )
    ),
    re.IGNORECASE,
)
"""Sentences of servers in which a quotation stands before the words that tell. One that begins with a quotation is the server's
only if no other quotation follows, because people's text that is quoted ends with one."""


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


def objects_in(body: object) -> list[Mapping[str, Any]]:
    """Return the objects that describe the error, the outermost first: a gateway's, then the provider's inside of it."""
    return [one for one in _walk(body, _MAX_DEPTH) if not isinstance(one, str)]


def messages_in(body: object) -> list[str]:
    """Return the messages in a body, the outermost first, without the fields in which servers repeat the request."""
    return [one for one in _walk(body, _MAX_DEPTH) if isinstance(one, str)]


def validation_entries(body: object) -> list[Mapping[str, Any]]:
    """Return FastAPI's list of validation errors, each with a `loc` and a `msg`; [] if the body holds none."""
    table = error_object(body)
    value: object = table.get("detail")
    if isinstance(message := table.get("message"), dict):
        value = cast("dict[str, Any]", message).get("detail")
    entries = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]


def wrapper_of(text: str) -> str:
    """Return what a gateway or framework wrote before the message of another server, or ""."""
    match = _WRAPPER.match(text)
    return match[0] if match else ""


def unwrapped(text: str) -> str:
    """Return a message without what a gateway or framework wrote before it."""
    return text[len(wrapper_of(text)) :]


def own_words(text: str) -> str:
    """Return the part of a message that is certainly the server's own: what stands before any quotation, in lower case."""
    text = unwrapped(text)[:_LONGEST]
    opening = _OPENINGS.match(text)
    start = opening.end() if opening else 0
    return (re.sub(r"[\"'`]", "", text[:start]) + _QUOTATION.split(text[start:], maxsplit=1)[0]).lower()


def _walk(body: object, depth: int) -> Iterator[Mapping[str, Any] | str]:
    """Yield the objects and messages of a body from the outside in."""
    if not depth:
        return
    if isinstance(body, str):
        if text := _page_title(body) if body.lstrip().startswith("<") else body:
            yield text
        yield from _walk(_wrapped(body), depth - 1)
    elif isinstance(body, list):
        for entry in cast("list[object]", body)[:_MAX_ENTRIES]:
            message: object = cast("dict[str, Any]", entry).get("msg") if isinstance(entry, dict) else None
            yield from _walk(message or cast("object", entry), depth - 1)
    elif isinstance(body, dict):
        table = cast("dict[str, Any]", body)
        yield table
        for value in _values_in(table):
            yield from _walk(value, depth - 1)


def _values_in(table: dict[str, Any]) -> Iterator[object]:
    """Yield the value that holds an object's message, and the provider's own body, which OpenRouter puts into `metadata`."""
    inner: object = table.get("error")
    yield inner if isinstance(inner, dict) else next((table[key] for key in _MESSAGES if table.get(key)), None)
    if isinstance(metadata := table.get("metadata"), dict):
        yield cast("dict[str, Any]", metadata).get("raw")


def _page_title(page: str) -> str:
    """Return the title of an HTML page; of any other text that begins with `<`, the text."""
    if (match := _TITLE.search(page[:4000])) is not None:
        return unescape(match[1]).strip()
    return "" if "</" in page else page


def _wrapped(text: str) -> object:
    """Return the provider's body that a gateway repeats behind the name of its own error or as its message, or None."""
    start = len(wrapper_of(text))
    if not text.startswith(("{", "[{"), start):
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return value if start or not text[end:].strip() else None
