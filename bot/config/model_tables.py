"""Checks how the tables of models refer to each other and to the environment, and reads the keys that variables hold.

It works on raw tables, so that it finds all of this even where other settings are wrong. No line holds a configured value.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from bot.config import problems as words
from bot.config.cleaning import bare, unquoted
from bot.config.models import DEFAULT, OPENAI_API, fallbacks_in, is_openai, leads_back
from bot.config.names import MODELS

_MODEL: Final = "model"

Tables = Mapping[str, Any]


def read_keys(tables: Tables, variables: Mapping[str, str]) -> list[str]:
    """Put the key that `api_key_env` names into each table of a model, and return the problems."""
    problems: list[str] = []
    for path, table in _tables(tables):
        name = bare(str(table.get("api_key_env", "")))
        if not name:
            continue
        if table.get("api_key"):
            problems.append(words.two_keys(path))
        elif key := unquoted(variables.get(name, "")):
            table["api_key"] = key
        else:
            problems.append(words.no_variable(path))
    return problems


def reference_problems(tables: Tables) -> list[str]:
    """Return the problems of names that models have and that fallbacks mention, and of keys that other servers need."""
    named = named_models(tables)
    problems = [words.taken_name(f"{MODELS}.{DEFAULT}")] if DEFAULT in named else []
    fallbacks = {name: fallbacks_in(one) for name, one in {**named, DEFAULT: tables.get(_MODEL)}.items()}
    for name, others in fallbacks.items():
        path = _MODEL if name == DEFAULT else f"{MODELS}.{name}"
        unknown = [number for number, other in enumerate(others, start=1) if other not in fallbacks]
        problems += [words.unknown_fallback(path, number) for number in unknown]
        problems += [words.fallback_cycle(path)] * leads_back(name, fallbacks)
    problems += [
        words.key_missing(f"{MODELS}.{name}")
        for name, table in named.items()
        if "base_url" in table and is_openai(bare(str(table["base_url"] or OPENAI_API))) and not table.get("api_key")
        if not table.get("api_key_env")
    ]
    return problems


def named_models(tables: Tables) -> dict[str, dict[str, Any]]:
    """Return the raw tables `[models.…]` by name."""
    found = tables.get(MODELS)
    known = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    return {name: cast("dict[str, Any]", table) for name, table in known.items() if isinstance(table, dict)}


def _tables(tables: Tables) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(simple := tables.get(_MODEL), dict):
        yield _MODEL, cast("dict[str, Any]", simple)
    for name, table in named_models(tables).items():
        yield f"{MODELS}.{name}", table
