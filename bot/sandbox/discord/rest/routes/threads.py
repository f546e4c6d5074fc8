"""`ThreadRoutes` opens threads, lists them, and changes their members."""

from datetime import UTC, datetime

from bot.sandbox.discord.forms.messages import read_message_form
from bot.sandbox.discord.forms.reading import BAD_OBJECT, REQUIRED, Reader, moment_fault, read_moment
from bot.sandbox.discord.forms.threads import read_thread_form
from bot.sandbox.discord.gateway.events import bot_sees
from bot.sandbox.discord.payloads.channels import channel_payload, thread_member_payload
from bot.sandbox.discord.payloads.guilds import member_payload
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.rest.calls import Call, Result, Route
from bot.sandbox.discord.rest.guard import demand, seen_channel
from bot.sandbox.discord.rest.rules import membership, threads
from bot.sandbox.discord.world.access import permissions_in, send_permission
from bot.sandbox.discord.world.channels import FORUMS, THREADS, Channel, Kind, Thread
from bot.sandbox.discord.world.errors import (
    InvalidFormError,
    missing_access,
    missing_permissions,
    thread_archived,
    unknown,
)
from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import Json, as_object

_CHANNEL = "/channels/{channel_id}"
_MEMBERS = _CHANNEL + "/thread-members"
MAX_PAGE = 100


