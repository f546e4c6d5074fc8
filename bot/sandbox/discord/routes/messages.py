"""Routes of channels' messages: history, posting, editing, deleting, typing."""

from bot.sandbox.discord import events, posts
from bot.sandbox.discord.access import permissions_in
from bot.sandbox.discord.errors import ApiError, InvalidFormError, unknown
from bot.sandbox.discord.forms import read_message_form
from bot.sandbox.discord.guard import demand, demand_open, demand_posting, seen_channel
from bot.sandbox.discord.message_payloads import message_payload
from bot.sandbox.discord.messages import Message
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.router import Call, Result, Route
from bot.sandbox.discord.world import World, snowflake

_ALL = "/channels/{channel_id}/messages"
_ONE = "/channels/{channel_id}/messages/{message_id}"
MAX_PAGE = 100


class MessageRoutes:
    """Serves messages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("GET", _ALL, self._list),
            Route("POST", _ALL, self._create),
            Route("GET", _ONE, self._get),
            Route("PATCH", _ONE, self._edit),
            Route("DELETE", _ONE, self._delete),
            Route("POST", "/channels/{channel_id}/typing", self._type),
        ]

    def _message(self, call: Call) -> Message:
        message = self._world.message(seen_channel(self._world, call.id("channel_id")), call.id("message_id"))
        if message.ephemeral:
            raise unknown("message")
        return message

    def _list(self, call: Call) -> Result:
        channel = seen_channel(self._world, call.id("channel_id"))
        readable = permissions_in(channel, self._world.bot) & Permission.READ_MESSAGE_HISTORY
        page = _page(self._world.messages(channel), call) if readable else []
        return [message_payload(self._world, message) for message in reversed(page)]

    def _get(self, call: Call) -> Result:
        message = self._message(call)
        demand(self._world, message.channel, Permission.READ_MESSAGE_HISTORY)
        return message_payload(self._world, message)

    def _create(self, call: Call) -> Result:
        channel = seen_channel(self._world, call.id("channel_id"))
        form = read_message_form(call.json, call.uploads)
        demand_posting(self._world, channel, form)
        return message_payload(self._world, posts.post(self._world, channel, self._world.bot, form))

    def _edit(self, call: Call) -> Result:
        message = self._message(call)
        if message.author is not self._world.bot:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        demand_open(self._world, message.channel)
        posts.edit(self._world, message, read_message_form(call.json, call.uploads))
        return message_payload(self._world, message)

    def _delete(self, call: Call) -> Result:
        message = self._message(call)
        if message.author is not self._world.bot:
            if message.channel.guild is None:
                raise ApiError(403, 50003, "Cannot execute action on a DM channel")
            demand(self._world, message.channel, Permission.MANAGE_MESSAGES)
        posts.delete(self._world, message)
        return None

    def _type(self, call: Call) -> Result:
        channel = seen_channel(self._world, call.id("channel_id"))
        demand_posting(self._world, channel, read_message_form({}, []))
        events.typing_started(self._world, channel, self._world.bot)
        return None


def _page(shown: list[Message], call: Call) -> list[Message]:
    """Cut the asked page out of a history, oldest first. `before` wins over `after`, `around` over both."""
    limit = _limit(call)
    if "around" in call.query:
        middle = snowflake(call.query["around"])
        before = [message for message in shown if message.id < middle][-(limit // 2) :] if limit > 1 else []
        return (before + [message for message in shown if message.id >= middle])[:limit]
    if "before" in call.query:
        end = snowflake(call.query["before"])
        return [message for message in shown if message.id < end][-limit:]
    if "after" in call.query:
        start = snowflake(call.query["after"])
        return [message for message in shown if message.id > start][:limit]
    return shown[-limit:]


def _limit(call: Call) -> int:
    limit = snowflake(call.query.get("limit", "50"))
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidFormError({"limit": ("NUMBER_TYPE_MAX", "int value should be between 1 and 100.")})
    return limit
