"""Routes of the application: who the bot is, where its gateway is, which commands it has."""

from bot.sandbox.discord.commands import Commands
from bot.sandbox.discord.errors import InvalidFormError, unknown
from bot.sandbox.discord.gateway import Gateway
from bot.sandbox.discord.payloads import application_payload, guild_payload, member_payload, user_payload
from bot.sandbox.discord.reading import BAD_LIST
from bot.sandbox.discord.router import Call, Result, Route
from bot.sandbox.discord.world import World, snowflake
from bot.sandbox.wire import Json, as_list, as_object

_GLOBAL = "/applications/{application_id}/commands"
_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


class ApplicationRoutes:
    """Serves what belongs to the application as a whole."""

    def __init__(self, world: World, gateway: Gateway, commands: Commands) -> None:
        self._world = world
        self._gateway = gateway
        self._commands = commands

    def table(self) -> list[Route]:
        """Return the routes."""
        routes = [
            Route("GET", "/users/@me", self._me),
            Route("GET", "/users/{user_id}", self._user),
            Route("GET", "/applications/@me", self._application),
            Route("GET", "/oauth2/applications/@me", self._application),
            Route("GET", "/gateway", self._gateway_address, needs_token=False),
            Route("GET", "/gateway/bot", self._gateway_for_bots),
            Route("GET", "/guilds/{guild_id}", self._guild),
            Route("GET", "/guilds/{guild_id}/members/{user_id}", self._member),
        ]
        for base in (_GLOBAL, _GUILD):
            routes += [
                Route("GET", base, self._list),
                Route("PUT", base, self._overwrite),
                Route("POST", base, self._upsert, created=True),
                Route("GET", base + "/{command_id}", self._get),
                Route("DELETE", base + "/{command_id}", self._remove),
            ]
        return routes

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
        limit: Json = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return {"url": self._gateway.url, "shards": 1, "session_start_limit": limit}

    def _guild(self, call: Call) -> Result:
        return guild_payload(self._world.guild(call.id("guild_id")))

    def _member(self, call: Call) -> Result:
        member = self._world.guild(call.id("guild_id")).members.get(call.id("user_id"))
        if member is None:
            raise unknown("member")
        return member_payload(member) | {"user": user_payload(member.user)}

    def _scope(self, call: Call) -> int | None:
        if call.id("application_id") != self._world.application.id:
            raise unknown("application")
        return self._world.guild(call.id("guild_id")).id if "guild_id" in call.values else None

    def _list(self, call: Call) -> Result:
        return self._commands.listed(self._scope(call))

    def _get(self, call: Call) -> Result:
        return self._commands.get(self._scope(call), call.id("command_id"))

    def _overwrite(self, call: Call) -> Result:
        listed = as_list(call.body)
        if listed is None:
            raise InvalidFormError({"": BAD_LIST})
        return self._commands.overwrite(self._scope(call), [as_object(one) or {} for one in listed])

    def _upsert(self, call: Call) -> Result:
        return self._commands.upsert(self._scope(call), call.json)

    def _remove(self, call: Call) -> Result:
        self._commands.remove(self._scope(call), snowflake(call.values["command_id"]))
        return None