class ThreadRoutes:
    """Serves threads."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("GET", "/guilds/{guild_id}/threads/active", self._active),
            Route("GET", _CHANNEL + "/threads/archived/public", self._archived_public),
            Route("GET", _CHANNEL + "/threads/archived/private", self._archived_private),
            Route("GET", _CHANNEL + "/users/@me/threads/archived/private", self._archived_joined),
            Route("POST", _CHANNEL + "/messages/{message_id}/threads", self._open_on_message, created=True),
            Route("POST", _CHANNEL + "/threads", self._open, created=True),
            Route("GET", _MEMBERS, self._members),
            Route("PUT", _MEMBERS + "/@me", self._join),
            Route("DELETE", _MEMBERS + "/@me", self._leave),
            Route("GET", _MEMBERS + "/{user_id}", self._member),
            Route("PUT", _MEMBERS + "/{user_id}", self._add),
            Route("DELETE", _MEMBERS + "/{user_id}", self._remove),
        ]

    def _active(self, call: Call) -> Result:
        guild = self._world.guild(call.id("guild_id"))
        shown = [one for one in self._world.threads_of(guild) if bot_sees(self._world, one)]
        return self._listed(shown, has_more=False)

    def _archived_public(self, call: Call) -> Result:
        parent = self._parent(call, Permission.READ_MESSAGE_HISTORY)
        return self._page(call, [one for one in self._archived_in(parent) if one.kind is not Kind.PRIVATE_THREAD])

    def _archived_private(self, call: Call) -> Result:
        parent = self._parent(call, Permission.READ_MESSAGE_HISTORY | Permission.MANAGE_THREADS)
        return self._page(call, [one for one in self._archived_in(parent) if one.kind is Kind.PRIVATE_THREAD])

    def _archived_joined(self, call: Call) -> Result:
        parent = self._parent(call, Permission.READ_MESSAGE_HISTORY)
        private = [one for one in self._archived_in(parent) if one.kind is Kind.PRIVATE_THREAD]
        mine = [one for one in private if one.thread and self._world.bot.id in one.thread.joined]
        before = call.asked_id("before")
        found = sorted((one for one in mine if before is None or one.id < before), key=lambda one: one.id, reverse=True)
        return self._cut(call, found)

    def _parent(self, call: Call, needed: Permission) -> Channel:
        parent = seen_channel(self._world, call.id("channel_id"))
        demand(self._world, parent, needed)
        return parent

    def _archived_in(self, parent: Channel) -> list[Channel]:
        """Return a channel's archived threads, the one that was archived last first."""
        found = [
            one for one in self._world.channels.values() if one.parent is parent and one.thread and one.thread.archived
        ]
        return sorted(found, key=_turned_at, reverse=True)

    def _page(self, call: Call, found: list[Channel]) -> Json:
        if "before" in call.query:
            try:
                before = read_moment(call.query["before"].replace(" ", "+"))
            except ValueError:
                raise InvalidFormError({"before": moment_fault(call.query["before"])}) from None
            found = [one for one in found if _turned_at(one) < before]
        return self._cut(call, found)

    def _cut(self, call: Call, found: list[Channel]) -> Json:
        limit = call.asked_count("limit", MAX_PAGE, MAX_PAGE)
        return self._listed(found[:limit], has_more=len(found) > limit)

    def _listed(self, shown: list[Channel], *, has_more: bool) -> Json:
        bot = self._world.bot
        joined = [(one, one.thread.joined.get(bot.id)) for one in shown if one.thread]
        return {
            "threads": [channel_payload(one, bot) for one in shown],
            "members": [thread_member_payload(one.id, bot.id, moment) for one, moment in joined if moment],
            "has_more": has_more,
        }

    def _open_on_message(self, call: Call) -> Result:
        parent = seen_channel(self._world, call.id("channel_id"))
        starter = self._world.message(parent, call.id("message_id"))
        demand(self._world, parent, Permission.CREATE_PUBLIC_THREADS)
        reader = Reader(call.json)
        form = read_thread_form(reader)
        reader.done()
        return channel_payload(threads.open_from_message(self._world, starter, self._world.bot, form), self._world.bot)

    def _open(self, call: Call) -> Result:
        parent = seen_channel(self._world, call.id("channel_id"))
        return self._open_post(parent, call) if parent.kind in FORUMS else self._open_thread(parent, call)

    def _open_thread(self, parent: Channel, call: Call) -> Result:
        reader = Reader(call.json)
        kind = reader.integer("type", Kind.PRIVATE_THREAD)
        if kind not in THREADS:
            reader.wrong("type", ("BASE_TYPE_CHOICES", "Value must be one of {10, 11, 12}."))
        form = read_thread_form(reader)
        reader.done()
        private = kind == Kind.PRIVATE_THREAD
        demand(self._world, parent, Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS)
        thread = threads.open_in_channel(self._world, parent, self._world.bot, form, Kind(kind))
        return channel_payload(thread, self._world.bot)

    def _open_post(self, forum: Channel, call: Call) -> Result:
        demand(self._world, forum, Permission.SEND_MESSAGES)
        reader = Reader(call.json)
        form = read_thread_form(reader)
        message = call.json.get("message")
        if as_object(message) is None:
            reader.wrong("message", REQUIRED if message is None else BAD_OBJECT)
        reader.done()
        try:
            first = read_message_form(as_object(message) or {}, call.uploads)
        except InvalidFormError as error:
            raise error.under("message") from None
        moderates = bool(permissions_in(forum, self._world.bot) & Permission.MANAGE_THREADS)
        thread, starter = threads.open_post(self._world, forum, self._world.bot, form, first, moderates=moderates)
        return channel_payload(thread, self._world.bot) | {"message": message_payload(self._world, starter)}

    def _thread(self, call: Call, *, open_only: bool = True) -> tuple[Channel, Thread]:
        channel = seen_channel(self._world, call.id("channel_id"))
        if channel.thread is None:
            raise unknown("channel")
        if open_only and channel.thread.archived:
            raise thread_archived()
        return channel, channel.thread

    def _members(self, call: Call) -> Result:
        channel, thread = self._thread(call, open_only=False)
        if not self._world.application.privileged & Intent.GUILD_MEMBERS:
            raise missing_access()
        return [self._membership(call, channel, thread, user_id) for user_id in thread.joined]

    def _member(self, call: Call) -> Result:
        channel, thread = self._thread(call, open_only=False)
        if call.id("user_id") not in thread.joined:
            raise unknown("member")
        return self._membership(call, channel, thread, call.id("user_id"))

    def _membership(self, call: Call, channel: Channel, thread: Thread, user_id: int) -> Json:
        shape = thread_member_payload(channel.id, user_id, thread.joined[user_id])
        member = channel.guild.members.get(user_id) if channel.guild else None
        if member is None or call.query.get("with_member", "").lower() not in {"true", "1"}:
            return shape
        return shape | {"member": member_payload(member) | {"user": user_payload(member.user)}}

    def _join(self, call: Call) -> Result:
        membership.join(self._world, self._thread(call)[0], self._world.bot)
        return None

    def _leave(self, call: Call) -> Result:
        membership.leave(self._world, self._thread(call)[0], self._world.bot)
        return None

    def _add(self, call: Call) -> Result:
        channel, thread = self._thread(call)
        demand(self._world, channel, send_permission(channel))
        if channel.kind is Kind.PRIVATE_THREAD and not thread.invitable and thread.owner is not self._world.bot:
            demand(self._world, channel, Permission.MANAGE_THREADS)
        threads.add_member(self._world, channel, self._world.user(call.id("user_id")), self._world.bot)
        return None

    def _remove(self, call: Call) -> Result:
        channel, thread = self._thread(call)
        owns = channel.kind is Kind.PRIVATE_THREAD and thread.owner is self._world.bot
        if not owns and not permissions_in(channel, self._world.bot) & Permission.MANAGE_THREADS:
            raise missing_permissions()
        threads.remove_member(self._world, channel, self._world.user(call.id("user_id")), self._world.bot)
        return None


def _turned_at(channel: Channel) -> datetime:
    return channel.thread.turned_at if channel.thread else datetime.max.replace(tzinfo=UTC)
