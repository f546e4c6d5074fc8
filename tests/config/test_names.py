"""The names of settings, those of earlier releases among them."""

from pathlib import Path

from bot.config import load
from bot.config.names import NAMED, RENAMED, variable
from tests.config.conftest import KEYS, SECRETS, written


def test_every_key_has_a_variable() -> None:
    """A setting is `PARLEY_`, its section, two underscores and its key, in capitals."""
    assert variable("history.max_tokens") == "PARLEY_HISTORY__MAX_TOKENS"


def test_well_known_names_stand_for_settings() -> None:
    """Each well-known variable sets a key that there is."""
    assert set(NAMED.values()) <= set(KEYS)


def test_a_key_under_its_new_name_is_a_setting(folder: Path) -> None:
    """A renamed key sets the same thing under its new name."""
    assert load(written(folder, "[answers]\nmax_messages = 3\n"), SECRETS).answers.max_messages == 3
    assert load(None, {**SECRETS, "PARLEY_ANSWERS__MAX_MESSAGES": "2"}).answers.max_messages == 2
    paths = {f"{section}.{key}" for section, key in KEYS}
    assert set(RENAMED.values()) <= paths
    assert paths.isdisjoint(RENAMED)
