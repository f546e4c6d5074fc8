"""These functions open threads on a message, in a channel or as a post in a forum, and change names and members.

Source: Discord's documentation, Threads ("Public & Private Threads", "New Message Types", "Forums") and Channel ("Start
Thread from Message", "Start Thread without Message", "Start Thread in Forum or Media Channel").
"""

from bot.sandbox.discord.forms.messages import MessageForm
from bot.sandbox.discord.forms.threads import ThreadForm
from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.rest.rules import membership, posts
from bot.sandbox.discord.rest.rules.posts import Circumstance
from bot.sandbox.discord.rest.rules.system_messages import tell
from bot.sandbox.discord.world.channels import Channel, ChannelFlag, Kind, Thread
from bot.sandbox.discord.world.errors import ApiError, cannot_here, missing_permissions, unknown
from bot.sandbox.discord.world.messages import WRITTEN, Mentions, Message, MessageFlag, MessageType, Reference
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World

_PARENTS = {
    Kind.PUBLIC_THREAD: frozenset({Kind.TEXT, Kind.ANNOUNCEMENT}),
    Kind.ANNOUNCEMENT_THREAD: frozenset({Kind.ANNOUNCEMENT}),
    Kind.PRIVATE_THREAD: frozenset({Kind.TEXT}),
}


def open_from_message(world: World, starter: Message, owner: User, form: ThreadForm) -> Channel:
    """Open a public thread on a message; the thread gets the message's id. Raises ApiError."""
    parent = starter.channel
    if parent.kind not in _PARENTS[Kind.PUBLIC_THREAD]:
        raise cannot_here()
    if starter.type not in WRITTEN:
        raise ApiError(400, 50068, "Invalid message type")
    if starter.flags & MessageFlag.HAS_THREAD:
        raise ApiError(400, 160004, "A thread has already been created for this message")
    thread = _made(world, parent, Kind.PUBLIC_THREAD, owner, form, thread_id=starter.id)
    _show(world, thread)
    starter.flags |= MessageFlag.HAS_THREAD
    events.message_updated(world, starter)
    reference = Reference(starter.id, parent.id, parent.guild.id if parent.guild else None)
    tell(world, thread, starter.author, MessageType.THREAD_STARTER_MESSAGE, reference=reference)
    return thread


def open_in_channel(world: World, parent: Channel, owner: User, form: ThreadForm, kind: Kind) -> Channel:
    """Open a thread without a message; a message in the parent tells of a public one. Raises ApiError 50024."""
    if parent.kind not in _PARENTS[kind]:
        raise cannot_here()
    thread = _made(world, parent, kind, owner, form)
    _show(world, thread)
    if kind is not Kind.PRIVATE_THREAD:
        guild_id = parent.guild.id if parent.guild else None
        reference = Reference(thread.id, thread.id, guild_id)
        tell(world, parent, owner, MessageType.THREAD_CREATED, content=form.name, reference=reference)
    return thread


def open_post(
    world: World, forum: Channel, owner: User, form: ThreadForm, message: MessageForm, *, moderates: bool
) -> tuple[Channel, Message]:
    """Open a post in a forum; its first message has the thread's id. Raises ApiError."""
    check_tags(forum, form.tags, moderates=moderates)
    thread = _made(world, forum, Kind.PUBLIC_THREAD, owner, form)
    starter = posts.compose(world, thread, owner, message, Circumstance(id=thread.id))
    forum.last_message_id = thread.id
    _show(world, thread)
    posts.add(world, starter)
    return thread, starter


def check_tags(forum: Channel, wanted: list[int], *, moderates: bool) -> None:
    """Refuse tags that a post may not have, and a post without a tag that needs one. Raises ApiError 10087, 40067, 50013."""
    tags = {tag.id: tag for tag in forum.tags}
    for tag_id in wanted:
        if tag_id not in tags:
            raise unknown("tag")
        if tags[tag_id].moderated and not moderates:
            raise missing_permissions()
    if forum.flags & ChannelFlag.REQUIRE_TAG and not wanted:
        raise ApiError(400, 40067, "A tag is required to create a forum post in this channel")


def add_member(world: World, thread: Channel, user: User, by: User) -> None:
    """Add a user to a thread; a message there tells of it if another user did it."""
    if thread.thread is None or user.id in thread.thread.joined:
        return
    membership.join(world, thread, user)
    if by is not user:
        tell(world, thread, by, MessageType.RECIPIENT_ADD, mentions=Mentions(users=(user,)))


def remove_member(world: World, thread: Channel, user: User, by: User) -> None:
    """Take a user out of a thread; a message there tells of it if another user did it."""
    if thread.thread is None or user.id not in thread.thread.joined:
        return
    if by is not user:
        tell(world, thread, by, MessageType.RECIPIENT_REMOVE, mentions=Mentions(users=(user,)))
    membership.leave(world, thread, user)


def rename(world: World, channel: Channel, name: str, by: User) -> None:
    """Give a channel another name; a message in a thread tells of it. The caller announces the channel."""
    if channel.name == name:
        return
    channel.name = name
    if channel.thread is not None:
        tell(world, channel, by, MessageType.CHANNEL_NAME_CHANGE, content=name)


def _made(
    world: World, parent: Channel, kind: Kind, owner: User, form: ThreadForm, *, thread_id: int | None = None
) -> Channel:
    if kind is Kind.PUBLIC_THREAD and parent.kind is Kind.ANNOUNCEMENT:
        kind = Kind.ANNOUNCEMENT_THREAD
    now = world.clock.now()
    slowmode = parent.thread_slowmode if form.slowmode is None else form.slowmode
    channel = Channel(thread_id or world.ids.next(), kind, form.name, parent.guild, parent, slowmode=slowmode)
    channel.thread = Thread(
        owner,
        now,
        now,
        joined={owner.id: now},
        invitable=form.invitable,
        auto_archive_minutes=form.archive_minutes,
        applied_tags=list(form.tags),
    )
    return channel


def _show(world: World, channel: Channel) -> None:
    world.channels[channel.id] = channel
    events.channel_created(world, channel)
