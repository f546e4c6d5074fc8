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
from bot.gateway.bot_permissions import Obstacle, obstacle
from bot.gateway.clock import DiscordClock
from bot.intake import message as intake
from bot.intake.rendering import DiscordIntake

log = logging.getLogger(__name__)

_TOLD_SECONDS: Final = 3600.0
"""A person is told at most once in this time what keeps the bot from writing in a channel, each hindrance apart."""
_TYPES: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})


class Receiver:
    """Claims messages that are for the bot as questions."""

    def __init__(
        self,
        client: discord.Client,
        chat: ChatService,
        held: DiscordIntake,
        access: Current[AccessSettings],
        clock: DiscordClock,
    ) -> None:
        self._client = client
        self._chat = chat
        self._held = held
        self._access = access
        self._clock = clock
        self._told: dict[tuple[int, int, str], float] = {}

    async def receive(self, message: discord.Message) -> None:
        """Claim a message if it is for the bot. Nothing is awaited before the claim, so that the order of arrival is kept.

        Only for a message fetched from the history, the author is fetched first: Discord sends such a message without the
        author's roles, and the author may have left. Raises discord.HTTPException when the author cannot be fetched.
        """
        bot = self._client.user
        if bot is None or not self.is_for_bot(message):
            return
        if message.guild is not None and not isinstance(message.author, discord.Member):
            try:
                message.author = await message.guild.fetch_member(message.author.id)
            except discord.NotFound:
                return
        if not self._is_allowed(message):
            return
        if (hindered := obstacle(message.channel, self._clock.moment())) is not None:
            await self._report(message, hindered)
            return
        asked = intake.asked(message)
        if (gap := intake.gap(message, bot)) is not None:
            await self._chat.turn_down(asked, TurnedDown.UNANSWERABLE, texts.GAPS[gap])
            return
        self._held.hold(message)
        if not await self._chat.mention(asked):
            self._held.let_go(message)

    def is_for_bot(self, message: discord.Message) -> bool:
        """Return whether a person addresses the bot: by mentioning its user or managed role, or in a DM; never by @everyone."""
        bot = self._client.user
        if bot is None or message.author.bot or message.webhook_id is not None or message.type not in _TYPES:
            return False
        return (
            isinstance(message.channel, discord.DMChannel) or bot in message.mentions or intake.calls_role(message, bot)
        )

    def _is_allowed(self, message: discord.Message) -> bool:
        origin = intake.origin_of(message.author, message.channel, message.guild.id if message.guild else None)
        return allows(self._access.value, origin)

    async def _report(self, message: discord.Message, hindered: Obstacle) -> None:
        """Log what keeps the bot from writing, and tell the asker in a DM, because the bot cannot write in the channel."""
        log.warning("question %s stays unanswered: in channel %s %s", message.id, message.channel.id, hindered)
        key, now = (message.author.id, message.channel.id, str(hindered)), time.monotonic()
        self._told = {told: at for told, at in self._told.items() if now - at < _TOLD_SECONDS}
        if key in self._told:
            return
        self._told[key] = now
        try:
            await message.author.send(texts.mute(message.channel.id, hindered))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("question %s: its asker cannot be told (%s)", message.id, type(error).__name__)
