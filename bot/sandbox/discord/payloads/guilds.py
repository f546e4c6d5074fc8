"""These functions write guilds, roles and members as JSON."""

from bot.sandbox.clock import stamp
from bot.sandbox.discord.world.access import permissions_in_guild
from bot.sandbox.discord.world.guilds import Guild, Member, Role
from bot.sandbox.discord.world.users import User
from bot.sandbox.wire import Json


def member_payload(member: Member) -> Json:
    """Write a member without its user, as message events have it."""
    return {
        "nick": member.nick,
        "avatar": None,
        "banner": None,
        "roles": [str(role.id) for role in member.roles],
        "joined_at": stamp(member.joined_at),
        "premium_since": stamp(member.boosts_since) if member.boosts_since else None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": stamp(member.timeout.until) if member.timeout else None,
    }


def role_payload(role: Role) -> Json:
    """Write a role."""
    shape: Json = {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(int(role.permissions)),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.bot_id is not None,
        "mentionable": role.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return shape if role.bot_id is None else shape | {"tags": {"bot_id": str(role.bot_id)}}


def guild_payload(guild: Guild) -> Json:
    """Write a guild as `GET /guilds/{guild_id}` does."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner.id),
        "roles": [role_payload(role) for role in guild.roles.values()],
        "premium_tier": guild.premium_tier,
        **_GUILD_CONSTANTS,
        "premium_subscription_count": guild.boosts,
        "system_channel_id": str(guild.system_channel_id) if guild.system_channel_id else None,
    }


def own_guild_payload(guild: Guild, user: User, *, counted: bool) -> Json:
    """Write a guild as `GET /users/@me/guilds` does; the counts are approximate on Discord."""
    shape: Json = {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": guild.owner is user,
        "permissions": str(int(permissions_in_guild(guild, guild.members[user.id]))),
        "features": [],
    }
    count = len(guild.members)
    return shape | {"approximate_member_count": count, "approximate_presence_count": count} if counted else shape


_GUILD_CONSTANTS: Json = {
    "icon": None,
    "description": None,
    "home_header": None,
    "splash": None,
    "discovery_splash": None,
    "banner": None,
    "features": [],
    "emojis": [],
    "stickers": [],
    "application_id": None,
    "region": "deprecated",
    "afk_channel_id": None,
    "afk_timeout": 300,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "widget_channel_id": None,
    "verification_level": 0,
    "default_message_notifications": 0,
    "mfa_level": 0,
    "explicit_content_filter": 0,
    "max_presences": None,
    "max_members": 500000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "vanity_url_code": None,
    "preferred_locale": "en-US",
    "rules_channel_id": None,
    "safety_alerts_channel_id": None,
    "public_updates_channel_id": None,
    "premium_progress_bar_enabled": False,
    "nsfw": False,
    "nsfw_level": 0,
    "incidents_data": None,
}
