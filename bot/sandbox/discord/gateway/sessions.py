"""`Session` numbers and keeps the events of one shard, so that a client can resume after its connection broke.

Source: Discord's documentation, Gateway, "Resuming" and "Sharding". It says that a session without connection times out
"after a few minutes" and gives no figure, nor one for how many events are kept; both are chosen here.
"""

import secrets
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.wire import Json, as_object, dumps, loads
from bot.sandbox.witness import Witness

REPLAYABLE = 5_000
"""Events that a session keeps for a resume."""

LIFETIME = timedelta(minutes=3)
"""The time for which a session waits for a resume."""


class Carrier(Protocol):
    """A connection that takes a session's frames to its client."""

    def send(self, frame: bytes) -> None:
        """Queue a frame."""
        ...


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard: one of `count` equal parts of the bot's guilds."""

    number: int = 0
    count: int = 1

    def has(self, guild: Guild | None) -> bool:
        """Tell whether a guild's events come here. Events without a guild come to the first shard."""
        return self.number == (0 if guild is None else (guild.id >> 22) % self.count)


class Session:
    """A numbered stream of events for one shard of a bot, which outlives its connections."""

    def __init__(self, intents: Intent, witness: Witness, shard: Shard | None = None) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.shard = shard or Shard()
        self.sequence = 0
        self._witness = witness
        self._carrier: Carrier | None = None
        self._left_at: datetime | None = None
        self._sent: deque[tuple[int, bytes]] = deque(maxlen=REPLAYABLE)

    def attach(self, carrier: Carrier) -> None:
        """Let a connection carry it from now on."""
        self._carrier, self._left_at = carrier, None

    def detach(self, now: datetime) -> None:
        """Go on without a connection, until it is resumed or expires."""
        self._carrier, self._left_at = None, now

    def expired(self, now: datetime) -> bool:
        """Tell whether no client resumed it in time."""
        return self._left_at is not None and now - self._left_at > LIFETIME

    def dispatch(self, name: str, body: Json) -> None:
        """Number an event, keep it for a resume, and send it if there is a connection."""
        self._witness.told(name, body)
        self.sequence += 1
        frame = dumps({"op": 0, "d": body, "s": self.sequence, "t": name})
        self._sent.append((self.sequence, frame))
        if self._carrier:
            self._carrier.send(frame)

    def repeat(self, name: str, snowflake: int) -> bool:
        """Send the newest kept event of that name and id once more, as it was, under a new number; tell whether there is one."""
        for _, frame in reversed(self._sent):
            sent = as_object(loads(frame)) or {}
            body = as_object(sent["d"]) or {}
            if sent["t"] == name and body.get("id") == str(snowflake):
                self.dispatch(name, body)
                return True
        return False

    def missed(self, sequence: int) -> list[bytes] | None:
        """Return the frames that came after a sequence number; None if they are no longer kept."""
        oldest = self._sent[0][0] if self._sent else self.sequence + 1
        if sequence < oldest - 1:
            return None
        return [frame for number, frame in self._sent if number > sequence]
