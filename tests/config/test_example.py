"""The example configuration: complete, true, and with a reason beside each key."""

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.config import Settings, load
from tests.config.conftest import KEYS, SECRETS, SECTIONS

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


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
    assert secrets == [("discord", "token"), ("model", "api_key"), ("transcription", "api_key")]
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
