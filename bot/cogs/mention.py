"""Listens for new and edited messages and passes each to the receiver, after the missed messages of its place.

A mention that an edit adds counts like a new one where the message is young. A message that was dealt with before is not dealt
with again, because it is claimed once: an edit changes neither a question that was asked nor its answer.
"""

from datetime import timedelta
from typing import Final

import discord
from discord.ext import commands

from bot.cogs.catch_up import CatchUp
from bot.cogs.receive import Receiver
from bot.gateway.clock import DiscordClock
from bot.intake.message import has_ids
from bot.reply.nonce import Nonces

_EDIT_WITHIN: Final = timedelta(minutes=5)
"""An edit may call the bot up to this age of its message."""


class Mentions(commands.Cog):
    """Listens for new messages, and for edits that call the bot."""

    def __init__(
        self, client: discord.Client, receiver: Receiver, catch_up: CatchUp, nonces: Nonces, clock: DiscordClock
    ) -> None:
        self._client = client
        self._receiver = receiver
        self._catch_up = catch_up
        self._nonces = nonces
        self._clock = clock

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Pass a message to the receiver after the missed messages of its place, then record it as handled."""
        if not has_ids(message):
            return
        self._clock.saw(message.id)
        if message.author == self._client.user:
            await self._nonces.notice(message.nonce, int(message.created_at.timestamp() * 1000))
        await self._catch_up.before(message)
        await self._receiver.receive(message)
        untold = message.guild is None or isinstance(message.channel, discord.Thread)
        self._catch_up.saw(message.channel.id, message.id, untold=untold)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Pass a message to the receiver if an edit within 5 minutes of its sending made it one for the bot.

        Discord also reports link previews, pins and threads as edits; those have no time of an edit.
        """
        message = payload.message
        if message.edited_at is None or not self._receiver.is_for_bot(message):
            return
        if max(message.edited_at, self._clock.moment()) - message.created_at > _EDIT_WITHIN:
            return
        await self._catch_up.before(message)
        await self._receiver.receive(message)
