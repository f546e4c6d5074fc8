"""The invite link."""

import pytest

from bot.gateway.bot_permissions import NEEDED
from bot.gateway.invite import invite_link, is_public
from bot.gateway.login import logged_in
from tests.gateway.conftest import Town, settings_of


async def test_the_link_asks_for_what_the_bot_needs(town: Town) -> None:
    """The link names the application, both scopes, and exactly the permissions that the bot needs."""
    application = town.box.discord.application.id
    scopes = "bot+applications.commands"
    assert invite_link(town.client) == (
        f"https://discord.com/oauth2/authorize?client_id={application}&scope={scopes}&permissions={NEEDED.value}"
    )


@pytest.mark.parametrize("public", [True, False])
async def test_a_bot_is_as_public_as_its_application(town: Town, public: bool) -> None:
    """Whether anybody may add the bot is the application's setting at the login."""
    town.box.discord.application.bot_public = public
    async with logged_in(settings_of(town.box)) as client:
        assert is_public(client) is public
