"""Reads settings and merges their sources key by key: the environment overrides `.env`, and both override the TOML file.

A setting is `[section] key = …` in TOML and `PARLEY_SECTION__KEY` in the environment. Three settings also have a well-known name
(`names.NAMED`). A variable that holds nothing, or nothing between quotes, sets nothing. The resulting tables are not checked yet.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from dotenv import dotenv_values
from pydantic import SecretStr

from bot.config import problems as words
from bot.config.cleaning import ENCODING, ids, unquoted
from bot.config.kinds import Section
from bot.config.names import NAMED, PREFIX, TABLES_OF_TABLES
from bot.config.settings import Settings

CONFIG: Final = Path("config.toml")
"""The file that is read where no other is named, if it exists."""
Tables = dict[str, Any]
"""Raw settings: a table of keys for each section. The TOML file may hold another value in place of a table."""


def read(path: Path | None, environ: Mapping[str, str] | None) -> tuple[Tables, Mapping[str, str], list[str]]:
    """Read all sources. Return the raw settings, all variables, and the problems found. See `draft.draft` for the arguments."""
    problems: list[str] = []
    variables: dict[str, str] = {}
    tables = _toml(path, problems)
    for layer in [_dotenv(Path(".env"), problems), os.environ] if environ is None else [environ]:
        _merge(tables, layer, problems)
        variables |= {name: value for name, value in layer.items() if value}
    return tables, variables, problems


def put(tables: Tables, section: str, key: str, value: object) -> None:
    """Set one key. A section that is not a table stays unchanged, so that the validation reports it."""
    table = tables.setdefault(section, {})
    if isinstance(table, dict):
        cast("Tables", table)[key] = value


def _toml(path: Path | None, problems: list[str]) -> Tables:
    file = path or CONFIG
    if path is None and not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding=ENCODING))
    except OSError as error:
        problems.append(words.toml_unreadable(file, error))
    except UnicodeDecodeError:
        problems.append(words.toml_not_utf8(file))
    except (ValueError, RecursionError) as error:  # not TOML, too deeply nested, or too many digits
        problems.append(words.toml_invalid(file, error))
    return {}


def _dotenv(path: Path, problems: list[str]) -> dict[str, str]:
    try:
        values = dotenv_values(path, interpolate=False, encoding=ENCODING)
        return {key: value for key, value in values.items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(words.dotenv_unreadable(path, error))
    return {}


def _merge(tables: Tables, environ: Mapping[str, str], problems: list[str]) -> None:
    """Write variables into the tables. `PARLEY_…` variables override the well-known names."""
    for name, (section, key) in NAMED.items():
        if value := unquoted(environ.get(name, "")):
            put(tables, section, key, value)
    for name, raw in environ.items():
        value = unquoted(raw)
        if not name.upper().startswith(PREFIX) or not value:
            continue
        section, separator, key = name.upper().removeprefix(PREFIX).lower().partition("__")
        if not separator and section.partition("_")[0] not in Settings.model_fields:
            continue  # not a setting; one with "_" in place of "__" is reported below
        if not _is_setting(section, key):
            problems.append(words.unknown_variable(name, f"{section}.{key}"))
            continue
        put(tables, section, key, _parse(section, key, value))


def _is_setting(section: str, key: str) -> bool:
    if section in TABLES_OF_TABLES:
        return bool(key)
    return section in Settings.model_fields and key in _model_of(section).model_fields


def _model_of(section: str) -> type[Section]:
    return cast("type[Section]", Settings.model_fields[section].annotation)


def _parse(section: str, key: str, value: str) -> object:
    """Convert a value from the environment. Text, paths and secrets stay unchanged; other types are read as JSON, if valid.

    Ids need no brackets. The quotes within a table may be escaped, as JSON escapes them in a string.
    """
    if section in TABLES_OF_TABLES:
        return _json(value)
    default = _model_of(section).model_fields[key].get_default(call_default_factory=True)
    if isinstance(default, str | Path | SecretStr):
        return value
    if isinstance(default, frozenset) and (found := ids(value)):
        return found
    parsed = _json(value)
    inner = _json(f'"{value}"') if isinstance(parsed, str) else None
    return _json(inner) if isinstance(inner, str) else parsed


def _json(value: str) -> object:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
