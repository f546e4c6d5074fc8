"""The address of a model's server, and the credentials in it."""

from pathlib import Path

import pytest

from bot.config import load
from bot.config.addresses import Address, taken_apart
from bot.errors import ConfigError
from tests.config.conftest import SECRETS


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost:8080/v1", Address("http://localhost:8080/v1")),
        ("https://me:p%40ss@h.example:1/v1", Address("https://h.example:1/v1", "me:p@ss")),
        ("https://h.example/v1/?key=abc&v=", Address("https://h.example/v1", "", (("key", "abc"), ("v", "")))),
        ("http://u@[::1]:8080/v1#x", Address("http://[::1]:8080/v1", "u")),
    ],
)
def test_an_address_is_taken_apart(url: str, address: Address) -> None:
    """Credentials, query and fragment leave the address that may be shown, and no representation shows them."""
    assert taken_apart(url) == address
    assert "abc" not in repr(taken_apart(url))
    assert "p@ss" not in repr(taken_apart(url))


def test_settings_do_not_show_credentials() -> None:
    """No representation of the settings shows what the address holds."""
    settings = load(None, {"DISCORD_TOKEN": "t", "OPENAI_BASE_URL": "http://me:hunter2@h.example/v1?key=hunter3"})
    assert settings.model.address.credentials == "me:hunter2"
    assert "hunter" not in repr(settings)


def test_credentials_beside_a_key_are_refused(folder: Path) -> None:
    """A request has room for one of both, so the configuration says which two settings contradict, and shows neither."""
    with pytest.raises(ConfigError, match="base_url holds a user and a password, and api_key is set too") as refused:
        load(None, {**SECRETS, "OPENAI_BASE_URL": "http://me:hunter2@h.example/v1"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://me:hunter2@discord.example/api", "https://discord.example/api?key=hunter2"])
def test_discords_address_holds_no_credentials(url: str) -> None:
    """Discord has no place for credentials in its address, so the configuration refuses them unseen."""
    with pytest.raises(ConfigError) as refused:
        load(None, {**SECRETS, "PARLEY_DISCORD__API_BASE": url})
    assert refused.value.problems == ("discord.api_base: must hold no user, password, query or fragment",)
