"""The login, and the words for what Discord refuses."""

import pytest
from pydantic import SecretStr

from bot.errors import DiscordError
from bot.gateway.login import logged_in
from tests.gateway.conftest import Town, settings_of


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
