"""Routes of channels and threads, and of the direct messages that the bot opens."""

from bot.sandbox.discord import events, membership, threads
from bot.sandbox.discord.channel_payloads import channel_payload, thread_member_payload
from bot.sandbox.discord.channels import THREADS, Channel, Kind
from bot.sandbox.discord.errors import ApiError, InvalidFormError, unknown
from bot.sandbox.discord.guard import demand, seen_channel
from bot.sandbox.discord.messages import MessageFlag
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.reading import REQUIRED, Reader
from bot.sandbox.discord.router import Call, Result, Route
from bot.sandbox.discord.world import World, snowflake
from bot.sandbox.wire import Json

_CHANNEL = "/channels/{channel_id}"
_MEMBERS = "/channels/{channel_id}/thread-members"
MAX_NAME = 100


class ChannelRoutes:
    """Serves channels, threads and direct messages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("GET", _CHANNEL, self._get),
            Route("PATCH", _CHANNEL, self._rename),
            Route("POST", "/users/@me/channels", self._open_direct),
            Route("GET", "/guilds/{guild_id}/channels", self._list),
            Route("GET", "/guilds/{guild_id}/threads/active", self._active),
            Route("POST", "/channels/{channel_id}/messages/{message_id}/threads", self._open_on_message, created=True),
            Route("POST", "/channels/{channel_id}/threads", self._open_thread, created=True),
            Route("GET", _MEMBERS, self._members),
            Route("PUT", _MEMBERS + "/@me", self._join),
            Route("DELETE", _MEMBERS + "/@me", self._leave),
            Route("PUT", _MEMBERS + "/{user_id}", self._add),
        ]

    def _get(self, call: Call) -> Result:
        return channel_payload(seen_channel(self._world, call.id("channel_id")), self._world.bot)

    def _rename(self, call: Call) -> Result:
        channel = seen_channel(self._world, call.id("channel_id"))
        owns = channel.thread is not None and channel.thread.owner is self._world.bot
        if not owns:
            needed = Permission.MANAGE_CHANNELS if channel.thread is None else Permission.MANAGE_THREADS
            demand(self._world, channel, needed)
        reader = Reader(call.json)
        name = reader.text("name", MAX_NAME)
        reader.done()
        channel.name = name or channel.name
        if channel.thread is not None and reader.flag("archived", default=channel.thread.archived):
            channel.thread.archived = True
            channel.thread.archived_at = self._world.clock.now()
        events.channel_updated(self._world, channel)
        return channel_payload(channel, self._world.bot)

    def _open_direct(self, call: Call) -> Result:
        user = self._world.user(snowflake(call.json.get("recipient_id")))
        if user is self._world.bot:
            raise ApiError(400, 50007, "Cannot send messages to this user")
        return channel_payload(self._world.direct(user), self._world.bot)

    def _list(self, call: Call) -> Result:
        guild = self._world.guild(call.id("guild_id"))
        return [channel_payload(channel, self._world.bot) for channel in self._world.channels_of(guild)]

    def _active(self, call: Call) -> Result:
        guild = self._world.guild(call.id("guild_id"))
        active = [one for one in self._world.threads_of(guild) if events.bot_sees(self._world, one)]
        mine = [member for thread in active if (member := _membership(thread, self._world.bot.id))]
        return {
            "threads": [channel_payload(one, self._world.bot) for one in active],
            "members": mine,
            "has_more": False,
        }

    def _open_on_message(self, call: Call) -> Result:
        parent = seen_channel(self._world, call.id("channel_id"))
        starter = self._world.message(parent, call.id("message_id"))
        demand(self._world, parent, Permission.CREATE_PUBLIC_THREADS)
        if starter.flags & MessageFlag.HAS_THREAD:
            raise ApiError(400, 160004, "A thread has already been created for this message")
        thread = threads.open_from_message(self._world, starter, self._world.bot, _thread_name(call.json))
        return channel_payload(thread, self._world.bot)

    def _open_thread(self, call: Call) -> Result:
        parent = seen_channel(self._world, call.id("channel_id"))
        kind = call.json.get("type", Kind.PRIVATE_THREAD)
        if kind not in THREADS:
            raise InvalidFormError({"type": ("BASE_TYPE_CHOICES", "Value must be one of {10, 11, 12}.")})
        private = kind == Kind.PRIVATE_THREAD
        demand(self._world, parent, Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS)
        thread = threads.open_in_channel(self._world, parent, self._world.bot, _thread_name(call.json), Kind(kind))
        return channel_payload(thread, self._world.bot)

    def _thread(self, call: Call) -> Channel:
        channel = seen_channel(self._world, call.id("channel_id"))
        if channel.thread is None:
            raise unknown("channel")
        return channel

    def _members(self, call: Call) -> Result:
        channel = self._thread(call)
        joined = channel.thread.joined if channel.thread else {}
        return [member for user_id in joined if (member := _membership(channel, user_id))]

    def _join(self, call: Call) -> Result:
        membership.join(self._world, self._thread(call), self._world.bot)
        return None

    def _leave(self, call: Call) -> Result:
        membership.leave(self._world, self._thread(call), self._world.bot)
        return None

    def _add(self, call: Call) -> Result:
        membership.join(self._world, self._thread(call), self._world.user(call.id("user_id")))
        return None


def _membership(channel: Channel, user_id: int) -> Json | None:
    joined = channel.thread.joined.get(user_id) if channel.thread else None
    return None if joined is None else thread_member_payload(channel.id, user_id, joined)


def _thread_name(body: Json) -> str:
    reader = Reader(body)
    name = reader.text("name", MAX_NAME)
    if not name:
        reader.wrong("name", REQUIRED)
    reader.done()
    return name or ""
