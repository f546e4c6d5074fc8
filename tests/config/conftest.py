"""The keys that there are, and a folder to try a configuration in."""

from pathlib import Path
from typing import cast

import pytest
from pydantic import BaseModel

from bot.config.models import chain
from bot.config.names import NAMED, TABLES_OF_TABLES, variable
from bot.config.settings import Settings

SECRETS = {"DISCORD_TOKEN": "t", "OPENAI_API_KEY": "k"}
SECTIONS = {
    name: cast("type[BaseModel]", field.annotation)
    for name, field in Settings.model_fields.items()
    if name not in TABLES_OF_TABLES
}
KEYS = [(section, key) for section, model in SECTIONS.items() for key in model.model_fields]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and an environment without a setting of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [*NAMED, *(variable(f"{section}.{key}") for section, key in KEYS)]:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def chain_of(settings: Settings, name: str) -> tuple[str, ...]:
    """A model and those that answer in its place."""
    return chain(name, {one: settings.model_of(one).fallbacks for one in settings.model_names})


def written(folder: Path, text: str) -> Path:
    """A TOML file."""
    path = folder / "some.toml"
    path.write_text(text, encoding="utf-8")
    return path
