"""`interaction_payload` writes an interaction as JSON: the person, the place, and the permissions of person and bot."""

from bot.sandbox.discord.payloads.channels import channel_payload
from bot.sandbox.discord.payloads.guilds import member_payload
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.access import permissions_in
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.interactions import Interaction
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.uploads import upload_limit
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import Json

_IN_GUILD, _IN_DM = 0, 1

_APP_IN_DM = (
    Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE | Permission.USE_EXTERNAL_EMOJIS
)
"""The `app_permissions` in a direct message (Receiving and Responding, "Interaction Structure")."""


def interaction_payload(world: World, interaction: Interaction) -> Json:
    """Write an interaction as the gateway carries it."""
    channel, user = interaction.channel, interaction.user
    shape: Json = {
        "id": str(interaction.id),
        "application_id": str(world.application.id),
        "type": int(interaction.type),
        "token": interaction.token,
        "version": 1,
        "data": interaction.asked,
        "channel_id": str(channel.id),
        "channel": channel_payload(channel, world.bot) | {"permissions": _rights(channel, user)},
        "app_permissions": str(int(_APP_IN_DM)) if channel.guild is None else _rights(channel, world.bot),
        "locale": "en-US",
        "entitlements": [],
        "attachment_size_limit": upload_limit(world, channel.guild),
        "authorizing_integration_owners": {"0": str(channel.guild.id) if channel.guild else "0"},
        "context": _IN_DM if channel.guild is None else _IN_GUILD,
    }
    if interaction.on is not None:
        shape["message"] = message_payload(world, interaction.on, Intent.MESSAGE_CONTENT)
    if channel.guild is None:
        return shape | {"user": user_payload(user)}
    member = member_payload(channel.guild.members[user.id])
    return shape | {
        "guild_id": str(channel.guild.id),
        "guild_locale": "en-US",
        "guild": {"id": str(channel.guild.id), "locale": "en-US", "features": []},
        "member": member | {"user": user_payload(user), "permissions": _rights(channel, user)},
    }


def _rights(channel: Channel, user: User) -> str:
    return str(int(permissions_in(channel, user)))
