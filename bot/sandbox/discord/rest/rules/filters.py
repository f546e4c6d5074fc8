"""`demand_unblocked` refuses messages that a guild's AutoMod rules or Discord's filter of harmful links block.

Sources: Discord's documentation, Opcodes and Status Codes, "JSON Error Codes" (200000, 240000). Members who may manage the guild,
bots and webhooks are exempt from AutoMod (marcusrbrown/.dotfiles#1663). The filter of links refuses messages of bots as well
(Dragory/modmailbot#730); the wording for it is that of such reports. Here it holds in guilds; what it does in direct messages
has no source.
"""

import re

from bot.sandbox.discord.gateway import events
from bot.sandbox.discord.world.access import permissions_in
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.errors import ApiError
from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.keywords import KeywordRule
from bot.sandbox.discord.world.messages import Message, MessageType
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World

_HOST = re.compile(r"https?://([^\s/?#<>()]+)", re.IGNORECASE)
_MANAGES = Permission.MANAGE_GUILD | Permission.ADMINISTRATOR


def demand_unblocked(world: World, channel: Channel, author: User, content: str | None) -> None:
    """Refuse a text that is blocked in a channel. Raises ApiError 240000 or 200000."""
    guild = channel.guild
    if guild is None or not content:
        return
    hosts = [host.lower().rsplit("@")[-1].partition(":")[0] for host in _HOST.findall(content)]
    if any(host == bad or host.endswith(f".{bad}") for host in hosts for bad in guild.harmful_links):
        raise ApiError(400, 240000, "Message blocked by harmful links filter")
    for rule in guild.keyword_rules:
        found = rule.finds(content)
        if found and not _exempt(rule, guild, channel, author):
            _alert(world, rule, channel, author, (content, found))
            raise ApiError(400, 200000, "Message was blocked by automatic moderation")


def _exempt(rule: KeywordRule, guild: Guild, channel: Channel, author: User) -> bool:
    if author.bot and not (rule.bots_too and not author.webhook):
        return True
    member = guild.members.get(author.id)
    roles = {role.id for role in member.roles} if member else set[int]()
    manages = permissions_in(channel, author) & _MANAGES
    return bool(manages or roles & rule.exempt_roles or {channel.id, channel.base.id} & rule.exempt_channels)


def _alert(world: World, rule: KeywordRule, channel: Channel, author: User, blocked: tuple[str, str]) -> None:
    """Tell of a blocked message in the rule's channel: a message of its author with an embed (Message, "Embed Types")."""
    alerts = world.channels.get(rule.alerts_in or 0)
    if alerts is None:
        return
    content, found = blocked
    about = {"rule_name": rule.name, "channel_id": str(channel.id), "keyword": found, "keyword_matched_content": found}
    message = Message(world.ids.next(), alerts, author, world.clock.now(), type=MessageType.AUTO_MODERATION_ACTION)
    message.embeds = [
        {
            "type": "auto_moderation_message",
            "description": content,
            "fields": [{"name": name, "value": value, "inline": False} for name, value in about.items()],
        }
    ]
    world.history.setdefault(alerts.id, {})[message.id] = message
    alerts.last_message_id = message.id
    events.message_created(world, message)
