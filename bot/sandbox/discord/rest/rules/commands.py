"""`Commands` registers the application's commands, and finds the command that a person runs.

Sources: Discord's documentation, Application Commands ("Registering a Command": how many, unique names, 200 creates a
day and guild; "Endpoints"). That the day is the last 24 hours is an assumption: no document says when it begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.sandbox.clock import Clock
from bot.sandbox.discord.forms.commands import CHAT_INPUT, MESSAGE, SUB_COMMAND, SUB_COMMAND_GROUP, USER, check_command
from bot.sandbox.discord.forms.reading import Reader
from bot.sandbox.discord.world.errors import ApiError, unknown
from bot.sandbox.snowflakes import Snowflakes
from bot.sandbox.wire import Json

__all__ = ["CHAT_INPUT", "MESSAGE", "SUB_COMMAND", "SUB_COMMAND_GROUP", "USER", "Commands"]

MOST = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
"""The most commands of each type that an application has in one scope."""

_DUPLICATE = ("APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
_WRITABLE = frozenset(
    {
        *("name", "name_localizations", "description", "description_localizations", "options", "type"),
        *("default_member_permissions", "dm_permission", "contexts", "integration_types", "nsfw"),
    }
)


@dataclass(eq=False)
class Commands:
    """The application's commands: global ones under None, a guild's under its id. `daily_creates` is Discord's quota."""

    application_id: int
    ids: Snowflakes
    clock: Clock
    daily_creates: int = 200
    registered: dict[int | None, dict[int, Json]] = field(default_factory=dict[int | None, dict[int, Json]])
    _created: dict[int | None, list[datetime]] = field(default_factory=dict[int | None, list[datetime]])

    def listed(self, guild_id: int | None) -> list[Json]:
        """Return the commands of one scope."""
        return list(self.registered.get(guild_id, {}).values())

    def get(self, guild_id: int | None, command_id: int) -> Json:
        """Return one command. Raises ApiError 10063."""
        if (found := self.registered.get(guild_id, {}).get(command_id)) is None:
            raise unknown("application command")
        return found

    def overwrite(self, guild_id: int | None, bodies: list[Json]) -> list[Json]:
        """Replace all commands of one scope; those of the same name and type keep their id. Raises ApiError."""
        _check_all(bodies)
        _check_count(bodies)
        before = {_key(command): command for command in self.listed(guild_id)}
        self._spend(guild_id, sum(_key(body) not in before for body in bodies))
        commands = [self._stored(guild_id, body, before.get(_key(body))) for body in bodies]
        self.registered[guild_id] = {int(command["id"]): command for command in commands}
        return commands

    def upsert(self, guild_id: int | None, body: Json) -> tuple[Json, bool]:
        """Create a command, or replace the one of its name and type; tell whether it is new. Raises ApiError."""
        _check_one(body)
        before = self._named(guild_id, body)
        if before is None:
            _check_count([*self.listed(guild_id), body])
            self._spend(guild_id, 1)
        command = self._stored(guild_id, body, before)
        self.registered.setdefault(guild_id, {})[int(command["id"])] = command
        return command, before is None

    def edit(self, guild_id: int | None, command_id: int, body: Json) -> Json:
        """Change some fields of a command. Raises ApiError, 40041 if another one has its new name."""
        before = self.get(guild_id, command_id)
        whole = {key: value for key, value in before.items() if key in _WRITABLE} | body | {"type": before["type"]}
        _check_one(whole)
        if (other := self._named(guild_id, whole)) is not None and other is not before:
            raise ApiError(400, 40041, "An application command with that name already exists")
        self.registered[guild_id][command_id] = command = self._stored(guild_id, whole, before)
        return command

    def remove(self, guild_id: int | None, command_id: int) -> None:
        """Delete one command. Raises ApiError 10063."""
        self.get(guild_id, command_id)
        del self.registered[guild_id][command_id]

    def find(self, name: str, guild_id: int | None, kind: int = CHAT_INPUT) -> Json | None:
        """Return the command that a person gets under this name; a guild's own comes first."""
        for command in self._offered(guild_id):
            if command["name"] == name and command["type"] == kind:
                return command
        return None

    def _offered(self, guild_id: int | None) -> Iterator[Json]:
        if guild_id is not None:
            yield from self.listed(guild_id)
        yield from self.listed(None)

    def _named(self, guild_id: int | None, body: Json) -> Json | None:
        return next((one for one in self.listed(guild_id) if _key(one) == _key(body)), None)

    def _spend(self, guild_id: int | None, count: int) -> None:
        """Count creations against the day's quota. Raises ApiError 30034."""
        now = self.clock.now()
        recent = [moment for moment in self._created.get(guild_id, []) if now - moment < timedelta(days=1)]
        if len(recent) + count > self.daily_creates and count:
            text = f"Max number of daily application command creates has been reached ({self.daily_creates})"
            raise ApiError(400, 30034, text)
        self._created[guild_id] = recent + [now] * count

    def _stored(self, guild_id: int | None, body: Json, before: Json | None) -> Json:
        """Write a command down; one that did not change keeps its version."""
        permissions: object = body.get("default_member_permissions")
        command: Json = {
            "id": before["id"] if before else str(self.ids.next()),
            "application_id": str(self.application_id),
            "version": before["version"] if before else str(self.ids.next()),
            "name_localizations": None,
            "description_localizations": None,
            "nsfw": False,
            "contexts": None,
            "integration_types": [0],
            **{key: value for key, value in body.items() if key in _WRITABLE and value is not None},
            "type": int(body.get("type") or CHAT_INPUT),
            "description": body.get("description") or "",
            "default_member_permissions": None if permissions is None else str(permissions),
        }
        if guild_id is not None:
            command["guild_id"] = str(guild_id)
        else:
            command.setdefault("dm_permission", True)
        return command if before is None or command == before else command | {"version": str(self.ids.next())}


def _key(command: Json) -> tuple[str, int]:
    return command["name"], int(command.get("type") or CHAT_INPUT)


def _check_one(body: Json) -> None:
    reader = Reader(body)
    check_command(reader)
    reader.done()


def _check_all(bodies: list[Json]) -> None:
    errors: dict[str, tuple[str, str]] = {}
    names: list[tuple[object, object]] = []
    for index, body in enumerate(bodies):
        reader = Reader(body, str(index), errors)
        check_command(reader)
        name = (body.get("name"), body.get("type") or CHAT_INPUT)
        if name in names:
            reader.wrong("", _DUPLICATE)
        names.append(name)
    Reader({}, errors=errors).done()


def _check_count(bodies: list[Json]) -> None:
    for kind, most in MOST.items():
        if sum(int(body.get("type") or CHAT_INPUT) == kind for body in bodies) > most:
            raise ApiError(400, 30032, f"Maximum number of application commands reached ({most}).")
