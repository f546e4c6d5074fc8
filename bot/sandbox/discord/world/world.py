"""`World` keeps everything that exists on this Discord by id, and passes each event to its listeners.

It holds state and no rules. The rules in `rest.rules` change it; `gateway.events` announces each change through it.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from bot.sandbox.changes import Changes
from bot.sandbox.clock import Clock
from bot.sandbox.discord.world.application import Application
from bot.sandbox.discord.world.channels import Channel, Kind
from bot.sandbox.discord.world.errors import ApiError, unknown
from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.links import Links
from bot.sandbox.discord.world.messages import Attachment, Message
from bot.sandbox.discord.world.users import User
from bot.sandbox.snowflakes import MAX_SNOWFLAKE, Snowflakes
from bot.sandbox.wire import Json
from bot.sandbox.witness import Nobody, Witness

DEFAULT_UPLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes a file may have in a direct message or in a guild without boosts."""


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatch. A session needs one of `intents` to get it. `payload` writes it for the intents of a session.

    `guild` decides about the shard; an event without a guild goes to the first.
    """

    name: str
    intents: Intent
    payload: Callable[[Intent], Json]
    guild: Guild | None = None


class Listener(Protocol):
    """A receiver of events: the gateway, and the page that shows the sandbox to people."""

    def announce(self, event: Event) -> None:
        """Take an event."""
        ...


@dataclass(eq=False)
class World:
    """All state of one sandboxed Discord. `origin` is the server's address, known once it listens.

    Messages and uploads are kept while their channel or the world lasts, so both grow; `nonces` are the recent ones, the
    oldest first. `failures` are the sandbox's own mistakes, which `Sandbox` raises at its end.
    """

    clock: Clock
    ids: Snowflakes
    changes: Changes
    application: Application
    listeners: list[Listener] = field(default_factory=list[Listener])
    witness: Witness = field(default_factory=Nobody)
    failures: list[Exception] = field(default_factory=list[Exception])
    origin: str = ""
    upload_limit: int = DEFAULT_UPLOAD_LIMIT
    users: dict[int, User] = field(default_factory=dict[int, User])
    guilds: dict[int, Guild] = field(default_factory=dict[int, Guild])
    channels: dict[int, Channel] = field(default_factory=dict[int, Channel])
    history: dict[int, dict[int, Message]] = field(default_factory=dict[int, dict[int, Message]])
    uploads: dict[int, Attachment] = field(default_factory=dict[int, Attachment])
    nonce_lifetime: timedelta = timedelta(minutes=5)
    """The time for which a nonce is remembered: the documentation says "the past few minutes"."""
    links: Links = field(init=False)
    nonces: OrderedDict[tuple[int, str], Message] = field(default_factory=OrderedDict[tuple[int, str], Message])

    def __post_init__(self) -> None:
        self.links = Links(self.clock)

    @property
    def bot(self) -> User:
        """The bot's account."""
        return self.application.bot

    def announce(self, event: Event) -> None:
        """Give an event to every listener, and wake everyone who waits for a change."""
        for listener in self.listeners:
            listener.announce(event)
        self.changes.notify()

    def user(self, snowflake: int) -> User:
        """Return a user. Raises ApiError 10013."""
        if (found := self.users.get(snowflake)) is None:
            raise unknown("user")
        return found

    def guild(self, snowflake: int) -> Guild:
        """Return a guild that the bot is in. Raises ApiError 10004, or 500 in an outage."""
        found = self.guilds.get(snowflake)
        if found is None or self.bot.id not in found.members:
            raise unknown("guild")
        return _available(found)

    def channel(self, snowflake: int) -> Channel:
        """Return a channel, thread or direct message. Raises ApiError 10003, or 500 in an outage of its guild."""
        if (found := self.channels.get(snowflake)) is None:
            raise unknown("channel")
        if found.guild is not None:
            _available(found.guild)
        return found

    def message(self, channel: Channel, snowflake: int) -> Message:
        """Return a message of a channel, ephemeral ones included. Raises ApiError 10008."""
        if (found := self.history.get(channel.id, {}).get(snowflake)) is None:
            raise unknown("message")
        return found

    def messages(self, channel: Channel, *, seen_by: User | None = None) -> list[Message]:
        """Return a channel's messages, oldest first; ephemeral ones only for the user who sees them."""
        shown = self.history.get(channel.id, {}).values()
        return [message for message in shown if message.seen_by is None or message.seen_by is seen_by]

    def referenced(self, message: Message) -> Message | None:
        """Return the message that another one points to, if it still exists."""
        if message.reference is None:
            return None
        return self.history.get(message.reference.channel_id, {}).get(message.reference.message_id)

    def channels_of(self, guild: Guild) -> list[Channel]:
        """Return a guild's channels, threads excluded, in the order of their making."""
        return [channel for channel in self.channels.values() if channel.guild is guild and channel.thread is None]

    def threads_of(self, guild: Guild) -> list[Channel]:
        """Return a guild's threads that are not archived."""
        return [c for c in self.channels.values() if c.guild is guild and c.thread and not c.thread.archived]

    def direct(self, user: User) -> Channel:
        """Return the direct message channel of the bot and a user, made at the first call."""
        for channel in self.channels.values():
            if channel.kind is Kind.DM and user in channel.recipients:
                return channel
        channel = Channel(self.ids.next(), Kind.DM, recipients=[user, self.bot])
        self.channels[channel.id] = channel
        return channel


def _available(guild: Guild) -> Guild:
    """Return a guild, or refuse in an outage. No document gives this answer; it is that of Discord's server errors."""
    if guild.unavailable:
        raise ApiError(500, 0, "500: Internal Server Error")
    return guild


def snowflake(value: object) -> int:
    """Read an id from a path, a query or a JSON value; anything else is -1, which no object has."""
    try:
        number = int(str(value))
    except ValueError:
        return -1
    return number if 0 <= number <= MAX_SNOWFLAKE else -1
