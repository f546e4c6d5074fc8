"""`CommandRoutes` serves the registration of commands, global ones and those of one guild."""

from bot.sandbox.discord.forms.reading import BAD_LIST, BAD_OBJECT
from bot.sandbox.discord.rest.calls import Call, Result, Route
from bot.sandbox.discord.rest.rules.commands import Commands
from bot.sandbox.discord.world.errors import InvalidFormError, unknown
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import as_list, as_object

_GLOBAL = "/applications/{application_id}/commands"
_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


class CommandRoutes:
    """Serves the registration of commands."""

    def __init__(self, world: World, commands: Commands) -> None:
        self._world = world
        self._commands = commands

    def table(self) -> list[Route]:
        """Return the routes."""
        routes: list[Route] = []
        for base in (_GLOBAL, _GUILD):
            routes += [
                Route("GET", base, self._list),
                Route("PUT", base, self._overwrite),
                Route("POST", base, self._upsert, created=True),
                Route("GET", base + "/{command_id}", self._get),
                Route("PATCH", base + "/{command_id}", self._edit),
                Route("DELETE", base + "/{command_id}", self._remove),
            ]
        return routes

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
        bodies = [as_object(one) for one in listed]
        if wrong := {str(index): BAD_OBJECT for index, one in enumerate(bodies) if one is None}:
            raise InvalidFormError(wrong)
        return self._commands.overwrite(self._scope(call), [one for one in bodies if one is not None])

    def _upsert(self, call: Call) -> Result:
        command, call.created = self._commands.upsert(self._scope(call), call.json)
        return command

    def _edit(self, call: Call) -> Result:
        return self._commands.edit(self._scope(call), call.id("command_id"), call.json)

    def _remove(self, call: Call) -> Result:
        self._commands.remove(self._scope(call), call.id("command_id"))
        return None
