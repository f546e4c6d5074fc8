"""Listens for new messages and passes each to the receiver, after the missed messages of its place."""

import discord
from discord.ext import commands

from bot.cogs.catch_up import CatchUp
from bot.cogs.receive import Receiver
from bot.gateway.clock import DiscordClock
from bot.intake.message import has_ids
from bot.reply.nonce import Nonces


class Mentions(commands.Cog):
    """Listens for new messages."""

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
