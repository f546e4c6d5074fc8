"""`send_members` answers a client that asks for the members of a guild, in chunks of at most 1000.

Source: Discord's documentation, Gateway Events, "Request Guild Members" and "Guild Members Chunk". A request that is
not allowed gets no answer here; no document says what Discord does then.
"""

from bot.sandbox.discord.gateway.frames import is_integer
from bot.sandbox.discord.gateway.ready import guilds_of
from bot.sandbox.discord.gateway.sessions import Session
from bot.sandbox.discord.payloads.guilds import member_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.world.guilds import Guild, Member
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.world import World, snowflake
from bot.sandbox.wire import Json, as_list

CHUNK = 1000
MAX_FOUND = 100
MAX_NONCE = 32


def send_members(world: World, session: Session, body: Json) -> None:
    """Answer REQUEST_GUILD_MEMBERS with as many chunks as it takes."""
    guild = world.guilds.get(snowflake(body.get("guild_id")))
    if guild is None or guild.unavailable or guild not in guilds_of(world, session):
        return
    missing: list[str] = []
    if "user_ids" in body:
        found = _named(guild, body["user_ids"], missing)
    elif body.get("query") == "":
        if not session.intents & Intent.GUILD_MEMBERS:
            return
        found = list(guild.members.values())[: _limit(body) or None]
    else:
        found = _matching(guild, str(body.get("query")))[: _limit(body) or MAX_FOUND]
    _send(session, guild, found, missing, body)


def _send(session: Session, guild: Guild, found: list[Member], missing: list[str], body: Json) -> None:
    chunks = [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)] or [[]]
    nonce: object = body.get("nonce")
    for index, chunk in enumerate(chunks):
        shape: Json = {
            "guild_id": str(guild.id),
            "members": [member_payload(member) | {"user": user_payload(member.user)} for member in chunk],
            "chunk_index": index,
            "chunk_count": len(chunks),
            "not_found": missing,
        }
        if isinstance(nonce, str) and len(nonce.encode(errors="surrogatepass")) <= MAX_NONCE:
            shape["nonce"] = nonce
        session.dispatch("GUILD_MEMBERS_CHUNK", shape)


def _named(guild: Guild, wanted: object, missing: list[str]) -> list[Member]:
    ids = as_list(wanted)
    found: list[Member] = []
    for one in ([wanted] if ids is None else ids)[:MAX_FOUND]:
        member = guild.members.get(snowflake(one))
        if member is None:
            missing.append(str(one))
        else:
            found.append(member)
    return found


def _matching(guild: Guild, query: str) -> list[Member]:
    prefix = query.casefold()
    return [member for member in guild.members.values() if member.user.username.startswith(prefix)]


def _limit(body: Json) -> int:
    limit: object = body.get("limit", 0)
    return limit if is_integer(limit) and limit > 0 else 0
