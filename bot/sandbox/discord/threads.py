"""Threads: how they come from a message, or from nothing."""

from bot.sandbox.discord import events, posts
from bot.sandbox.discord.channels import Channel, Kind, Thread
from bot.sandbox.discord.messages import Message, MessageFlag, MessageType, Reference
from bot.sandbox.discord.users import User
from bot.sandbox.discord.world import World


def open_from_message(world: World, starter: Message, owner: User, name: str) -> Channel:
    """Open a public thread on a message; the thread gets the message's id."""
    channel = Channel(starter.id, Kind.PUBLIC_THREAD, name, starter.channel.guild, starter.channel)
    thread = _open(world, channel, owner)
    starter.flags |= MessageFlag.HAS_THREAD
    reference = Reference(starter.id, starter.channel.id, starter.channel.guild.id if starter.channel.guild else None)
    events.message_updated(world, starter)
    posts.add(
        world,
        Message(
            id=world.ids.next(),
            channel=thread,
            author=starter.author,
            created_at=world.clock.now(),
            type=MessageType.THREAD_STARTER_MESSAGE,
            reference=reference,
        ),
    )
    return thread


def open_in_channel(world: World, parent: Channel, owner: User, name: str, kind: Kind = Kind.PUBLIC_THREAD) -> Channel:
    """Open a thread without a message; a public one is told of in its parent."""
    thread = _open(world, Channel(world.ids.next(), kind, name, parent.guild, parent), owner)
    if kind is not Kind.PRIVATE_THREAD:
        guild_id = parent.guild.id if parent.guild else None
        posts.add(
            world,
            Message(
                id=world.ids.next(),
                channel=parent,
                author=owner,
                created_at=world.clock.now(),
                content=name,
                type=MessageType.THREAD_CREATED,
                reference=Reference(thread.id, thread.id, guild_id),
            ),
        )
    return thread


def _open(world: World, channel: Channel, owner: User) -> Channel:
    if channel.kind is Kind.PUBLIC_THREAD and channel.parent and channel.parent.kind is Kind.ANNOUNCEMENT:
        channel.kind = Kind.ANNOUNCEMENT_THREAD
    now = world.clock.now()
    channel.thread = Thread(owner, now, {owner.id: now})
    world.channels[channel.id] = channel
    events.channel_created(world, channel)
    return channel
