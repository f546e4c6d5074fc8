"""Reads from an error report which request parameters the server does not know.

Servers quote what people wrote. So only fields that exist to name a parameter count, and phrases of known servers at the very
beginning of a message.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from bot.llm.errors.body import error_object, messages_in, unwrapped, validation_entries

CODES: Final = frozenset(
    {"unsupported_parameter", "unknown_parameter", "unrecognized_request_argument", "unsupported_value"}
)
"""OpenAI's codes for requests that would work without `param`. Other codes complain about a value that is needed."""

_EXTRA: Final = frozenset({"extra_forbidden", "value_error.extra"})
_NAME: Final = r"[A-Za-z_]\w{0,63}(?:\.[A-Za-z_]\w{0,63})?"
_NAMES: Final = rf"['\"`]?{_NAME}['\"`]?(?:, ['\"`]?{_NAME}['\"`]?)*"
_PHRASES: Final = (
    rf"Unsupported parameter(?:s|\(s\))?: ({_NAMES})",  # OpenAI, NVIDIA
    rf"Unsupported value: '({_NAME})' does not support",  # OpenAI
    rf"Unknown parameters?: ({_NAMES})",  # OpenAI
    rf"Unrecognized request arguments? supplied: ({_NAMES})",  # OpenAI, Azure
    rf"Extra parameters \[({_NAMES})\] are not allowed",  # Azure
    rf"Validation error at #/({_NAME}): Extra inputs are not permitted",  # Azure
    rf"body -> ({_NAME})\n +Extra inputs are not permitted",  # NVIDIA
    rf"\[\{{'type': 'extra_forbidden', 'loc': \('body', '({_NAME})'\)",  # vLLM, NVIDIA
    rf"Extra inputs are not permitted, field: '({_NAME})'",  # Fireworks
    rf"({_NAME}): Extra inputs are not permitted",  # Anthropic, Bedrock
    rf"property '({_NAME})' is unsupported",  # Groq
    rf"Invalid JSON payload received\. Unknown name \"({_NAME})\"",  # Google
    rf"(?:Bad request: )?(?:json: )?unknown field:? (?:parameter )?['\"`]({_NAME})['\"`]",  # servers in Go, Databricks, Cohere
    rf"Malformed input request: (?:#\S{{0,64}}: )?extraneous key \[({_NAME})\] is not permitted",  # Bedrock
    rf"Additional properties are not allowed \(({_NAMES}) (?:was|were) unexpected\)",  # JSON schema
    rf"Unrecognized keys?(?:\(s\))?(?: in object)?: ({_NAMES})",  # LM Studio and others with Zod
    rf"property ({_NAME}) should not exist",  # servers with NestJS
    rf"(?:The parameter|Parameter):? ['\"`]?({_NAME})['\"`]? is not (?:supported|allowed|permitted|recognized)",
    rf"(?:Unknown|Unrecognized|Unexpected) (?:argument|field|key)s?(?: supplied)?: ({_NAMES})",
    rf"Failed to deserialize the JSON body into the target type: unknown field `({_NAME})`",  # servers written in Rust
    rf"Unexpected (?:fields|keys) in the request: \{{({_NAMES})\}}",  # transformers serve
    rf"(?:body\.{_NAME}: )?property 'body\.({_NAME})' is unsupported",  # Cerebras
    rf"Argument not supported on this model: ({_NAME})",  # xAI, which writes `presencePenalty` for `presence_penalty`
    r"\w+ does not support parameters: [\[{]([^\]}]*)[\]}]",  # LiteLLM
)
_REPORT: Final = re.compile("|".join(_PHRASES))


def unknown_parameters(status: int | None, body: object) -> frozenset[str]:
    """Return the parameters that a report with status 400 or 422 names as unknown, whether or not they were sent.

    A dot separates an object from its key.
    """
    if status not in {400, 422}:
        return frozenset()
    return frozenset({*_by_field(error_object(body)), *_by_location(body), *_by_phrase(body)})


def _by_field(table: Mapping[str, Any]) -> list[str]:
    name: object = table.get("param")
    code: object = table.get("code")
    return [name] if isinstance(name, str) and isinstance(code, str) and code in CODES else []


def _by_location(body: object) -> list[str]:
    """FastAPI's form: `{"type": "extra_forbidden", "loc": ["body", "name"]}`."""
    found: list[str] = []
    for entry in validation_entries(body):
        location: object = entry.get("loc")
        kind: object = entry.get("type")
        if isinstance(kind, str) and kind in _EXTRA and isinstance(location, list) and location[:1] == ["body"]:
            found.append(".".join(str(step) for step in cast("list[object]", location)[1:]))
    return found


def _by_phrase(body: object) -> list[str]:
    found: list[str] = []
    for text in messages_in(body):
        if match := _REPORT.match(unwrapped(text)):
            names: list[str] = re.findall(_NAME, next(group for group in match.groups() if group is not None))
            found += [*names, *(re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in names)]
    return found
