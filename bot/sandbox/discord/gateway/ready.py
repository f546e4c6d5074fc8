"""`welcome` sends a new session READY and the guilds of its shard.

Source: Discord's documentation, Gateway Events, "Ready" and "Guild Create": READY lists the shard's guilds as
unavailable, each becomes available by GUILD_CREATE or, in an outage, stays away with GUILD_DELETE.
"""

from bot.sandbox.discord.gateway.events import guild_create_payload
from bot.sandbox.discord.gateway.sessions import Session
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import Json


def guilds_of(world: World, session: Session) -> list[Guild]:
    """Return the bot's guilds whose events go to the session's shard."""
    return [one for one in world.guilds.values() if world.bot.id in one.members and session.shard.has(one)]


def welcome(world: World, session: Session, url: str, *, names_shard: bool) -> None:
    """Send READY and the guilds. `url` is the address at which to resume."""
    guilds = guilds_of(world, session)
    shape = _ready_payload(world, session, guilds, url)
    if names_shard:
        shape["shard"] = [session.shard.number, session.shard.count]
    session.dispatch("READY", shape)
    if not session.intents & Intent.GUILDS:
        return
    for guild in guilds:
        if guild.unavailable:
            session.dispatch("GUILD_DELETE", {"id": str(guild.id), "unavailable": True})
        else:
            session.dispatch(
                "GUILD_CREATE", guild_create_payload(world, guild, session.intents) | {"unavailable": False}
            )


def _ready_payload(world: World, session: Session, guilds: list[Guild], url: str) -> Json:
    application = world.application
    return {
        "v": 10,
        "user": user_payload(application.bot) | {"mfa_enabled": False, "verified": True, "email": None},
        "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
        "session_id": session.id,
        "resume_gateway_url": url,
        "application": {"id": str(application.id), "flags": application.flags},
    }
