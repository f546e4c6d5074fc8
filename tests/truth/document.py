"""Documents: an OpenAPI document as a set of checks for requests, answers and whatever else has a schema."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.truth.schema import FORMATS, Schema, faults, referred

_NO_OPERATION = "there is no such operation in the document"
_PARAMETER = re.compile(r"\{[^}]*\}")


class Document:
    """One document. `prepare` corrects its schemas, `read` makes each strict, `extra` are more that are checked by name.

    `asked` are schemas that are others in requests than in answers, `errors` is the schema of refusals where the document
    has none, `operations` are those that it leaves out.
    """

    def __init__(
        self,
        path: Path,
        *,
        read: Callable[[Schema], Schema],
        extra: Mapping[str, Schema],
        prepare: Callable[[dict[str, Schema]], dict[str, Schema]] = lambda schemas: schemas,
        asked: Mapping[str, Schema] | None = None,
        errors: Schema | None = None,
        operations: Mapping[tuple[str, str], Schema] | None = None,
    ) -> None:
        self._path = path
        self._read = read
        self._prepare = prepare
        self._asked = asked or {}
        self._errors = errors
        self._more = operations or {}
        self._extra = extra
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def knows(self, method: str, template: str) -> bool:
        """Tell whether the document has an operation."""
        return self._operation(method, template) is not None

    def request_faults(self, method: str, template: str, query: Mapping[str, str], body: object) -> list[str]:
        """Say what the document objects to in a request; that it does not know it is a fault too."""
        operation = self._operation(method, template)
        if operation is None:
            return [_NO_OPERATION]
        found = self._query_faults(f"{method} {template}", operation, query)
        content: Schema = operation.get("requestBody", {}).get("content", {})
        if body is None:
            required = operation.get("requestBody", {}).get("required")
            return [*found, "the body is missing"] if required else found
        form: Schema | None = content.get("application/json") or content.get("multipart/form-data")
        if form is None:
            return [*found, "the operation has no body"]
        schema: Schema = form["schema"]
        return found + self._faults(f"{method} {template} body", schema, body, self._asked)

    def answer_faults(self, method: str, template: str, status: int, body: object) -> list[str]:
        """Say what the document objects to in an answer. What it does not know must be refused."""
        operation = self._operation(method, template)
        if operation is None:
            refused = self._errors is not None and 400 <= status < 500
            return self._faults("errors", self._errors or {}, body) if refused else [_NO_OPERATION]
        responses: Schema = operation["responses"]
        response = responses.get(str(status), responses.get(f"{status // 100}XX"))
        if response is None:
            if self._errors is None or status < 400:
                return [f"status {status} is not documented"]
            return self._faults("errors", self._errors, body)
        content: Schema = self._resolved(response).get("content", {})
        if body is None:
            return ["the answer has no body"] if content else []
        if "application/json" not in content:
            return ["the answer should have no body"]
        return self._faults(f"{method} {template} {status}", content["application/json"]["schema"], body)

    def named_faults(self, name: str, body: object) -> list[str]:
        """Say what one of the extra schemas objects to; that there is none of that name is a fault too."""
        if name not in self._extra:
            return ["no schema is known for it"]
        return self._faults(name, self._extra[name], body)

    def load(self) -> None:
        """Read the document now. Raises KeyError where it is not the one that the corrections are for, ValueError."""
        if not self._schemas or not self._operations:
            raise ValueError(f"{self._path} holds no schemas or no operations")

    def _query_faults(self, what: str, operation: Schema, query: Mapping[str, str]) -> list[str]:
        known: dict[str, Schema] = {one["name"]: one for one in operation["parameters"] if one["in"] == "query"}
        found = [f"?{name}: it is required" for name, one in known.items() if one.get("required") and name not in query]
        for name, value in query.items():
            if name not in known:
                found.append(f"?{name}: there is no such parameter")
            else:
                check = partial(self._faults, f"{what} ?{name}", known[name]["schema"])
                tries = [check(one) for one in _readings(value)]
                found += [] if [] in tries else [f"?{name}: {tries[0]}"]
        return found

    @cached_property
    def _whole(self) -> Schema:
        return json.loads(self._path.read_text())

    @cached_property
    def _schemas(self) -> dict[str, Schema]:
        schemas = self._prepare(self._whole["components"]["schemas"])
        return {name: self._read(one) for name, one in schemas.items()}

    @cached_property
    def _operations(self) -> dict[tuple[str, str], Schema]:
        found = {(method, _bare(path)): operation for (method, path), operation in self._more.items()}
        for path, item in self._whole["paths"].items():
            shared: list[Schema] = item.get("parameters", [])
            for method in ("get", "post", "put", "patch", "delete"):
                if method in item:
                    own: list[Schema] = item[method].get("parameters", [])
                    found[method.upper(), _bare(path)] = item[method] | {"parameters": [*shared, *own]}
        return found

    def _operation(self, method: str, template: str) -> Schema | None:
        return self._operations.get((method, _bare(template)))

    def _resolved(self, response: Schema) -> Schema:
        if "$ref" not in response:
            return response
        return self._whole["components"]["responses"][response["$ref"].rpartition("/")[2]]

    def _faults(
        self,
        name: str,
        schema: Schema,
        body: Any,  # noqa: ANN401 - any JSON
        others: Mapping[str, Schema] | None = None,
    ) -> list[str]:
        if name not in self._validators:
            # The root is a place where an object stands, like a property: what `read` does to those holds for it.
            root = self._read({"items": schema})["items"]
            schemas = self._schemas | {key: self._read(one) for key, one in (others or {}).items()}
            needed = referred(root, schemas)  # a validator with all of them holds megabytes
            self._validators[name] = jsonschema_rs.Draft202012Validator(
                {**root, "components": {"schemas": needed}}, formats=FORMATS, validate_formats=True
            )
        return faults(self._validators[name], body)


def _readings(value: str) -> list[object]:
    """Return what the text of a query may stand for."""
    words: dict[str, object] = {"true": True, "false": False, "1": True, "0": False}
    return [value, *([int(value)] if value.isdecimal() else []), *([words[value]] if value in words else [])]


def _bare(template: str) -> str:
    """Write a template without the names of its parameters, which the documents and the documentation choose freely."""
    return _PARAMETER.sub("{}", template)
