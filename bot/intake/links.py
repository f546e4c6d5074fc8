"""Reads the messages that a question links to, as far as its asker may read them now.

The permissions are those of the moment: the asker's roles are fetched from Discord for each question with links. A link to a
message that is not there, and one to a place that the asker, or the bot, may not read, are the same to whoever asks.
"""

import logging
import re
from dataclasses import dataclass
from typing import Final

import discord

from bot.chat.turns import Question
from bot.config import AccessSettings, Current
from bot.intake.consent import Consent
from bot.intake.failures import FAILURES
from bot.intake.message import guild_id_of
from bot.intake.quotes import Linked
from bot.intake.readers import reads

log = logging.getLogger(__name__)

MOST_LINKS: Final = 3
_LINK: Final = re.compile(
    r"https?://(?:(?:www|canary|ptb)\.)?discord(?:app)?\.com/channels/(?P<guild>@me|\d{15,20})/(?P<channel>\d{15,20})/(?P<message>\d{15,20})(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a message. `guild_id` is None for one in direct messages."""

    text: str
    guild_id: int | None
    channel_id: int
    message_id: int


def links_in(message: discord.Message, bot: discord.abc.User) -> list[Link]:
    """Return the first three links in a question's text, each message once; none to itself or to what it replies to.

    A message of the bot's own has none.
    """
    if "/channels/" not in message.content or message.author.id == bot.id:
        return []
    known = {message.id, message.reference.message_id if message.reference else None}
    found: dict[int, Link] = {}
    for match in _LINK.finditer(message.content):
        guild_id = None if match["guild"] == "@me" else int(match["guild"])
        link = Link(match[0], guild_id, int(match["channel"]), int(match["message"]))
        if link.message_id not in known and len(found) < MOST_LINKS:
            found.setdefault(link.message_id, link)
    return list(found.values())


class Links:
    """Reads linked messages for the askers of questions; none of places on the deny lists, none of people not to be quoted."""

    def __init__(self, client: discord.Client, access: Current[AccessSettings], consent: Consent) -> None:
        self._client = client
        self._access = access
        self._consent = consent

    async def read(self, link: Link, message: discord.Message, question: Question) -> Linked:
        """Return the message that a link leads to; none where its asker or the bot may not read it, or it is not there."""
        try:
            place = await self._readable(link, message, question.author.id)
            if place is None:
                return Linked(link.text)
            channel = self._client.get_partial_messageable(link.channel_id, guild_id=link.guild_id)
            found = await channel.fetch_message(link.message_id)
            covered = self._consent.covers(found.author.id, question.author.id)
            return Linked(link.text, found, place) if covered else Linked(link.text)
        except FAILURES as error:
            log.info("question %s: a link cannot be followed (%s)", question.key, type(error).__name__)
            return Linked(link.text)

    async def may_read(self, message: discord.Message, asker_id: int) -> bool:
        """Return whether a person may read a message of a server where it stands, as `read` does."""
        link = Link("", guild_id_of(message), message.channel.id, message.id)
        try:
            return link.guild_id is not None and await self._readable(link, message, asker_id) is not None
        except FAILURES as error:
            log.info("message %s: whether %s may read it is not known (%s)", message.id, asker_id, type(error).__name__)
            return False

    async def _readable(self, link: Link, message: discord.Message, asker_id: int) -> str | None:
        """Return the name of the linked place, empty for direct messages; None unless asker and bot may read its history.

        Raises what discord.py raises.
        """
        if link.guild_id is None:
            return "" if message.guild is None and message.channel.id == link.channel_id else None
        guild = self._client.get_guild(link.guild_id)
        if guild is None or guild.unavailable or guild.id in self._access.value.deny_guilds:
            return None
        channel = guild.get_channel_or_thread(link.channel_id) or await self._client.fetch_channel(link.channel_id)
        if isinstance(channel, discord.abc.PrivateChannel) or channel.guild.id != guild.id or self._is_denied(channel):
            return None
        if not reads(guild.me, channel):
            return None
        asker = await guild.fetch_member(asker_id)
        return channel.name if reads(asker, channel) and await _is_let_in(asker, channel) else None

    def _is_denied(self, channel: discord.abc.GuildChannel | discord.Thread) -> bool:
        parent = channel.parent if isinstance(channel, discord.Thread) else channel
        ids = (channel.id, getattr(parent, "id", None), getattr(parent, "category_id", None))
        return not self._access.value.deny_channels.isdisjoint(one for one in ids if one)


async def _is_let_in(member: discord.Member, channel: discord.abc.GuildChannel | discord.Thread) -> bool:
    """Return whether a member who may read a thread's channel may read the thread: in a private one, its members only."""
    if not isinstance(channel, discord.Thread) or not channel.is_private():
        return True
    if channel.permissions_for(member).manage_threads:
        return True
    try:
        await channel.fetch_member(member.id)
    except discord.NotFound:
        return False
    return True
