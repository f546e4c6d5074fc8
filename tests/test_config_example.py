"""The example configuration: complete, true, and with a reason beside each key."""

import re
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel, SecretStr

from bot.config import NAMED, PREFIX, Settings, load

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
SECRETS = {"DISCORD_TOKEN": "t", "OPENAI_API_KEY": "k"}
SECTIONS = {name: cast("type[BaseModel]", field.annotation) for name, field in Settings.model_fields.items()}
KEYS = [(section, key) for section, model in SECTIONS.items() for key in model.model_fields]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and an environment without a setting of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [*NAMED, *(f"{PREFIX}{section}__{key}".upper() for section, key in KEYS)]:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _example(*, with_secrets: bool) -> dict[str, Any]:
    text = EXAMPLE.read_text(encoding="utf-8")
    if with_secrets:
        text = re.sub(r'^# (\w+ = "")$', r"\1", text, flags=re.MULTILINE)
    return tomllib.loads(text)


def test_the_example_holds_every_key() -> None:
    """The example holds every key, in the order of the code."""
    example = _example(with_secrets=True)

    assert [(section, key) for section, table in example.items() for key in table] == KEYS


def test_the_example_says_the_defaults(folder: Path) -> None:
    """The example sets every key to its default."""
    assert load(EXAMPLE, SECRETS) == load(None, SECRETS)
    written_out = Settings.model_validate(_example(with_secrets=True))
    assert written_out == Settings()


def test_the_example_holds_no_secret() -> None:
    """The example sets no secret, not even to nothing."""
    example = _example(with_secrets=False)

    secrets = [
        (s, k) for s, model in SECTIONS.items() for k, f in model.model_fields.items() if f.annotation is SecretStr
    ]
    assert secrets == [("discord", "token"), ("model", "api_key")]
    assert not [(section, key) for section, key in secrets if key in example[section]]


def test_the_example_says_why_of_every_key() -> None:
    """The example has a sentence above each key."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    is_key = [re.match(r"(# )?[a-z_]+ = ", line) is not None for line in lines]

    assert sum(is_key) == len(KEYS)
    for number, key in enumerate(is_key):
        if key:
            assert re.match(r"# [A-Z].{15,}\.$", lines[number - 1]), lines[number]
            assert not is_key[number - 1]
