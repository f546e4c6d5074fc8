"""`read_identity` reads IDENTIFY, and refuses a client whose token, properties, intents or shard are wrong.

Source: Discord's documentation, Gateway Events, "Identify"; Gateway, "List of Intents", "Sharding". No document gives
the order of these checks.
"""

from dataclasses import dataclass

from bot.sandbox.discord.gateway.frames import is_integer
from bot.sandbox.discord.gateway.opcodes import Closing, ClosingError
from bot.sandbox.discord.gateway.sessions import Shard
from bot.sandbox.discord.world.application import Application
from bot.sandbox.discord.world.intents import DOCUMENTED, PRIVILEGED, Intent
from bot.sandbox.wire import Json, as_list, as_object

_PROPERTIES = ("os", "browser", "device")


@dataclass(frozen=True, slots=True)
class Identity:
    """A client that may start a session. `shard` is None if it named none."""

    intents: Intent
    shard: Shard | None


def read_identity(application: Application, body: Json) -> Identity:
    """Read IDENTIFY. Raises ClosingError 4002, 4004, 4010, 4013 or 4014."""
    properties = as_object(body.get("properties"))
    if properties is None or not all(_names(properties, key) for key in _PROPERTIES):
        raise ClosingError(Closing.DECODE_ERROR)
    if body.get("token") != application.token:
        raise ClosingError(Closing.AUTHENTICATION_FAILED)
    shard = _shard(body["shard"]) if "shard" in body else None
    return Identity(_intents(application, body.get("intents")), shard)


def _names(properties: Json, key: str) -> bool:
    """The old names, with a dollar, still work."""
    return isinstance(properties.get(key, properties.get(f"${key}")), str)


def _shard(value: object) -> Shard:
    match as_list(value):
        case [number, count] if is_integer(number) and is_integer(count) and 0 <= number < count:
            return Shard(number, count)
        case _:
            raise ClosingError(Closing.INVALID_SHARD)


def _intents(application: Application, value: object) -> Intent:
    if not is_integer(value) or value & ~DOCUMENTED:
        raise ClosingError(Closing.INVALID_INTENTS)
    intents = Intent(value)
    if intents & PRIVILEGED & ~application.privileged:
        raise ClosingError(Closing.DISALLOWED_INTENTS)
    return intents
