"""The sources of settings, laid over each other key by key: a TOML file, above it `.env`, above that the environment.

A setting is `[section] key = …` in TOML and `PARLEY_SECTION__KEY` in the environment; three have a well-known name as well
(`names.NAMED`). The tables that come out are not checked yet.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from dotenv import dotenv_values
from pydantic import SecretStr

from bot.config import problems as words
from bot.config.names import NAMED, PREFIX
from bot.config.settings import Section, Settings

Tables = dict[str, Any]
"""Raw settings: a table of keys for each section, unless the file has something else there."""


def read(path: Path | None, environ: Mapping[str, str] | None) -> tuple[Tables, list[str]]:
    """Read all sources; returns what they set and the problems met on the way. See `draft.draft` for the arguments."""
    problems: list[str] = []
    tables = _toml(path, problems)
    for layer in [_dotenv(Path(".env"), problems), os.environ] if environ is None else [environ]:
        _lay_over(tables, layer, problems)
    return tables, problems


def put(tables: Tables, section: str, key: str, value: object) -> None:
    """Set one key. A section that is no table stays as it is, because the validation shall report it."""
    table = tables.setdefault(section, {})
    if isinstance(table, dict):
        cast("Tables", table)[key] = value


def _toml(path: Path | None, problems: list[str]) -> Tables:
    file = path or Path("config.toml")
    if path is None and not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(words.toml_unreadable(file, error))
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, or a number of thousands of digits
        problems.append(words.toml_invalid(file, error))
    return {}


def _dotenv(path: Path, problems: list[str]) -> dict[str, str]:
    try:
        return {key: value for key, value in dotenv_values(path, interpolate=False).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(words.dotenv_unreadable(path, error))
    return {}


def _lay_over(tables: Tables, environ: Mapping[str, str], problems: list[str]) -> None:
    """Lay variables over the tables: the well-known names first, the precise `PARLEY_…` above them."""
    for name, (section, key) in NAMED.items():
        if environ.get(name):
            put(tables, section, key, environ[name])
    for name, value in environ.items():
        if not name.upper().startswith(PREFIX):
            continue
        section, separator, key = name.upper().removeprefix(PREFIX).lower().partition("__")
        if not separator and section.partition("_")[0] not in Settings.model_fields:
            continue  # no setting at all, nor one with an underscore too few
        if not _is_setting(section, key):
            problems.append(words.unknown_variable(name, f"{section}.{key}"))
            continue
        put(tables, section, key, _parsed(section, key, value))


def _is_setting(section: str, key: str) -> bool:
    return section in Settings.model_fields and key in _keys(section).model_fields


def _keys(section: str) -> type[Section]:
    return cast("type[Section]", Settings.model_fields[section].annotation)


def _parsed(section: str, key: str, value: str) -> object:
    """A value from the environment: text and paths as they stand, all else as JSON."""
    default = _keys(section).model_fields[key].get_default(call_default_factory=True)
    if isinstance(default, str | Path | SecretStr):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
