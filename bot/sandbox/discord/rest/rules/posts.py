"""These functions create, change and delete messages, and announce each change.

The bot (from REST) and people (from the driver) follow the same rules. The route or the driver has checked before
whether somebody may post; this module checks whether the message can exist.

Sources: Discord's documentation, "Create Message", "Edit Message", "Bulk Delete Messages". A nonce whose message was
deleted since is "Unknown Message": on purpose, says the author of the feature (discord-api-docs #6647).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.sandbox.discord.forms.layouts import check_attached, check_layout
from bot.sandbox.discord.forms.messages import AllowedMentions, MessageForm, ReplyTo
from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.rest.rules import archiving, filters, membership
from bot.sandbox.discord.rest.rules.files import attached
from bot.sandbox.discord.rest.rules.mentions import find_mentions
from bot.sandbox.discord.world.channels import FORUMS, Channel, Kind
from bot.sandbox.discord.world.components import completed, texts
from bot.sandbox.discord.world.errors import ApiError, InvalidFormError, empty_message, unknown
from bot.sandbox.discord.world.messages import SYSTEM, Message, MessageFlag, MessageType, Origin, Reference
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.wire import Json

_SETTABLE = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.IS_COMPONENTS_V2
_VISIBLE = re.compile("[^\\s\u00ad\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2800\u3164\ufeff]")
"""A character that counts as text: a message of white space and invisible characters is empty (reports of 50006)."""
_FOR_RESPONSES = AllowedMentions(parse=frozenset({"users"}))
"""The mentions that a response to an interaction pings by default ("Default Settings for Allowed Mentions")."""


@dataclass(frozen=True, slots=True)
class Circumstance:
    """The fields of a message that do not come from its form."""

    id: int | None = None
    type: MessageType = MessageType.DEFAULT
    flags: MessageFlag = MessageFlag.NONE
    origin: Origin | None = None
    seen_by: User | None = None
    reference: Reference | None = None
    webhook_id: int | None = None


def post(
    world: World, channel: Channel, author: User, form: MessageForm, circumstance: Circumstance | None = None
) -> Message:
    """Create a message, or return the one that its enforced nonce already made. Raises ApiError."""
    if (existing := _posted_before(world, author, form)) is not None:
        return existing
    message = compose(world, channel, author, form, circumstance or Circumstance())
    add(world, message)
    return message


def compose(world: World, channel: Channel, author: User, form: MessageForm, how: Circumstance) -> Message:
    """Make a message that nobody sees yet. Raises ApiError."""
    if channel.kind in FORUMS:
        raise ApiError(400, 40058, "Cannot send a message in a forum channel")
    if channel.kind is Kind.CATEGORY:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    replied_to = _referenced(world, channel, form.reply_to)
    message = Message(
        id=how.id or world.ids.next(),
        channel=channel,
        author=author,
        created_at=world.clock.now(),
        type=MessageType.REPLY if replied_to and how.type is MessageType.DEFAULT else how.type,
        flags=how.flags | (MessageFlag(form.flags) & _SETTABLE),
        origin=how.origin,
        seen_by=how.seen_by,
        reference=how.reference,
        webhook_id=how.webhook_id,
        nonce=form.nonce,
        tts=form.tts,
        stickers=form.stickers,
        poll=form.poll,
    )
    if replied_to is not None:
        guild_id = channel.guild.id if channel.guild else None
        message.reference = Reference(replied_to.id, channel.id, guild_id)
    if not message.loading:
        filters.demand_unblocked(world, channel, author, form.content)
        _apply(world, message, form)
        _ping(world, message, form)
    _remember_nonce(world, message, form)
    return message


def add(world: World, message: Message) -> None:
    """Put a finished message into its channel's history and announce it."""
    channel = message.channel
    world.history.setdefault(channel.id, {})[message.id] = message
    if not message.ephemeral:
        channel.last_message_id = message.id
        _count_in_thread(world, message)
    events.message_created(world, message)


def edit(world: World, message: Message, form: MessageForm) -> None:
    """Change a message; fields that the form does not name stay. Raises ApiError."""
    filters.demand_unblocked(world, message.channel, message.author, form.content)
    _apply(world, message, form)
    if form.content is not None or form.components is not None:
        _ping(world, message, form)
    _set_flags(message, form)
    message.edited_at = world.clock.now()
    events.message_updated(world, message)


def suppress_embeds(world: World, message: Message, form: MessageForm) -> None:
    """Hide or show the embeds of a message, which is all that others than its author may do to it."""
    _set_flags(message, form)
    events.message_updated(world, message)


def fill_in(world: World, message: Message, form: MessageForm) -> None:
    """Turn the "thinking" of a deferred response into its message. Raises ApiError."""
    filters.demand_unblocked(world, message.channel, message.author, form.content)
    _apply(world, message, form)
    _ping(world, message, form)
    message.flags &= ~MessageFlag.LOADING
    events.message_updated(world, message)


