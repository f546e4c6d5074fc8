"""Commands as a person's client runs them: found, checked against what was registered, and written down.

Sources: Discord's documentation, Application Commands ("Permissions", "Contexts", "Autocomplete", "Age-Restricted
Commands"), and Threads, "Active & Archived Threads": no commands in an archived one.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from bot.sandbox.discord.payloads.resolved import Resolved
from bot.sandbox.discord.rest.rules.commands import CHAT_INPUT, MESSAGE, SUB_COMMAND, SUB_COMMAND_GROUP, USER, Commands
from bot.sandbox.discord.world.access import permissions_in, send_permission
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.guilds import Role
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.driver.surroundings import RefusedError
from bot.sandbox.wire import Json

_STRING, _INTEGER, _BOOLEAN, _NUMBER = 3, 4, 5, 10
_PLAIN: dict[int, type | tuple[type, ...]] = {_STRING: str, _INTEGER: int, _BOOLEAN: bool, _NUMBER: (int, float)}
_NAMED: dict[int, tuple[type, ...]] = {6: (User,), 7: (Channel,), 8: (Role,), 9: (User, Role)}
_IN_GUILD, _IN_BOT_DM = 0, 1


@dataclass
class CommandLine:
    """One command as a person runs it in a channel. `focused` is the option being typed, for suggestions."""

    world: World
    user: User
    channel: Channel
    focused: str | None = None
    focused_kind: int | None = None
    resolved: Resolved = field(init=False)

    def __post_init__(self) -> None:
        self.resolved = Resolved(self.world, self.channel, self.user)

    def asked(self, commands: Commands, line: str, values: dict[str, object]) -> Json:
        """Return the `data` of a slash command. Raises RefusedError as a client would refuse."""
        name, *path = line.removeprefix("/").split() or [""]
        command = self._found(commands, name, CHAT_INPUT)
        shape: Json = {}
        if options := self._options(line, command, path, values):
            shape["options"] = options
        return self._data(command) | shape

    def offered(self, commands: Commands) -> list[Json]:
        """Return the commands that this person's client shows here, of every type; a guild's own hide those of all."""
        guild_id = self.channel.guild.id if self.channel.guild else None
        shown: dict[tuple[str, int], Json] = {}
        for command in (one for scope in {guild_id, None} for one in commands.listed(scope)):
            key = (command["name"], int(command["type"]))
            with suppress(RefusedError):
                shown[key] = self._found(commands, *key)
        return list(shown.values())

    def aimed(self, commands: Commands, name: str, target: Message | User) -> Json:
        """Return the `data` of a context menu command on a message or a person. Raises RefusedError."""
        command = self._found(commands, name, MESSAGE if isinstance(target, Message) else USER)
        key = self.resolved.add(target)
        return self._data(command) | {"target_id": key}

    def _data(self, command: Json) -> Json:
        shape: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
        if self.resolved.payload:
            shape["resolved"] = self.resolved.payload
        return shape if "guild_id" not in command else shape | {"guild_id": command["guild_id"]}

    def _found(self, commands: Commands, name: str, kind: int) -> Json:
        guild_id = self.channel.guild.id if self.channel.guild else None
        command = commands.find(name, guild_id, kind)
        if command is None:
            known = sorted({one["name"] for scope in (guild_id, None) for one in commands.listed(scope)})
            raise RefusedError(f"there is no command /{name}; registered are {known}")
        self._check_rights(command)
        self._check_place(command)
        return command

    def _check_rights(self, command: Json) -> None:
        rights = permissions_in(self.channel, self.user)
        if not rights & Permission.USE_APPLICATION_COMMANDS:
            raise RefusedError(f"{self.user.name} may not use application commands here")
        if command["type"] == USER and not rights & send_permission(self.channel):
            raise RefusedError(f"{self.user.name} may not send messages here, which a user command needs")
        needed: object = command.get("default_member_permissions")
        if self.channel.guild is not None and needed is not None and not _holds(rights, int(str(needed))):
            raise RefusedError(f"{self.user.name} may not use /{command['name']}")

    def _check_place(self, command: Json) -> None:
        in_guild = self.channel.guild is not None
        contexts: list[int] | None = command.get("contexts")
        context = _IN_GUILD if in_guild else _IN_BOT_DM
        hidden = command.get("dm_permission") is False and not in_guild
        if hidden or (contexts is not None and context not in contexts):
            raise RefusedError(f"/{command['name']} does not exist {'in guilds' if in_guild else 'in direct messages'}")
        if self.channel.thread is not None and self.channel.thread.archived:
            raise RefusedError("there are no commands in an archived thread")
        if command.get("nsfw") and in_guild and not self.channel.base.nsfw:
            raise RefusedError(f"/{command['name']} is for age-restricted channels")

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
        missing = [one["name"] for one in declared if one.get("required") and one["name"] not in values]
        if missing and self.focused is None:
            raise RefusedError(f"/{line} needs {missing}")
        return [self._option(one, values[one["name"]]) for one in declared if one["name"] in values]

    def _option(self, declared: Json, value: object) -> Json:
        kind = int(declared["type"])
        shape: Json = {"name": declared["name"], "type": kind}
        if declared["name"] == self.focused:
            return shape | {"value": self._typed(declared, value), "focused": True}
        if kind in _PLAIN:
            if self.focused is None:  # while somebody types, the other options go along as they are ("Autocomplete")
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

    def _typed(self, declared: Json, value: object) -> object:
        if not declared.get("autocomplete"):
            raise RefusedError(f"option {declared['name']} has no suggestions")
        self.focused_kind = int(declared["type"])
        return value

    def _resolve(self, name: str, kind: int, value: object) -> str:
        if not isinstance(value, _NAMED.get(kind, ())):
            raise RefusedError(f"option {name} does not take {value!r}")
        return self.resolved.add(cast("User | Channel | Role", value))


def _holds(rights: Permission, needed: int) -> bool:
    """Tell whether somebody has all of these; none needed means that only administrators may."""
    return rights & needed == needed if needed else bool(rights & Permission.ADMINISTRATOR)
