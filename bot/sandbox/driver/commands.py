"""Slash commands as a person's client runs them: found, checked against what was registered, and written down."""

from dataclasses import dataclass, field
from typing import cast

from bot.sandbox.discord.access import permissions_in
from bot.sandbox.discord.channels import Channel
from bot.sandbox.discord.commands import SUB_COMMAND, SUB_COMMAND_GROUP, Commands
from bot.sandbox.discord.guilds import Role
from bot.sandbox.discord.interaction_events import resolved_channel, resolved_role, resolved_user
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.users import User
from bot.sandbox.discord.world import World
from bot.sandbox.driver.surroundings import RefusedError
from bot.sandbox.wire import Json

_STRING, _INTEGER, _BOOLEAN, _NUMBER = 3, 4, 5, 10
_PLAIN: dict[int, type | tuple[type, ...]] = {_STRING: str, _INTEGER: int, _BOOLEAN: bool, _NUMBER: (int, float)}
_IN_GUILD, _IN_BOT_DM = 0, 1


@dataclass
class CommandLine:
    """One command as typed by a person in a channel."""

    world: World
    user: User
    channel: Channel
    resolved: Json = field(default_factory=Json)

    def asked(self, commands: Commands, line: str, values: dict[str, object]) -> Json:
        """Return the `data` of the interaction. Raises RefusedError as a client would refuse."""
        name, *path = line.removeprefix("/").split()
        guild_id = self.channel.guild.id if self.channel.guild else None
        command = commands.find(name, guild_id)
        if command is None:
            known = sorted({one["name"] for scope in (guild_id, None) for one in commands.listed(scope)})
            raise RefusedError(f"there is no command /{name}; registered are {known}")
        self._check_rights(command)
        shape: Json = {"id": command["id"], "name": name, "type": command["type"]}
        if options := self._options(line, command, path, values):
            shape["options"] = options
        if self.resolved:
            shape["resolved"] = self.resolved
        return shape if "guild_id" not in command else shape | {"guild_id": command["guild_id"]}

    def _check_rights(self, command: Json) -> None:
        rights = permissions_in(self.channel, self.user)
        if not rights & Permission.USE_APPLICATION_COMMANDS:
            raise RefusedError(f"{self.user.name} may not use application commands here")
        needed: object = command.get("default_member_permissions")
        in_guild = self.channel.guild is not None
        if in_guild and needed is not None and rights & int(str(needed)) != int(str(needed)):
            raise RefusedError(f"{self.user.name} may not use /{command['name']}")
        contexts: list[int] | None = command.get("contexts")
        context = _IN_GUILD if in_guild else _IN_BOT_DM
        hidden = command.get("dm_permission") is False and not in_guild
        if hidden or (contexts is not None and context not in contexts):
            raise RefusedError(f"/{command['name']} does not exist {'in guilds' if in_guild else 'in direct messages'}")

    def _options(self, line: str, holder: Json, path: list[str], values: dict[str, object]) -> list[Json]:
        declared: list[Json] = holder.get("options") or []
        subcommands = [one for one in declared if one["type"] in {SUB_COMMAND, SUB_COMMAND_GROUP}]
        if subcommands:
            chosen = next((one for one in subcommands if path and one["name"] == path[0]), None)
            if chosen is None:
                raise RefusedError(f"/{line} needs one of {[one['name'] for one in subcommands]}")
            inner = self._options(line, chosen, path[1:], values)
            return [{"name": chosen["name"], "type": chosen["type"], "options": inner}]
        if path:
            raise RefusedError(f"/{line}: there is no subcommand {path[0]}")
        if unknown := set(values) - {one["name"] for one in declared}:
            raise RefusedError(f"/{line} has no option {sorted(unknown)}; it has {[one['name'] for one in declared]}")
        if missing := [one["name"] for one in declared if one.get("required") and one["name"] not in values]:
            raise RefusedError(f"/{line} needs {missing}")
        return [self._option(one, values[one["name"]]) for one in declared if one["name"] in values]

    def _option(self, declared: Json, value: object) -> Json:
        kind = int(declared["type"])
        shape: Json = {"name": declared["name"], "type": kind}
        if kind in _PLAIN:
            self._check_plain(declared, value)
            return shape | {"value": value}
        return shape | {"value": str(self._resolve(declared["name"], kind, value))}

    def _check_plain(self, declared: Json, value: object) -> None:
        name, kind = declared["name"], int(declared["type"])
        if not isinstance(value, _PLAIN[kind]) or (isinstance(value, bool) and kind != _BOOLEAN):
            raise RefusedError(f"option {name} does not take {value!r}")
        choices: list[Json] = declared.get("choices") or []
        if choices and value not in [one["value"] for one in choices]:
            raise RefusedError(f"option {name} takes one of {[one['value'] for one in choices]}")
        size = len(value) if isinstance(value, str) else cast("float", value)
        low, high = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
        if size < declared.get(low, size) or size > declared.get(high, size):
            raise RefusedError(f"option {name}: {value!r} is out of its bounds")

    def _resolve(self, name: str, kind: int, value: object) -> int:
        match kind, value:
            case (6, User()):
                self.resolved |= resolved_user(self.channel.guild, value)
                return value.id
            case (7, Channel()):
                self.resolved |= resolved_channel(self.world, value, self.user)
                return value.id
            case (8, Role()) if self.channel.guild:
                self.resolved |= resolved_role(self.channel.guild, value.id)
                return value.id
            case _:
                raise RefusedError(f"option {name} does not take {value!r}")
