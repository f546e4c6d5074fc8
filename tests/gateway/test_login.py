"""The login, and the words for what Discord refuses."""

from collections.abc import Mapping

import pytest
from pydantic import SecretStr

from bot.config import DiscordSettings
from bot.errors import DiscordError
from bot.gateway.login import logged_in
from tests.gateway.conftest import Town, settings_of
from tests.gateway.proxy import proxy


async def test_the_gateway_is_the_one_that_the_api_names(town: Town) -> None:
    """With an API base that is not Discord's own the client connects to the gateway that this API names."""
    async with town.online():
        await town.box.bot.connected()
    assert [call.template for call in town.box.discord.calls].count("/gateway/bot") == 1


async def test_a_wrong_token_is_called_that(town: Town) -> None:
    """A token that Discord does not know ends the login with where to copy the right one."""
    settings = settings_of(town.box).model_copy(update={"token": SecretStr("another")})
    with pytest.raises(DiscordError, match="refuses the token: copy it anew"):
        async with logged_in(settings):
            pass


@pytest.mark.parametrize(
    ("template", "words"),
    [("/users/@me", r"refuses a request at start \(status 403, code 40001\)"), ("/gateway/bot", "cannot be reached")],
)
async def test_a_refused_request_is_called_that(town: Town, template: str, words: str) -> None:
    """A request of the login that Discord refuses ends the login with an error for the operator."""
    town.box.discord.fails("GET", template, 403, code=40001)
    with pytest.raises(DiscordError, match=words):
        async with logged_in(settings_of(town.box)):
            pass


async def test_a_discord_that_cannot_be_reached_is_called_that(town: Town) -> None:
    """An API base where nothing listens ends the login with what to check."""
    settings = settings_of(town.box).model_copy(update={"api_base": "http://127.0.0.1:9/api/v10"})
    with pytest.raises(DiscordError, match=r"cannot be reached .* check the network"):
        async with logged_in(settings):
            pass


USER: dict[str, object] = {"id": "1", "username": "parley", "discriminator": "0", "avatar": None, "bot": True}
APPLICATION: dict[str, object] = {
    "id": "2",
    "name": "Parley",
    "icon": None,
    "description": "",
    "bot_public": True,
    "verify_key": "",
    "flags": 0,
    "bot_require_code_grant": False,
    "owner": USER,
}
GATEWAY: dict[str, object] = {"url": "ws://127.0.0.1:9", "shards": 1, "session_start_limit": {}}
ANSWERS: dict[str, object] = {"/users/@me": USER, "/oauth2/applications/@me": APPLICATION, "/gateway/bot": GATEWAY}


async def test_a_proxy_that_passes_on_discords_json_is_no_hindrance() -> None:
    """Discord's own answers, passed on as they are, log the bot in."""
    async with proxy(ANSWERS) as settings, logged_in(settings) as client:
        assert client.application_id == 2


JSON = "application/json"
UNREADABLE: list[tuple[dict[str, object], str]] = [
    ({}, "application/json; charset=utf-8"),
    ({}, "text/plain"),
    (dict.fromkeys(ANSWERS, "<!doctype html><p>Please log in</p>"), "text/html"),
    ({"/users/@me": "<!doctype html>"}, JSON),
    ({"/users/@me": ""}, JSON),
    ({"/users/@me": []}, JSON),
    ({"/users/@me": None}, JSON),
    ({"/users/@me": {"message": "hello"}}, JSON),
    ({"/users/@me": USER | {"id": "one"}}, JSON),
    ({"/users/@me": "[" * 100_000}, JSON),
    ({"/oauth2/applications/@me": {"id": "2"}}, JSON),
    ({"/oauth2/applications/@me": 5}, JSON),
    ({"/gateway/bot": {}}, JSON),
    ({"/gateway/bot": GATEWAY | {"url": None}}, JSON),
    ({"/gateway/bot": GATEWAY | {"url": "nowhere"}}, JSON),
]
"""Answers by path, and their content type."""


@pytest.mark.parametrize(("changed", "content_type"), UNREADABLE)
async def test_a_login_that_cannot_be_read_is_called_that(changed: Mapping[str, object], content_type: str) -> None:
    """An answer that is not Discord's JSON ends the login with an error that points at what stands before Discord."""
    async with proxy({**ANSWERS, **changed}, content_type) as settings:
        with pytest.raises(DiscordError, match=r"login cannot be read \(\w+\): check discord\.api_base; a proxy"):
            async with logged_in(settings):
                pass


async def test_a_proxy_that_the_bot_does_not_use_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Discord cannot be reached and the environment names a proxy, the error says that Discord is asked directly."""
    settings = DiscordSettings(token=SecretStr("t"), api_base="http://127.0.0.1:9/api/v10")
    monkeypatch.setenv("http_proxy", "http://hush:hush@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(DiscordError, match=r"not through the proxy proxy\.example:3128 that http_proxy names$"):
        async with logged_in(settings):
            pass
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(DiscordError, match=r"check the network and discord\.api_base$"):
        async with logged_in(settings):
            pass
