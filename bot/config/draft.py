"""The configuration after it was read and before it is checked, so that a command can set some keys itself."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from bot.config import problems as words
from bot.config.cleaning import bare, base_of
from bot.config.model_tables import named_models, read_keys, reference_problems
from bot.config.models import DEFAULT, OPENAI_API, is_openai
from bot.config.personas import persona_problems, prompt_files, read_texts
from bot.config.settings import Settings
from bot.config.sources import CONFIG, Tables, put, read
from bot.errors import ConfigError

log = logging.getLogger(__name__)


def load(path: Path | None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the configuration, and log its notes. See `draft`. Raises ConfigError with every problem found."""
    found = draft(path, environ)
    settings = found.settings()
    found.log_notes()
    return settings


def draft(path: Path | None, environ: Mapping[str, str] | None = None) -> "Draft":
    """Read the configuration. `Draft.settings` reports the problems.

    `path` is a TOML file that must exist; None means `./config.toml` if it exists. `environ` defaults to the process's
    environment, which overrides `./.env`.
    """
    tables, variables, problems = read(path, environ)
    folder = (path or CONFIG).parent
    return Draft(tables, [*problems, *read_keys(tables, variables), *read_texts(tables, folder)])


class Draft:
    """Settings as they were read, not checked yet."""

    def __init__(self, tables: Tables, problems: Sequence[str]) -> None:
        self._tables = tables
        self._problems = problems

    @property
    def names_a_model(self) -> bool:
        """Whether a model is configured: a key, or a server that needs none, which is any server but OpenAI's."""
        return bool(self._text("model", "api_key")) or not is_openai(self._text("model", "base_url") or OPENAI_API)

    @property
    def prompt_files(self) -> list[str]:
        """The files from which system prompts are read, as they are named."""
        return prompt_files(self._tables)

    @property
    def notes(self) -> list[str]:
        """A line for each value that is used otherwise than it was written. Read it after `settings`, which reports errors."""
        _, path = base_of(self._text("model", "base_url"))
        return [words.pasted(path)] if path else []

    def log_notes(self) -> None:
        """Log the notes as warnings."""
        for note in self.notes:
            log.warning("%s", note)

    def sets(self, section: str) -> bool:
        """Return whether any source sets something in the section."""
        return bool(self._tables.get(section))

    def put(self, section: str, key: str, value: object) -> None:
        """Set one key, and replace the value that was read for it."""
        put(self._tables, section, key, value)

    def replace(self, section: str, **values: object) -> None:
        """Replace a section by these values. All its other keys get their defaults."""
        self._tables[section] = values

    def settings(self) -> Settings:
        """Check the configuration and return the settings. Raises ConfigError with every problem found."""
        models = frozenset((DEFAULT, *named_models(self._tables)))
        problems = [*self._problems, *reference_problems(self._tables), *persona_problems(self._tables, models)]
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
        """Return a line for each missing secret. It reads the raw tables, so that it also works when other settings are wrong."""
        missing: list[str] = []
        if not self._text("discord", "token"):
            missing.append(words.DISCORD_MISSING)
        if not self.names_a_model:
            missing.append(words.MODEL_MISSING)
        return missing

    def _text(self, section: str, key: str) -> str:
        """Return a raw value as text without white space and quotes around it, or an empty string when there is none."""
        table = self._tables.get(section)
        return bare(str(cast("Tables", table).get(key, ""))) if isinstance(table, dict) else ""
