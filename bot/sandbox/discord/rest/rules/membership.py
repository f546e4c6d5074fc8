"""`join` and `leave` change the members of a thread, and announce it."""

from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World


def join(world: World, channel: Channel, user: User) -> None:
    """Make a user a member of a thread."""
    if channel.thread is None or user.id in channel.thread.joined:
        return
    hidden = user is world.bot and not events.bot_sees(world, channel)
    channel.thread.joined[user.id] = world.clock.now()
    if hidden:
        events.thread_shown(world, channel)
    events.thread_member_joined(world, channel, user)


def leave(world: World, channel: Channel, user: User) -> None:
    """End a user's membership of a thread."""
    if channel.thread is not None and channel.thread.joined.pop(user.id, None):
        events.thread_member_left(world, channel, user)
