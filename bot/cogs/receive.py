"""Receives new and missed messages: checks that one is for the bot and may be answered, then claims it."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import aiohttp
import discord

from bot.chat.access import allows, may_be_allowed, roles_named
from bot.chat.ports.roles import RolesUnknown
from bot.chat.service import ChatService
from bot.chat.turns import TurnedDown
from bot.cogs import texts
from bot.cogs.unprompted import Unprompted
from bot.config import AccessSettings, Current
from bot.gateway.bot_permissions import Obstacle, obstacle
from bot.gateway.client import ParleyClient
from bot.gateway.clock import DiscordClock
from bot.gateway.hindrances import KnownHindrances
from bot.gateway.texts import mute
from bot.gateway.thread_opening import ThreadOpening
from bot.intake import message as intake
from bot.intake.rendering import DiscordIntake

log = logging.getLogger(__name__)

_TOLD_SECONDS: Final = 3600.0
"""A person is told at most once in this time what keeps the bot from writing in a channel, each hindrance apart."""
_MAX_DELETED: Final = 10_000
"""Deletions that are kept in mind: more than come in half a minute, the longest time that a message waits before its claim."""
ANSWERED_TYPES: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})


class Receiver:
    """Claims messages that are for the bot as questions."""

    def __init__(
        self,
        client: ParleyClient,
        chat: ChatService,
        held: DiscordIntake,
        access: Current[AccessSettings],
        clock: DiscordClock,
        *,
        hindrances: KnownHindrances,
        unprompted: Unprompted,
        opening: ThreadOpening,
    ) -> None:
        self._client = client
        self._roles = client.shared_roles
        self._chat = chat
        self._held = held
        self._access = access
        self._clock = clock
        self._hindrances = hindrances
        self._unprompted = unprompted
        self._opening = opening
        self._told: dict[tuple[int, int, str], float] = {}
        self._deleted: OrderedDict[int, None] = OrderedDict()
        self._receiving: dict[int, asyncio.Event] = {}

    def deleted(self, message_ids: Sequence[int]) -> None:
        """Note that messages were deleted, so that those are not claimed which still wait for that."""
        self._deleted |= dict.fromkeys(message_ids)
        while len(self._deleted) > _MAX_DELETED:
            self._deleted.popitem(last=False)

    async def receive(self, message: discord.Message) -> None:
        """Claim a message if it is for the bot. Nothing is awaited before the claim, so that the order of arrival is kept.

        Only for a message fetched from the history, the author is fetched first: Discord sends such a message without the
        author's roles, and the author may have left. Likewise, where access lists name roles, for a message from a server that
        discord.py does not know. A direct message is then claimed without its text: the roles are looked up in its lane.
        Raises discord.HTTPException when the author cannot be fetched.
        """
        bot = self._client.user
        if bot is None or not self.is_for_bot(message):
            return
        with self._receives(message.id):
            await self._receive(message, bot)

    async def received(self, message_id: int) -> None:
        """Wait until a message that is being claimed is claimed, so that an edit or a deletion finds its question."""
        if (receiving := self._receiving.get(message_id)) is not None:
            await receiving.wait()

    @contextmanager
    def _receives(self, message_id: int) -> Generator[None]:
        receiving = self._receiving.setdefault(message_id, asyncio.Event())
        try:
            yield
        finally:
            self._receiving.pop(message_id, None)
            receiving.set()

    async def _receive(self, message: discord.Message, bot: discord.abc.User) -> None:
        """Claim a message that is for the bot, if it may be answered. Raises discord.HTTPException."""
        try:
            if not await self._may_ask(message):
                return
        except RolesUnknown as error:
            log.warning("message %s: %s", message.id, error)
            await self._chat.turn_down(intake.asked(message), TurnedDown.UNANSWERABLE, texts.BROKEN)
            return
        if (hindered := obstacle(message.channel, self._clock.moment())) is not None:
            if self._addresses_bot(message):
                await self._report(message, hindered)
            return
        await self._claim(message, bot)

    async def _claim(self, message: discord.Message, bot: discord.abc.User) -> None:
        """Claim a message that may be answered, as a question or turned down. A direct message by its ids, where roles count."""
        if message.id in self._deleted:
            return
        asked = intake.asked(message)
        if (gap := intake.gap(message, bot)) is not None:
            if not self._addresses_bot(message):
                return
            await self._chat.turn_down(asked, TurnedDown.UNANSWERABLE, texts.GAPS[gap])
            return
        if intake.guild_id_of(message) is None and roles_named(self._access.value):
            asked = replace(asked, text="")
        self._held.hold(message)
        self._hindrances.keep(message.channel)
        self._unprompted.asked_in(message.channel)
        if await self._chat.mention(asked):
            self._opening.asked_in(message.channel, message.content)
        else:
            self._held.let_go(message)

    def is_for_bot(self, message: discord.Message) -> bool:
        """Return whether a person addresses the bot, or writes a message in a place in which it needs no mention."""
        if not intake.has_ids(message):
            return False
        if message.author.bot or message.webhook_id is not None or message.type not in ANSWERED_TYPES:
            return False
        return self._addresses_bot(message) or self._unprompted.is_question(message)

    def _addresses_bot(self, message: discord.Message) -> bool:
        """Return whether a message mentions the bot's user or managed role, or is a direct message; never by @everyone."""
        bot = self._client.user
        return bot is not None and (
            isinstance(message.channel, discord.DMChannel) or bot in message.mentions or intake.calls_role(message, bot)
        )

    async def _may_ask(self, message: discord.Message) -> bool:
        """Return whether the access lists allow a message; of a direct message, whether they may, once roles are known.

        The roles of the writer of a direct message that holds nothing to answer are awaited: it needs no place in an order.
        Raises RolesUnknown, and discord.HTTPException when the author of a message in a server cannot be fetched.
        """
        access, guild_id, person = self._access.value, intake.guild_id_of(message), message.author
        if message.guild is not None and not isinstance(person, discord.Member):
            try:
                message.author = person = await message.guild.fetch_member(person.id)
            except discord.NotFound:
                return False
        origin = intake.origin_of(person, message.channel, guild_id)
        named = roles_named(access)
        if guild_id is None and named:
            if self._client.user is None or intake.gap(message, self._client.user) is None:
                return may_be_allowed(access, origin)
            origin = replace(origin, role_ids=await self._roles.of(person.id, named))
        elif message.guild is None and guild_id is not None and named:
            origin = replace(origin, role_ids=await self._roles.of_member(person.id, guild_id))
        return allows(access, origin)

    async def _report(self, message: discord.Message, hindered: Obstacle) -> None:
        """Log what keeps the bot from writing, and tell the asker in a DM, because the bot cannot write in the channel."""
        log.warning("question %s stays unanswered: in channel %s %s", message.id, message.channel.id, hindered)
        key, now = (message.author.id, message.channel.id, str(hindered)), time.monotonic()
        self._told = {told: at for told, at in self._told.items() if now - at < _TOLD_SECONDS}
        if key in self._told:
            return
        self._told[key] = now
        try:
            await message.author.send(mute(message.channel.id, hindered))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("question %s: its asker cannot be told (%s)", message.id, type(error).__name__)
