"""Values that cannot be meant, which the start refuses."""

import pytest

from bot.config import load
from bot.errors import ConfigError

SECRETS = {"DISCORD_TOKEN": "t", "OPENAI_API_KEY": "k"}


@pytest.mark.parametrize("path", ["", "/", ":memory:", "."])
def test_a_history_that_is_no_file_is_refused(path: str) -> None:
    """The configuration refuses a history that is no file: a folder, nothing, SQLite's memory."""
    with pytest.raises(ConfigError, match="history\\.path: must be the path of a file"):
        load(None, {**SECRETS, "PARLEY_HISTORY__PATH": path})


@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "OPENAI_API_KEY"])
@pytest.mark.parametrize("secret", ["sk-…", "two words", "line\nbreak"])
def test_a_secret_that_cannot_be_one_is_refused(name: str, secret: str) -> None:
    """The configuration refuses a secret with a character that no token or key has, and advises to copy it anew."""
    with pytest.raises(ConfigError, match="copy it anew"):
        load(None, {**SECRETS, name: secret})


def test_white_space_around_a_secret_does_not_count() -> None:
    """A secret loses the white space around it."""
    assert load(None, {**SECRETS, "OPENAI_API_KEY": " sk-x\n"}).model.api_key.get_secret_value() == "sk-x"


def test_an_underscore_too_few_is_named_and_foreign_names_are_not() -> None:
    """A variable of ours with an underscore too few is a problem; other variables that begin alike are none."""
    with pytest.raises(ConfigError) as caught:
        load(None, {**SECRETS, "PARLEY_HISTORY_PATH": "x.db", "PARLEY_SPECS": "elsewhere", "PARLEY": "1"})
    assert list(caught.value.problems) == ["PARLEY_HISTORY_PATH is not a setting: config.example.toml lists them all"]