def forward(world: World, channel: Channel, author: User, original: Message) -> Message:
    """Post a forward of a message: a copy that no later change of the original reaches. That of a forward holds what it holds."""
    guild_id = original.channel.guild.id if original.channel.guild else None
    message = Message(
        id=world.ids.next(),
        channel=channel,
        author=author,
        created_at=world.clock.now(),
        flags=MessageFlag.HAS_SNAPSHOT,
        reference=Reference(original.id, original.channel.id, guild_id, forward=True),
        snapshot=replace(original.snapshot or original),
    )
    add(world, message)
    return message


def unfurl(world: World, message: Message, embeds: list[Json]) -> None:
    """Add the embeds of a message's links, which Discord finds after it was posted; that is no edit."""
    message.embeds = [*message.embeds, *embeds]
    events.embeds_resolved(world, message)


def delete(world: World, message: Message) -> None:
    """Remove a message and announce it."""
    _forget(world, message)
    events.message_deleted(world, message)


def delete_many(world: World, channel: Channel, messages: Sequence[Message]) -> None:
    """Remove messages of one channel together and announce them as one event."""
    for message in messages:
        _forget(world, message)
    events.messages_deleted(world, channel, messages)


def _forget(world: World, message: Message) -> None:
    world.history.get(message.channel.id, {}).pop(message.id, None)
    message.deleted = True
    if message.channel.thread is not None and message.id != message.channel.id and not message.ephemeral:
        message.channel.thread.kept -= 1


def _apply(world: World, message: Message, form: MessageForm) -> None:
    content = message.content if form.content is None else form.content
    embeds = message.embeds if form.embeds is None else form.embeds
    components = message.components if form.components is None else completed(form.components)
    attachments = attached(world, message, form)
    if form.components:
        check_attached(components, {one.filename for one in attachments})
    v2 = bool((message.flags | form.flags) & MessageFlag.IS_COMPONENTS_V2)
    if components or v2:
        check_layout(components, content, embeds, v2=v2)
    shown_by_components = components and v2
    others = attachments or message.stickers or message.poll or message.snapshot
    if not (_VISIBLE.search(content) or any(len(one) > 1 for one in embeds) or others or shown_by_components):
        raise empty_message()
    message.content, message.embeds, message.components = content, embeds, components
    message.attachments = attachments


def _ping(world: World, message: Message, form: MessageForm) -> None:
    allowed = form.allowed_mentions or (_FOR_RESPONSES if message.origin else AllowedMentions())
    said = [message.content, *texts(message.components)]
    message.mentions = find_mentions(world, message, said, allowed, _answered(world, message))


def _answered(world: World, message: Message) -> User | None:
    """Return whom a reply pings. A reply to an interaction's response pings nobody (discord-api-docs, issue 5395)."""
    replied_to = world.referenced(message)
    if replied_to is None or replied_to.origin or message.origin or message.type is not MessageType.REPLY:
        return None
    return replied_to.author


def _set_flags(message: Message, form: MessageForm) -> None:
    """Set the flags that an edit may set; `IS_COMPONENTS_V2` stays for good, everything else is ignored."""
    if "flags" in form.given:
        hidden = MessageFlag(form.flags) & MessageFlag.SUPPRESS_EMBEDS
        message.flags = (message.flags & ~MessageFlag.SUPPRESS_EMBEDS) | hidden
        message.flags |= MessageFlag(form.flags) & MessageFlag.IS_COMPONENTS_V2


def _referenced(world: World, channel: Channel, wanted: ReplyTo | None) -> Message | None:
    if wanted is None:
        return None
    found = world.history.get(channel.id, {}).get(wanted.message_id)
    elsewhere = wanted.channel_id not in {None, channel.id}
    if (found is None or found.ephemeral or elsewhere) and wanted.fail_if_not_exists:
        raise InvalidFormError({"message_reference": ("REPLIES_UNKNOWN_MESSAGE", "Unknown message")})
    if found is not None and found.type in SYSTEM:
        reason = ("REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message")
        raise InvalidFormError({"message_reference": reason})
    return None if found is None or found.ephemeral or elsewhere else found


def _posted_before(world: World, author: User, form: MessageForm) -> Message | None:
    if form.nonce is None or not form.enforce_nonce:
        return None
    found = world.nonces.get((author.id, str(form.nonce)))
    if found is None or _outlived_nonce(world, found):
        return None
    if found.deleted:
        raise unknown("message")
    return found


def _remember_nonce(world: World, message: Message, form: MessageForm) -> None:
    if form.nonce is None:
        return
    nonces, key = world.nonces, (message.author.id, str(form.nonce))
    nonces[key] = message
    nonces.move_to_end(key)
    while _outlived_nonce(world, next(iter(nonces.values()))):
        nonces.popitem(last=False)


def _outlived_nonce(world: World, message: Message) -> bool:
    return world.clock.now() - message.created_at > world.nonce_lifetime


def _count_in_thread(world: World, message: Message) -> None:
    thread = message.channel.thread
    if thread is None or message.type is MessageType.THREAD_STARTER_MESSAGE:
        return
    if message.id != message.channel.id:
        thread.sent += 1
        thread.kept += 1
    if message.type in SYSTEM:
        return
    for user in (message.author, *message.mentions.users):
        membership.join(world, message.channel, user)
    archiving.reopen(world, message.channel)
