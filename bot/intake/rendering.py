"""Renders questions for the model: from the message at hand, or fetched again, or from the text that was stored."""

import logging
from collections import OrderedDict
from typing import Final

import aiohttp
import discord

from bot.chat.content import Content, Text
from bot.chat.places import PlaceKind
from bot.chat.speakers import tagged
from bot.chat.turns import Question
from bot.intake.message import rendered

log = logging.getLogger(__name__)

_AT_HAND: Final = 1_000
"""Messages that are kept at hand; what waits longer behind others is fetched again."""


class DiscordIntake:
    """`chat.ports.intake.Intake` by discord.py. Discord's objects end here."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._at_hand: OrderedDict[int, discord.Message] = OrderedDict()

    def hold(self, message: discord.Message) -> None:
        """Keep a message at hand until it is rendered."""
        self._at_hand[message.id] = message
        while len(self._at_hand) > _AT_HAND:
            self._at_hand.popitem(last=False)

    def let_go(self, message: discord.Message) -> None:
        """Keep a message no longer."""
        self._at_hand.pop(message.id, None)

    async def render(self, question: Question) -> tuple[Content, ...]:
        """See `Intake.render`."""
        message = self._at_hand.pop(question.key, None) or await self._fetched(question)
        bot = self._client.user
        direct = question.place.kind is PlaceKind.DM
        if message is not None and bot is not None:
            return (Text(rendered(message, bot, question.author, direct=direct)),)
        return (Text(question.text if direct else tagged(question.author, question.text)),)

    async def _fetched(self, question: Question) -> discord.Message | None:
        channel = self._client.get_partial_messageable(question.place.id, guild_id=question.place.guild_id)
        try:
            return await channel.fetch_message(question.key)
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.info(
                "question %s cannot be fetched again (%s): its raw text serves", question.key, type(error).__name__
            )
            return None
