"""These functions archive threads in which nobody has written for their time, and open them again.

Source: Discord's documentation, Threads, "Active & Archived Threads" (activity is a message, opening the thread, or
another time to archive it after) and "Unarchiving a Thread" (the two events). Idle threads are looked for when the
clock is moved.
"""

from datetime import datetime, timedelta

from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.world.channels import Channel, ChannelFlag, Thread
from bot.sandbox.discord.world.world import World
from bot.sandbox.snowflakes import born_at


def turn(world: World, channel: Channel, thread: Thread, *, archived: bool) -> None:
    """Archive a thread or open it again; the caller announces it."""
    if thread.archived is archived:
        return
    thread.archived, thread.turned_at = archived, world.clock.now()
    if archived:
        channel.flags &= ~ChannelFlag.PINNED


def announce(world: World, channel: Channel, thread: Thread, *, opened: bool) -> None:
    """Announce a changed thread; if it was opened, its members are told of their membership."""
    events.channel_updated(world, channel)
    if opened and world.bot.id in thread.joined:
        events.thread_member_updated(world, channel)


def reopen(world: World, channel: Channel) -> None:
    """Open a thread, as a message in it does."""
    if channel.thread is not None and channel.thread.archived:
        turn(world, channel, channel.thread, archived=False)
        announce(world, channel, channel.thread, opened=True)


def archive_idle(world: World) -> None:
    """Archive the threads without activity for as long as they were set to; pinned posts stay."""
    now = world.clock.now()
    for channel in list(world.channels.values()):
        thread = channel.thread
        if thread is None or thread.archived or channel.flags & ChannelFlag.PINNED:
            continue
        if now - _active_at(channel, thread) >= timedelta(minutes=thread.auto_archive_minutes):
            turn(world, channel, thread, archived=True)
            announce(world, channel, thread, opened=False)


def _active_at(channel: Channel, thread: Thread) -> datetime:
    newest = channel.last_message_id
    return thread.turned_at if newest is None else max(thread.turned_at, born_at(newest))
