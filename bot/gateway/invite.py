"""The invite link: the address that adds the bot to a server, and whether anybody may use it."""

import discord

from bot.gateway.bot_permissions import NEEDED


def invite_link(client: discord.Client) -> str:
    """Return the link that adds the bot to a server with exactly the permissions that it needs, once it is logged in."""
    return discord.utils.oauth_url(
        client.application_id or 0, permissions=NEEDED, scopes=("bot", "applications.commands")
    )


def is_public(client: discord.Client) -> bool:
    """Whether anybody may add the bot to a server and so spend its key, once it is logged in."""
    return client.application is not None and client.application.bot_public
