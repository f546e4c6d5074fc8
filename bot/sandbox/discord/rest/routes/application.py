"""`ApplicationRoutes` serves the bot's account, its application, its guilds and the address of the gateway."""

import math

from bot.sandbox.discord.gateway.gateway import Gateway
from bot.sandbox.discord.payloads.application import application_payload
from bot.sandbox.discord.payloads.guilds import guild_payload, member_payload, own_guild_payload, role_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.rest.calls import Call, Result, Route
from bot.sandbox.discord.world.errors import unknown
from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import Json

MAX_GUILDS = 200


class ApplicationRoutes:
    """Serves the application, the bot's guilds and the address of the gateway."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    def table(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("GET", "/users/@me", self._me),
            Route("GET", "/users/@me/guilds", self._guilds),
            Route("GET", "/users/{user_id}", self._user),
            Route("GET", "/applications/@me", self._application),
            Route("GET", "/oauth2/applications/@me", self._application),
            Route("GET", "/gateway", self._gateway_address, needs_token=False),
            Route("GET", "/gateway/bot", self._gateway_for_bots),
            Route("GET", "/guilds/{guild_id}", self._guild),
            Route("GET", "/guilds/{guild_id}/roles", self._roles),
            Route("GET", "/guilds/{guild_id}/members/{user_id}", self._member),
        ]

    def _me(self, call: Call) -> Result:
        del call
        private: Json = {"mfa_enabled": False, "locale": "en-US", "email": None, "verified": True}
        return user_payload(self._world.bot) | private

    def _user(self, call: Call) -> Result:
        return user_payload(self._world.user(call.id("user_id")))

    def _application(self, call: Call) -> Result:
        del call
        return application_payload(self._world.application, len(self._world.guilds))

    def _gateway_address(self, call: Call) -> Result:
        del call
        return {"url": self._gateway.url}

    def _gateway_for_bots(self, call: Call) -> Result:
        del call
        shards = max(1, math.ceil(len(self._mine()) / self._gateway.max_guilds))
        limit = self._gateway.starts.payload() | {"max_concurrency": self._gateway.max_concurrency or 1}
        return {"url": self._gateway.url, "shards": shards, "session_start_limit": limit}

    def _mine(self) -> list[Guild]:
        return [guild for guild in self._world.guilds.values() if self._world.bot.id in guild.members]

    def _guild(self, call: Call) -> Result:
        return guild_payload(self._world.guild(call.id("guild_id")))

    def _guilds(self, call: Call) -> Result:
        limit = call.asked_count("limit", MAX_GUILDS, MAX_GUILDS)
        before, after = call.asked_id("before"), call.asked_id("after")
        counted = call.query.get("with_counts") in {"1", "true", "True"}
        mine = self._mine()
        if before is not None:
            mine = [guild for guild in mine if guild.id < before][-limit:]
        elif after is not None:
            mine = [guild for guild in mine if guild.id > after]
        return [own_guild_payload(guild, self._world.bot, counted=counted) for guild in mine[:limit]]

    def _roles(self, call: Call) -> Result:
        return [role_payload(role) for role in self._world.guild(call.id("guild_id")).roles.values()]

    def _member(self, call: Call) -> Result:
        member = self._world.guild(call.id("guild_id")).members.get(call.id("user_id"))
        if member is None:
            raise unknown("member")
        return member_payload(member) | {"user": user_payload(member.user)}
