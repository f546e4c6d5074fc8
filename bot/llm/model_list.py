"""Reads the list of models that a server offers, whatever its shape, and finds a model in it under the name that it has there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Final, cast

_LISTS: Final = ("data", "models", "result", "items")
"""Names of the list: OpenAI's, Ollama's and Google's, Cloudflare's."""
_NAMES: Final = ("id", "name", "model")
_DATE: Final = re.compile(r"[-@]\d{4}-?\d{2}-?\d{2}|[-@]\d{3,4}")
"""The date or number of a version behind the name that stands for the newest one: `-20251001`, `-2025-10-01`, `-001`."""


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model in a server's list. `ends_on` is the day on which the provider shuts it down, where it has announced one."""

    name: str
    ends_on: date | None = None


def models_in(body: object) -> list[ListedModel]:
    """Return the models in the body of an answer to `GET /models`, and none where it has no list that is known.

    Raises ValueError for an error with status 200, which LM Studio answers wherever it has no page.
    """
    table = cast("dict[str, object]", body) if isinstance(body, dict) else {_LISTS[0]: body}
    for key in _LISTS:
        if isinstance(items := table.get(key), list):
            return [model for item in cast("list[object]", items) if (model := _model_of(item)).name]
    if table.get("error"):
        raise ValueError("an error in place of a list")
    return []


def _model_of(item: object) -> ListedModel:
    table = cast("dict[str, object]", item) if isinstance(item, dict) else {"id": item}
    name = next((name for key in _NAMES if isinstance(name := table.get(key), str)), "")
    try:
        return ListedModel(name, date.fromisoformat(str(table.get("shutdown_date"))[:10]))
    except ValueError:
        return ListedModel(name)


def listed_as(model: str, names: Sequence[str]) -> str | None:
    """Return the name by which a list has a model, or None.

    Lists may have names with a tag (Ollama: `llama3.2:latest`), a folder or provider before them (Google:
    `models/gemini-2.5-flash`; OpenRouter: `openai/gpt-5`), a date behind them (Anthropic), or patterns (LiteLLM: `openai/*`).
    A model's name may itself have a tag that the list leaves out (OpenRouter: `:nitro`), or `-latest` in place of a date.
    """
    if model in names:
        return model
    return next((name for name in names if _is_same(model, name)), None)


def _is_same(model: str, name: str) -> bool:
    if "*" in name and fnmatchcase(model, name):
        return True
    if "/" in name.strip("/") and "/" not in model:
        name = name.rpartition("/")[2]
    model = model.removeprefix("models/")
    base, _, tag = model.partition(":")
    plain = model.removesuffix(":latest")
    stem = model.removesuffix("-latest")
    return (
        name.removesuffix(":latest") in {model, plain}
        or (bool(tag) and tag != "latest" and name == base and ":" not in name)
        or (name.startswith(stem) and _DATE.fullmatch(name[len(stem) :]) is not None)
    )
