"""`application_payload` writes the application as JSON."""

from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.application import Application
from bot.sandbox.discord.world.team import Team
from bot.sandbox.discord.world.users import User
from bot.sandbox.wire import Json


def application_payload(application: Application, guild_count: int) -> Json:
    """Write the application as its own bot sees it. Where a team owns it, `owner` is a stand-in with the team's id."""
    team = application.team
    owner = application.owner if team is None else User(team.id, f"team{team.id}")
    return {
        "id": str(application.id),
        "name": application.name,
        "icon": None,
        "description": application.description,
        "type": None,
        "bot": user_payload(application.bot),
        "bot_public": application.bot_public,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": application.flags,
        "flags_new": str(application.flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_payload(owner),
        "approximate_guild_count": guild_count,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None if team is None else _team(team),
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
    }


def _team(team: Team) -> Json:
    members = [
        {
            "membership_state": 2,
            "team_id": str(team.id),
            "user": user_payload(user),
            "role": "admin" if user is team.owner else "developer",
            "permissions": ["*"],
        }
        for user in (team.owner, *team.members)
    ]
    return {
        "id": str(team.id),
        "icon": None,
        "name": team.name,
        "owner_user_id": str(team.owner.id),
        "members": members,
    }
