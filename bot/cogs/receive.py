"""Receiving a message: is it for the bot, may it be answered, then claim it. One function for new messages and missed ones."""

import logging
import time
from typing import Final

import aiohttp
import discord

from bot.chat.access import allows
from bot.chat.service import ChatService
from bot.chat.turns import TurnedDown
from bot.cogs import sentences
from bot.config import AccessSettings, Current
from bot.intake import message as intake
from bot.intake.rendering import DiscordIntake

log = logging.getLogger(__name__)

_TOLD_SECONDS: Final = 3600.0
"""For so long a person is not told again of the same channel."""
_TYPES: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})


class Receiver:
    """Turns messages into claimed questions."""

    def __init__(
        self, client: discord.Client, chat: ChatService, held: DiscordIntake, access: Current[AccessSettings]
    ) -> None:
        self._client = client
        self._chat = chat
        self._held = held
        self._access = access
        self._told: dict[tuple[int, int], float] = {}

    async def receive(self, message: discord.Message) -> None:
        """Claim a message that is for the bot; nothing is awaited before, so that the order of arrival is kept.

        Only a message that was fetched has its author looked up: Discord sends it without their roles, and they may have left.
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
        if (permission := _missing(message)) is not None:
            await self._complain(message, permission)
            return
        asked = intake.asked(message)
        if intake.is_empty(message, bot):
            unseen = not message.content and intake.calls_role(message, bot)
            await self._chat.turn_down(
                asked, TurnedDown.UNANSWERABLE, sentences.NOTHING_SEEN if unseen else sentences.NOTHING_ASKED
            )
            return
        self._held.hold(message)
        if not await self._chat.mention(asked):
            self._held.let_go(message)

    def _is_allowed(self, message: discord.Message) -> bool:
        origin = intake.origin_of(message.author, message.channel, message.guild.id if message.guild else None)
        return allows(self._access.value, origin)

    async def _complain(self, message: discord.Message, permission: str) -> None:
        """Say what is missing: in the log, and to the asker alone, because nothing can be said in that channel."""
        name = permission.replace("_", " ").title().replace(" In ", " in ")
        log.warning(
            "question %s stays unanswered: in channel %s I lack the permission %s", message.id, message.channel.id, name
        )
        key, now = (message.author.id, message.channel.id), time.monotonic()
        self._told = {one: at for one, at in self._told.items() if now - at < _TOLD_SECONDS}
        if key in self._told:
            return
        self._told[key] = now
        try:
            await message.author.send(sentences.MUTE.format(channel=message.channel.id, permission=name))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("question %s: its asker cannot be told (%s)", message.id, type(error).__name__)


def _is_for(message: discord.Message, bot: discord.ClientUser) -> bool:
    """Whether a person calls the bot: by its user, its managed role, or in a DM; never by @everyone."""
    if message.author.bot or message.webhook_id is not None or message.type not in _TYPES:
        return False
    return isinstance(message.channel, discord.DMChannel) or bot in message.mentions or intake.calls_role(message, bot)


def _missing(message: discord.Message) -> str | None:
    """The permission without which the bot cannot answer there; no money is spent on an answer that cannot be shown."""
    channel, guild = message.channel, message.guild
    if guild is None or not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return None
    name = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    return None if getattr(channel.permissions_for(guild.me), name) else name
