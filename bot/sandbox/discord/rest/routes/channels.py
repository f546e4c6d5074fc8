"""`ChannelRoutes` serves channels, and the direct messages that the bot opens."""

from bot.sandbox.discord.forms.reading import REQUIRED, Reader
from bot.sandbox.discord.payloads.channels import channel_payload
from bot.sandbox.discord.rest.calls import Call, Result, Route
from bot.sandbox.discord.rest.channel_changes import change_channel, change_thread
from bot.sandbox.discord.rest.guard import seen_channel
from bot.sandbox.discord.world.errors import ApiError
from bot.sandbox.discord.world.world import World

_CHANNEL = "/channels/{channel_id}"


class ChannelRoutes:
    """Serves channels and direct messages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("GET", _CHANNEL, self._get),
            Route("PATCH", _CHANNEL, self._change),
            Route("POST", "/users/@me/channels", self._open_direct),
            Route("GET", "/guilds/{guild_id}/channels", self._list),
        ]

    def _get(self, call: Call) -> Result:
        return channel_payload(seen_channel(self._world, call.id("channel_id")), self._world.bot)

    def _change(self, call: Call) -> Result:
        channel = seen_channel(self._world, call.id("channel_id"))
        if channel.thread is None:
            change_channel(self._world, channel, call.json)
        else:
            change_thread(self._world, channel, channel.thread, call.json)
        return channel_payload(channel, self._world.bot)

    def _open_direct(self, call: Call) -> Result:
        reader = Reader(call.json)
        recipient = reader.snowflake("recipient_id")
        if recipient is None:
            reader.wrong("recipient_id", REQUIRED)
        reader.done()
        user = self._world.user(recipient or 0)
        if user is self._world.bot:
            raise ApiError(400, 50007, "Cannot send messages to this user")
        return channel_payload(self._world.direct(user), self._world.bot)

    def _list(self, call: Call) -> Result:
        guild = self._world.guild(call.id("guild_id"))
        return [channel_payload(channel, self._world.bot) for channel in self._world.channels_of(guild)]
