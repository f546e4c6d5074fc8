"""`MessageRoutes` serves the messages of channels: history, posting, editing, deleting, typing."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice, takewhile

from bot.sandbox.discord.forms.messages import read_message_form
from bot.sandbox.discord.forms.reading import REQUIRED, Reader
from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.rest import guard
from bot.sandbox.discord.rest.calls import Call, Result, Route
from bot.sandbox.discord.rest.rules import posts
from bot.sandbox.discord.world.access import permissions_in, send_permission
from bot.sandbox.discord.world.errors import ApiError, InvalidFormError, unknown
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.world import World
from bot.sandbox.snowflakes import born_at

_ALL = "/channels/{channel_id}/messages"
_ONE = "/channels/{channel_id}/messages/{message_id}"
MAX_PAGE = 100
MIN_BULK, MAX_BULK = 2, 100
BULK_AGE = timedelta(days=14)
_CONTENT = ("content", "embeds", "components", "attachments")


class MessageRoutes:
    """Serves messages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("GET", _ALL, self._list),
            Route("POST", _ALL, self._create),
            Route("POST", _ALL + "/bulk-delete", self._delete_many),
            Route("GET", _ONE, self._get),
            Route("PATCH", _ONE, self._edit),
            Route("DELETE", _ONE, self._delete),
            Route("POST", "/channels/{channel_id}/typing", self._type),
        ]

    def _message(self, call: Call) -> Message:
        channel = guard.entered_channel(self._world, call.id("channel_id"))
        message = self._world.message(channel, call.id("message_id"))
        if message.ephemeral:
            raise unknown("message")
        return message

    def _list(self, call: Call) -> Result:
        channel = guard.entered_channel(self._world, call.id("channel_id"))
        history = reversed(self._world.history.get(channel.id, {}).values())
        page = _page((message for message in history if not message.ephemeral), call)
        readable = permissions_in(channel, self._world.bot) & Permission.READ_MESSAGE_HISTORY
        return [message_payload(self._world, message) for message in page] if readable else []

    def _get(self, call: Call) -> Result:
        message = self._message(call)
        guard.demand(self._world, message.channel, Permission.READ_MESSAGE_HISTORY)
        return message_payload(self._world, message)

    def _create(self, call: Call) -> Result:
        channel = guard.entered_channel(self._world, call.id("channel_id"))
        form = guard.admitted(self._world, channel, read_message_form(call.json, call.uploads))
        return message_payload(self._world, posts.post(self._world, channel, self._world.bot, form))

    def _edit(self, call: Call) -> Result:
        message = self._message(call)
        form = read_message_form(call.json, call.uploads)
        if message.author is not self._world.bot:
            if "flags" not in form.given or _changes_content(call):
                raise ApiError(403, 50005, "Cannot edit a message authored by another user")
            guard.demand_moderating(self._world, message.channel)
            posts.suppress_embeds(self._world, message, form)
            return message_payload(self._world, message)
        guard.demand_editable(self._world, message)
        if form.uploads:
            guard.demand(self._world, message.channel, Permission.ATTACH_FILES)
        posts.edit(self._world, message, guard.without_links(self._world, message.channel, form))
        return message_payload(self._world, message)

    def _delete(self, call: Call) -> Result:
        message = self._message(call)
        guard.demand_deletable(self._world, message)
        posts.delete(self._world, message)
        return None

    def _delete_many(self, call: Call) -> Result:
        channel = guard.entered_channel(self._world, call.id("channel_id"))
        guard.demand_moderating(self._world, channel)
        reader = Reader(call.json)
        ids = reader.snowflakes("messages", MAX_BULK * MAX_BULK)
        if "messages" not in reader.body:
            reader.wrong("messages", REQUIRED)
        reader.done()
        self._check_bulk(ids)
        history = self._world.history.get(channel.id, {})
        found = [history[one] for one in ids if one in history and not history[one].ephemeral]
        posts.delete_many(self._world, channel, found)
        return None

    def _check_bulk(self, ids: list[int]) -> None:
        """Ids that exist nowhere count too, and the age is the id's. How a duplicate is worded has no source."""
        if not MIN_BULK <= len(ids) <= MAX_BULK:
            text = (
                "Provided too few or too many messages to delete. "
                "Must provide at least 2 and fewer than 100 messages to delete"
            )
            raise ApiError(400, 50016, text)
        if len(set(ids)) < len(ids):
            raise InvalidFormError({"messages": ("SET_TYPE_CONTAINS_DUPLICATES", "Must not contain duplicates.")})
        if self._world.clock.now() - born_at(min(ids)) > BULK_AGE:
            raise ApiError(400, 50034, "You can only bulk delete messages that are under 14 days old.")

    def _type(self, call: Call) -> Result:
        channel = guard.entered_channel(self._world, call.id("channel_id"))
        guard.demand(self._world, channel, send_permission(channel))
        events.typing_started(self._world, channel, self._world.bot)
        return None


def _changes_content(call: Call) -> bool:
    """Tell whether an edit changes what only the author may: clients send `tts`, whom to ping and nulls along with flags."""
    return bool(call.uploads) or any(call.json.get(key) is not None for key in _CONTENT)


def _page(history: Iterator[Message], call: Call) -> list[Message]:
    """Cut the asked page out of a history; both are newest first.

    One of `before`, `after` and `around` may be given; which of several counts is not documented.
    """
    limit = call.asked_count("limit", 50, MAX_PAGE)
    middle, end, start = (call.asked_id(name) for name in ("around", "before", "after"))
    if middle is not None:
        whole = list(history)
        older = [message for message in whole if message.id < middle][: limit // 2]
        return [message for message in whole if message.id >= middle][-(limit - len(older)) :] + older
    if end is not None:
        return list(islice((message for message in history if message.id < end), limit))
    if start is not None:
        return list(takewhile(lambda message: message.id > start, history))[-limit:]
    return list(islice(history, limit))
