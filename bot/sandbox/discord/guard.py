"""The guard: whether the bot may do what a request asks, in Discord's order of refusals.

First "does it exist" (404), then "may the bot see it" (50001), then "may it do that" (50013), then the rule of replies
(160002).
"""

from bot.sandbox.discord.access import permissions_in, send_permission
from bot.sandbox.discord.channels import Channel
from bot.sandbox.discord.errors import ApiError, missing_access, missing_permissions
from bot.sandbox.discord.forms import MessageForm
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.world import World


def seen_channel(world: World, channel_id: int) -> Channel:
    """Return a channel that the bot sees. Raises ApiError 10003 or 50001."""
    channel = world.channel(channel_id)
    if not permissions_in(channel, world.bot) & Permission.VIEW_CHANNEL:
        raise missing_access()
    return channel


def demand(world: World, channel: Channel, needed: Permission) -> None:
    """Refuse with 50013 if the bot lacks any of these permissions in a channel."""
    if permissions_in(channel, world.bot) & needed != needed:
        raise missing_permissions()


def demand_open(world: World, channel: Channel) -> None:
    """Refuse a change in a thread that is archived and locked; an archived one that is not opens again by a post."""
    thread = channel.thread
    moderates = permissions_in(channel, world.bot) & Permission.MANAGE_THREADS
    if thread is not None and thread.archived and thread.locked and not moderates:
        raise ApiError(400, 50083, "Thread is archived")


def demand_posting(world: World, channel: Channel, form: MessageForm) -> None:
    """Refuse a message that the bot may not post here: 50013, or 160002 for a reply without the history."""
    needed = send_permission(channel)
    if form.uploads:
        needed |= Permission.ATTACH_FILES
    demand(world, channel, needed)
    demand_open(world, channel)
    history = permissions_in(channel, world.bot) & Permission.READ_MESSAGE_HISTORY
    if form.reply_to is not None and not history:
        raise ApiError(400, 160002, "You cannot reply without permission to read message history")
