"""The configuration between reading and checking, where a command can still set what it must."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from bot.config import problems as words
from bot.config.settings import OPENAI_API, Settings, is_openai
from bot.config.sources import Tables, put, read
from bot.errors import ConfigError


def load(path: Path | None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the configuration; see `draft`. Raises ConfigError with every problem found."""
    return draft(path, environ).settings()


def draft(path: Path | None, environ: Mapping[str, str] | None = None) -> "Draft":
    """Read the configuration.

    `path` is a TOML file that must exist; None takes `./config.toml` where there is one. `environ` defaults to the
    process's environment with `./.env` beneath it.
    """
    tables, problems = read(path, environ)
    return Draft(tables, problems)


class Draft:
    """Settings as they were found, not checked yet, so that a command can set some of them itself."""

    def __init__(self, tables: Tables, problems: Sequence[str]) -> None:
        self._tables = tables
        self._problems = problems

    @property
    def names_a_model(self) -> bool:
        """Whether a model was set up: a key, or a server that needs none."""
        return bool(self._text("model", "api_key")) or not is_openai(self._text("model", "base_url") or OPENAI_API)

    def sets(self, section: str) -> bool:
        """Whether anything was found for a section."""
        return bool(self._tables.get(section))

    def put(self, section: str, key: str, value: object) -> None:
        """Set one key, whatever was found for it."""
        put(self._tables, section, key, value)

    def replace(self, section: str, **values: object) -> None:
        """Let a section be these values and defaults, whatever was found there."""
        self._tables[section] = values

    def settings(self) -> Settings:
        """Check everything. Raises ConfigError with every problem found."""
        problems = list(self._problems)
        settings = None
        try:
            settings = Settings.model_validate(self._tables)
        except ValidationError as error:
            problems += words.invalid(error)
        problems += self._missing()
        if settings is None or problems:
            raise ConfigError(problems)
        return settings

    def _missing(self) -> list[str]:
        """A line for each secret that nobody set; asked of the raw tables, so that it is known beside other problems."""
        missing: list[str] = []
        if not self._text("discord", "token"):
            missing.append(words.DISCORD_MISSING)
        if not self.names_a_model:
            missing.append(words.MODEL_MISSING)
        return missing

    def _text(self, section: str, key: str) -> str:
        """A value as it was found, without white space around it; empty where there is none."""
        table = self._tables.get(section)
        return str(cast("Tables", table).get(key, "")).strip() if isinstance(table, dict) else ""
