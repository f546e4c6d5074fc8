"""A configuration as a draft, in which a command sets what it must."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.config import draft


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, False),
        ({"OPENAI_API_KEY": " "}, False),
        ({"OPENAI_BASE_URL": "https://api.openai.com/v1/"}, False),
        ({"OPENAI_API_KEY": "k"}, True),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, True),
        ({"PARLEY_MODEL__API_KEY": "k"}, True),
    ],
)
def test_a_draft_knows_whether_a_model_was_set_up(folder: Path, environ: Mapping[str, str], names: bool) -> None:
    """A draft names a model where it has a key or the address of a server that needs none."""
    assert draft(None, environ).names_a_model is names


def test_a_command_can_set_what_it_must_and_leave_the_rest(folder: Path) -> None:
    """A command replaces a whole section or one key of a draft, and everything else stays as it was found."""
    (folder / "config.toml").write_text(
        '[chat]\nsystem_prompt = "Arr."\n[access]\ndms = false\n[history]\npath = "mine.db"\nmax_tokens = 900\n'
    )
    found = draft(None, {"DISCORD_TOKEN": "mine"})
    assert found.sets("access")
    assert not found.sets("limits")
    found.replace("access")
    found.replace("discord", token="sandbox's")
    found.put("history", "path", Path("demo.db"))
    found.put("model", "api_key", "k")
    settings = found.settings()
    assert settings.access.dms
    assert settings.discord.token.get_secret_value() == "sandbox's"
    assert settings.history.path == Path("demo.db")
    assert (settings.history.max_tokens, settings.chat.system_prompt) == (900, "Arr.")
