"""These functions do what Discord itself tells of in a channel: pins, boosts, joins, following. Nobody writes those messages.

Sources: Discord's documentation, Message ("Message Types", "Message Reference Content Attribution"), Gateway Events ("Channel
Pins Update") and Guild ("Premium Tier"); the numbers of boosts that a tier takes are those of Discord's help centre.
"""

from bot.sandbox.discord.forms.messages import MessageForm
from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.rest.rules import posts
from bot.sandbox.discord.rest.rules.posts import Circumstance
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.guilds import Guild, Member
from bot.sandbox.discord.world.messages import Mentions, Message, MessageFlag, MessageType, Reference
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World

TIERS = (2, 7, 14)
"""The number of boosts that each tier takes."""
_TIER_TYPES = (MessageType.GUILD_BOOST_TIER_1, MessageType.GUILD_BOOST_TIER_2, MessageType.GUILD_BOOST_TIER_3)


def tell(
    world: World,
    channel: Channel,
    author: User,
    kind: MessageType,
    *,
    content: str = "",
    reference: Reference | None = None,
    mentions: Mentions | None = None,
) -> Message:
    """Post a message that nobody wrote; its author is who did what it tells of."""
    message = Message(world.ids.next(), channel, author, world.clock.now(), content, kind)
    message.reference = reference
    message.mentions = mentions or Mentions()
    posts.add(world, message)
    return message


def pin(world: World, message: Message, by: User) -> None:
    """Pin a message, and tell of it in its channel."""
    channel = message.channel
    if message.pinned:
        return
    message.pinned, channel.last_pin_at = True, world.clock.now()
    events.message_updated(world, message)
    events.pins_changed(world, channel)
    reference = Reference(message.id, channel.id, channel.guild.id if channel.guild else None)
    tell(world, channel, by, MessageType.CHANNEL_PINNED_MESSAGE, reference=reference)


def unpin(world: World, message: Message) -> None:
    """Unpin a message."""
    if message.pinned:
        message.pinned = False
        events.message_updated(world, message)
        events.pins_changed(world, message.channel)


def boost(world: World, guild: Guild, member: Member) -> None:
    """Boost a guild once; the message tells of the tier that it reached by that."""
    guild.boosts += 1
    member.boosts_since = member.boosts_since or world.clock.now()
    reached = sum(guild.boosts >= needed for needed in TIERS)
    kind = _TIER_TYPES[reached - 1] if reached > guild.premium_tier else MessageType.GUILD_BOOST
    guild.premium_tier = reached
    events.guild_updated(world, guild)
    events.member_updated(world, guild, member)
    in_system_channel(world, guild, member.user, kind)


def in_system_channel(world: World, guild: Guild, author: User, kind: MessageType) -> None:
    """Tell of something in a guild's system channel, where it has one."""
    channel = world.channels.get(guild.system_channel_id or 0)
    if channel is not None:
        tell(world, channel, author, kind)


def follow(world: World, news: Channel, target: Channel, by: User) -> None:
    """Have what is published in an announcement channel appear in another channel, and tell of it there."""
    news.followers.append(target)
    reference = Reference(0, news.id, news.guild.id if news.guild else None)
    tell(world, target, by, MessageType.CHANNEL_FOLLOW_ADD, content=news.name, reference=reference)


def publish(world: World, message: Message) -> list[Message]:
    """Mark a message of an announcement channel as published, and return its copies in the channels that follow."""
    news = message.channel
    message.flags |= MessageFlag.CROSSPOSTED
    events.message_updated(world, message)
    guild = news.guild
    name = f"{guild.name} #{news.name}" if guild else news.name
    source = Reference(message.id, news.id, guild.id if guild else None)
    copies: list[Message] = []
    for target in news.followers:
        webhook = User(world.ids.next(), name, bot=True, webhook=True)
        how = Circumstance(flags=MessageFlag.IS_CROSSPOST, reference=source, webhook_id=webhook.id)
        copies.append(posts.post(world, target, webhook, MessageForm(content=message.content), how))
    return copies
