"""These functions refuse a request that the bot may not make, in Discord's order of refusals.

First comes a target that does not exist (404), then one that the bot does not see (50001), then a missing permission
(50013), then the refusals of the channel, the person and the rule of replies.

Sources: Discord's documentation, Create Message, "Limitations"; Threads, "Locked Threads" and "Active & Archived
Threads"; Get Channel Messages (voice channels need CONNECT). Without EMBED_LINKS a message's embeds are dropped; a new
message of embeds alone is refused with 50013, an edit to embeds alone is empty (discord-api-docs #2601, #5648). The
status of 160005 has no source.
"""

from dataclasses import replace

from bot.sandbox.discord.forms.messages import MessageForm
from bot.sandbox.discord.world.access import permissions_in, send_permission
from bot.sandbox.discord.world.channels import VOICES, Channel
from bot.sandbox.discord.world.errors import (
    ApiError,
    missing_access,
    missing_permissions,
    no_messages,
    system_message,
    thread_archived,
)
from bot.sandbox.discord.world.messages import LASTING, SYSTEM, Message
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.world import World


def seen_channel(world: World, channel_id: int) -> Channel:
    """Return a channel that the bot sees. Raises ApiError 10003 or 50001."""
    channel = world.channel(channel_id)
    if not permissions_in(channel, world.bot) & Permission.VIEW_CHANNEL:
        raise missing_access()
    return channel


def entered_channel(world: World, channel_id: int) -> Channel:
    """Return a channel whose messages the bot may see; a voice channel's need CONNECT. Raises ApiError 10003 or 50001."""
    channel = seen_channel(world, channel_id)
    if channel.base.kind in VOICES and not permissions_in(channel, world.bot) & Permission.CONNECT:
        raise missing_access()
    return channel


def demand(world: World, channel: Channel, needed: Permission) -> None:
    """Refuse with 50013 if the bot lacks any of these permissions in a channel."""
    if permissions_in(channel, world.bot) & needed != needed:
        raise missing_permissions()


def demand_open(world: World, channel: Channel) -> None:
    """Refuse a new message in a locked thread; an archived one that is not locked opens by it."""
    thread = channel.thread
    if thread is None or not thread.locked or permissions_in(channel, world.bot) & Permission.MANAGE_THREADS:
        return
    raise thread_archived() if thread.archived else ApiError(400, 160005, "Thread is locked")


def demand_editable(world: World, message: Message) -> None:
    """Refuse a change of a message that nobody wrote, or in a thread that is archived, or locked."""
    if message.type in SYSTEM:
        raise system_message()
    if message.channel.thread is not None and message.channel.thread.archived:
        raise thread_archived()
    demand_open(world, message.channel)


def demand_deletable(world: World, message: Message) -> None:
    """Refuse a deletion: of some system messages, of others' messages, in a thread that is locked and archived."""
    channel = message.channel
    if message.type in LASTING:
        raise system_message()
    if message.author is not world.bot:
        demand_moderating(world, channel)
    if channel.thread is not None and channel.thread.archived:
        demand_open(world, channel)


def demand_moderating(world: World, channel: Channel) -> None:
    """Refuse a moderator's act on others' messages: 50003 in a direct message, else 50013."""
    if channel.guild is None:
        raise ApiError(403, 50003, "Cannot execute action on a DM channel")
    demand(world, channel, Permission.MANAGE_MESSAGES)


def admitted(world: World, channel: Channel, form: MessageForm) -> MessageForm:
    """Return a new message as far as the bot may post it here. Raises ApiError."""
    demand(world, channel, send_permission(channel) | _needed(form))
    shown = without_links(world, channel, form)
    if shown is not form and _nothing_else(form):
        raise missing_permissions()
    demand_open(world, channel)
    _demand_recipient(world, channel)
    history = permissions_in(channel, world.bot) & Permission.READ_MESSAGE_HISTORY
    if form.reply_to is not None and not history:
        raise ApiError(400, 160002, "Cannot reply without permission to read message history")
    return shown


def without_links(world: World, channel: Channel, form: MessageForm) -> MessageForm:
    """Return a form without its embeds if the bot may not embed links here."""
    if not form.embeds or permissions_in(channel, world.bot) & Permission.EMBED_LINKS:
        return form
    return replace(form, embeds=[])


def _needed(form: MessageForm) -> Permission:
    needed = Permission.NONE
    if form.uploads:
        needed |= Permission.ATTACH_FILES
    if form.tts:
        needed |= Permission.SEND_TTS_MESSAGES
    return needed


def _nothing_else(form: MessageForm) -> bool:
    return not (form.content or form.uploads or form.components)


def _demand_recipient(world: World, channel: Channel) -> None:
    if channel.guild is not None:
        return
    person = next((user for user in channel.recipients if user is not world.bot), None)
    if person is None:
        return
    if not any({person.id, world.bot.id} <= guild.members.keys() for guild in world.guilds.values()):
        raise no_messages(mutual_guilds=False)
    if person.bot or not person.takes_messages:
        raise no_messages(mutual_guilds=True)
