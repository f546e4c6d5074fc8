"""Schemas: a document's JSON Schemas, read more strictly than they are written.

Discord's objects are open as written, with room for misspelt and invented fields: they are closed here. OpenAI's
document still says `nullable`, which JSON Schema does not know: it is rewritten.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import jsonschema_rs

Schema = dict[str, Any]

_PLACES = ("items", "additionalProperties", "contains", "not")
_OBJECTS = ("$ref", "properties", "oneOf", "anyOf", "allOf")
_SNOWFLAKE = re.compile(r"(0|[1-9]\d{0,18})")

FORMATS: dict[str, Callable[[str], bool]] = {
    "snowflake": lambda text: _SNOWFLAKE.fullmatch(text) is not None,
    "nonce": lambda text: len(text) <= 25,
}
"""Discord's own formats; JSON Schema's are known to the validator."""


def closed(schema: Schema) -> Schema:
    """Close the object that a schema describes, wherever it is composed from, and every object inside it."""
    result = _composed(schema, closed)
    if any(key in schema for key in _OBJECTS):
        result["unevaluatedProperties"] = False
    return result


def inner_closed(schema: Schema) -> Schema:
    """Close every object inside the one that a schema describes, but not that one: it may be part of a whole.

    A choice that is part of a whole stays open as well; the whole is closed where it is used.
    """
    return _composed(schema, inner_closed)


def _composed(schema: Schema, choice: Callable[[Schema], Schema]) -> Schema:
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {name: closed(one) for name, one in schema["properties"].items()}
    for key in _PLACES:
        if isinstance(schema.get(key), dict):
            result[key] = closed(schema[key])
    for key, close in (("oneOf", choice), ("anyOf", choice), ("allOf", inner_closed), ("prefixItems", closed)):
        if key in schema:
            result[key] = [close(one) for one in schema[key]]
    return result


def without_nullable(schema: Schema) -> Schema:
    """Write `nullable: true` in JSON Schema's words, at every depth."""
    rest = {key: _without_nullable(one) for key, one in schema.items() if not (key == "nullable" and one is True)}
    return rest if len(rest) == len(schema) else {"anyOf": [rest, {"type": "null"}]}


def _without_nullable(value: object) -> object:
    if isinstance(value, list):
        return [_without_nullable(one) for one in cast("list[object]", value)]
    return without_nullable(cast("Schema", value)) if isinstance(value, dict) else value


def referred(schema: Schema, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return those of a document's schemas that a schema refers to, itself or by others."""
    found: dict[str, Schema] = {}
    waiting = [schema]
    while waiting:
        for name in _references(waiting.pop()):
            if name in schemas and name not in found:
                found[name] = schemas[name]
                waiting.append(schemas[name])
    return found


def _references(value: object) -> Iterator[str]:
    """Return the names of the schemas to which a part of a schema refers, at every depth."""
    if isinstance(value, list):
        for one in cast("list[object]", value):
            yield from _references(one)
    elif isinstance(value, dict):
        for key, one in cast("Schema", value).items():
            if key == "$ref" and isinstance(one, str):
                yield one.removeprefix("#/components/schemas/")
            else:
                yield from _references(one)


def faults(validator: jsonschema_rs.Draft202012Validator, instance: Any) -> list[str]:  # noqa: ANN401 - any JSON
    """Return what is wrong with a value, each fault with its path."""
    return [fault for error in validator.iter_errors(instance) for fault in _explained(error)]


def _explained(error: jsonschema_rs.ValidationError) -> list[str]:
    """Say of a choice of schemas what the nearest of them objects to."""
    branches: list[list[jsonschema_rs.ValidationError]] = getattr(error.kind, "context", [])
    if branches:
        nearest = min(branches, key=_distance)
        return [fault for one in nearest for fault in _explained(one)]
    path = "/".join(str(step) for step in error.instance_path)
    return [f"/{path}: {error.message}"]


def _distance(branch: list[jsonschema_rs.ValidationError]) -> tuple[int, int]:
    of_another_kind = sum(error.kind.name in {"type", "const", "enum"} for error in branch)
    return of_another_kind, len(branch)
