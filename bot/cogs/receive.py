"""Receives new and missed messages: checks that one is for the bot and may be answered, then claims it."""

import logging
import time
from typing import Final

import aiohttp
import discord

from bot.chat.access import allows
from bot.chat.service import ChatService
from bot.chat.turns import TurnedDown
from bot.cogs import texts
from bot.config import AccessSettings, Current
from bot.intake import message as intake
from bot.intake.rendering import DiscordIntake

log = logging.getLogger(__name__)

_TOLD_SECONDS: Final = 3600.0
"""A person is told at most once in this time that the bot may not write in a channel."""
_TYPES: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})


class Receiver:
    """Claims messages that are for the bot as questions."""

    def __init__(
        self, client: discord.Client, chat: ChatService, held: DiscordIntake, access: Current[AccessSettings]
    ) -> None:
        self._client = client
        self._chat = chat
        self._held = held
        self._access = access
        self._told: dict[tuple[int, int], float] = {}

    async def receive(self, message: discord.Message) -> None:
        """Claim a message if it is for the bot. Nothing is awaited before the claim, so that the order of arrival is kept.

        Only for a message fetched from the history, the author is fetched first: Discord sends such a message without the
        author's roles, and the author may have left. Raises discord.HTTPException when the author cannot be fetched.
        """
        bot = self._client.user
        if bot is None or not _is_for(message, bot):
            return
        if message.guild is not None and not isinstance(message.author, discord.Member):
            try:
                message.author = await message.guild.fetch_member(message.author.id)
            except discord.NotFound:
                return
        if not self._is_allowed(message):
            return
        if (permission := _missing_permission(message)) is not None:
            await self._report_missing(message, permission)
            return
        asked = intake.asked(message)
        if (gap := intake.gap(message, bot)) is not None:
            await self._chat.turn_down(asked, TurnedDown.UNANSWERABLE, texts.GAPS[gap])
            return
        self._held.hold(message)
        if not await self._chat.mention(asked):
            self._held.let_go(message)

    def _is_allowed(self, message: discord.Message) -> bool:
        origin = intake.origin_of(message.author, message.channel, message.guild.id if message.guild else None)
        return allows(self._access.value, origin)

    async def _report_missing(self, message: discord.Message, permission: str) -> None:
        """Log the missing permission, and tell the asker in a DM, because the bot cannot write in the channel."""
        name = permission.replace("_", " ").title().replace(" In ", " in ")
        log.warning(
            "question %s stays unanswered: in channel %s I lack the permission %s", message.id, message.channel.id, name
        )
        key, now = (message.author.id, message.channel.id), time.monotonic()
        self._told = {told: at for told, at in self._told.items() if now - at < _TOLD_SECONDS}
        if key in self._told:
            return
        self._told[key] = now
        try:
            await message.author.send(texts.MUTE.format(channel=message.channel.id, permission=name))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("question %s: its asker cannot be told (%s)", message.id, type(error).__name__)


def _is_for(message: discord.Message, bot: discord.ClientUser) -> bool:
    """Return whether a person addresses the bot: by mentioning its user or managed role, or in a DM; never by @everyone."""
    if message.author.bot or message.webhook_id is not None or message.type not in _TYPES:
        return False
    return isinstance(message.channel, discord.DMChannel) or bot in message.mentions or intake.calls_role(message, bot)


def _missing_permission(message: discord.Message) -> str | None:
    """Return the permission that the bot lacks to answer, or None. No money is spent on an answer that cannot be shown."""
    channel, guild = message.channel, message.guild
    if guild is None or not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return None
    name = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    return None if getattr(channel.permissions_for(guild.me), name) else name
