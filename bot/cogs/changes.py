"""Listens for edits and deletions of messages, and passes those of messages that the history holds to the domain.

Most of these events are about messages that the bot never handled: each costs one read by indexes. Discord reports link previews,
pins and threads as edits as well; those have no time of an edit. Edits of one message that come in quick succession are carried
out as one.
"""

import asyncio
import logging
from collections import OrderedDict
from datetime import timedelta
from typing import Final

import discord
from discord.ext import commands

from bot.chat.changing import Changing
from bot.cogs.catch_up import CatchUp
from bot.cogs.receive import Receiver
from bot.errors import StoreError
from bot.gateway.client import ParleyClient
from bot.gateway.clock import DiscordClock
from bot.intake.message import NO_ID, asked, has_ids
from bot.intake.rendering import DiscordIntake

log = logging.getLogger(__name__)

_CALLS_WITHIN: Final = timedelta(minutes=5)
"""An edit may call the bot up to this age of its message."""
_PAGE: Final = 100
"""Messages that are listed at once; the most that Discord gives (documentation, "Get Channel Messages")."""
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
"""Pauses after each carried out edit of a message, in which further edits of it only replace each other. Each is twice as long as
the one before, because an edit may repeat a request to a model."""

_MOST_CARRIED_OUT: Final = 1_000
"""Edits of messages of questions that have several, kept with their times in milliseconds, so that none is carried out twice."""


class Changes(commands.Cog):
    """Follows edits and deletions."""

    def __init__(
        self,
        client: ParleyClient,
        changing: Changing,
        receiver: Receiver,
        *,
        catch_up: CatchUp,
        held: DiscordIntake,
        clock: DiscordClock,
        pause_seconds: float = _FIRST_PAUSE_SECONDS,
    ) -> None:
        self._client = client
        self._changing = changing
        self._receiver = receiver
        self._catch_up = catch_up
        self._held = held
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._newest: dict[int, discord.Message] = {}
        self._carried_out: OrderedDict[int, int] = OrderedDict()
        self._following: set[asyncio.Task[None]] = set()

    async def cog_unload(self) -> None:
        """End the pauses behind edits."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Follow the deletion of one message."""
        await self.deleted([payload.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Follow the deletion of up to 100 messages at once."""
        await self.deleted(sorted(payload.message_ids))

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Stop the answers of a channel that was deleted."""
        self._changing.place_deleted(channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Stop the answers of a thread that was deleted."""
        self._changing.place_deleted(payload.thread_id)

    async def deleted(self, message_ids: list[int]) -> None:
        """Follow the deletion of messages, also of those that are still to be claimed."""
        known = [one for one in message_ids if 0 < one < NO_ID]
        self._receiver.deleted(known)
        for message_id in known:
            self._held.forget(message_id)
        for message_id in known:
            await self._receiver.received(message_id)
        try:
            await self._changing.deleted(known)
        except StoreError as error:
            log.error("the deletion of messages could not be stored: %s", error)  # noqa: TRY400 -- it says it all

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Follow an edit, in a task of its own: each edit of the message until that ends only replaces the one before."""
        message = payload.message
        if message.edited_at is None or message.author == self._client.user or not has_ids(message):
            return
        is_followed = message.id in self._newest
        self._newest[message.id] = message
        if not is_followed:
            task = asyncio.create_task(self._follow(message.id), name=f"edits of {message.id}")
            self._following.add(task)
            task.add_done_callback(self._following.discard)

    async def _follow(self, message_id: int) -> None:
        """Carry out the newest edit of a message, and again after each pause in which another came."""
        pause = self._pause_seconds
        try:
            while True:
                message = self._newest[message_id]
                await self._catch_up.before(message)
                known = await self.edited(message)
                if known:
                    await asyncio.sleep(pause)
                if self._newest[message_id] is message:
                    return
                if not known:
                    continue
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        except StoreError as error:
            log.error("an edit of message %s could not be stored: %s", message_id, error)  # noqa: TRY400 -- it says it all
        except Exception:
            log.exception("an edit of message %s could not be dealt with", message_id)
        finally:
            del self._newest[message_id]

    async def edited(self, message: discord.Message) -> bool:
        """Follow the state of a message that was edited, and return whether it is one of a question. Raises StoreError.

        A young message that an edit made one for the bot is received like a new one.
        """
        await self._receiver.received(message.id)
        known = await self._changing.asked(message.id)
        if known is None:
            await self._receive_young(message)
            return False
        text, edited_at = asked(message).text, int(message.edited_at.timestamp() * 1000) if message.edited_at else 0
        newest = known.edited_at if known.alone else self._carried_out.get(message.id)
        if self._is_withheld(message) or text == known.text or edited_at <= (newest or 0):
            return True
        if not known.alone:  # the store keeps one time for all messages of a question
            self._carried_out[message.id] = edited_at
            while len(self._carried_out) > _MOST_CARRIED_OUT:
                self._carried_out.popitem(last=False)
        self._held.hold_for(message.id, message)
        await self._changing.edited(known, text, edited_at)
        return True

    async def look_back(self, channel: discord.abc.Messageable, place_id: int) -> None:
        """Find what was edited or deleted while the bot was away among the newest messages of a channel, by one request.

        A message that is missing among messages that Discord lists without a gap was deleted. Raises what discord.py raises.
        """
        try:
            known = {one.message_id: one for one in await self._changing.store.recent(place_id)}
        except StoreError as error:
            log.info("place %s: changes are not looked for: %s", place_id, error)
            return
        listed = [message async for message in channel.history(limit=_PAGE)] if known else []
        if not listed:  # Discord lists none where the bot may not read the history
            return
        ids = {message.id for message in listed}
        oldest = min(ids) if len(listed) == _PAGE else 0
        if missing := [one for one in known if one >= oldest and one not in ids]:
            await self.deleted(missing)
        for message in listed:
            before = known.get(message.id)
            if before is None or before.ours or message.edited_at is None:
                continue
            if message.edited_at.timestamp() * 1000 > (before.edited_at or 0):
                await self._look_at(message)

    async def _look_at(self, message: discord.Message) -> None:
        try:
            await self.edited(message)
        except StoreError as error:
            log.error("an edit of message %s could not be stored: %s", message.id, error)  # noqa: TRY400 -- it says it all

    def _is_withheld(self, message: discord.Message) -> bool:
        """Return whether Discord keeps the text of a message from the bot: then nothing is known of the edit."""
        bot = self._client.user
        return (
            not message.content
            and not self._client.reads_content
            and message.guild is not None
            and bot not in message.mentions
        )

    async def _receive_young(self, message: discord.Message) -> None:
        if message.edited_at is None or not self._receiver.is_for_bot(message):
            return
        if max(message.edited_at, self._clock.moment()) - message.created_at <= _CALLS_WITHIN:
            await self._receiver.receive(message)
