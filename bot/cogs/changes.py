"""Listens for edits and deletions of messages, and passes those of messages that the history holds to the domain.

Most of these events are about messages that the bot never handled: each costs one read by indexes. Discord reports link previews,
pins and threads as edits as well; those have no time of an edit. Edits of one message that come in quick succession are carried
out as one.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

import discord
from discord.ext import commands

from bot.chat.changing import Changing
from bot.chat.late_writes import LateWrites
from bot.chat.ports.changes import AskedMessage, Found
from bot.chat.unstored import Stored
from bot.cogs.catch_up import CatchUp
from bot.cogs.receive import Receiver
from bot.errors import StoreError
from bot.gateway.client import ParleyClient
from bot.gateway.clock import DiscordClock
from bot.intake.message import NO_ID, asked, has_ids
from bot.intake.rendering import DiscordIntake
from bot.intake.requoting import Requoting, is_withheld

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
_MOST_UNSTORED: Final = 10_000
"""Deletions, and edits, that are kept while the store takes none. Of further ones the next start finds what is recent."""
_LATE_SECONDS: Final = 5.0
"""An edit that the store takes late is carried out beside the others from here on, because all answers wait for late writes."""


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
        requoting: Requoting,
        late_writes: LateWrites,
        clock: DiscordClock,
        pause_seconds: float = _FIRST_PAUSE_SECONDS,
        late_seconds: float = _LATE_SECONDS,
    ) -> None:
        self._client = client
        self._changing = changing
        self._receiver = receiver
        self._catch_up = catch_up
        self._held = held
        self._requoting = requoting
        self._late_writes = late_writes
        self._unstored: dict[int, discord.Message] = {}
        self._undeleted: dict[int, None] = {}
        self._beside: set[asyncio.Task[bool]] = set()
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._late_seconds = late_seconds
        self._newest: dict[int, discord.Message] = {}
        self._again: dict[int, discord.Message] = {}
        self._carried_out: OrderedDict[int, int] = OrderedDict()
        self._following: set[asyncio.Task[Any]] = set()

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
        if not known:
            return
        await self._late_writes.flush()
        try:
            await self._changing.deleted(known)
        except StoreError as error:
            log.error("the deletion of messages could not be stored yet: %s", error)  # noqa: TRY400 -- it says it all
            if not self._undeleted:
                self._late_writes.add(known[0], self._delete_late)
            self._undeleted |= dict.fromkeys(known[: _MOST_UNSTORED - len(self._undeleted)])

    async def _delete_late(self) -> None:
        """Follow all deletions that the store did not take. Raises StoreError."""
        ids = tuple(self._undeleted)
        try:
            await self._changing.deleted(ids)
        except StoreError:
            raise
        except Exception:
            log.exception("the deletion of messages cannot be stored")
        for one in ids:
            del self._undeleted[one]
        if self._undeleted:  # more came meanwhile
            self._late_writes.add(next(iter(self._undeleted)), self._delete_late)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Follow an edit, in a task of its own: each edit of the message until that ends only replaces the one before."""
        message = payload.message
        if message.edited_at is None or not has_ids(message):
            return
        self._again.pop(message.id, None)
        if not self._is_withheld(message):
            self._held.edited(message, (*self._newest.values(), *self._unstored.values()))
            if unstored := self._changing.unstored.now():
                self._repeat(message, unstored)
        is_followed = message.id in self._newest
        self._newest[message.id] = message
        if not is_followed:
            self._own(asyncio.create_task(self._follow(message.id), name=f"edits of {message.id}"))

    def _own(self, task: "asyncio.Task[Any]") -> None:
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    def _repeat(self, message: discord.Message, unstored: Sequence[Stored]) -> None:
        """Carry out an edit once more when these questions are stored: they may quote the message as it was."""
        if len(self._again) < _MOST_UNSTORED:
            self._again[message.id] = message
            self._own(asyncio.create_task(self._look_again(message, unstored), name=f"edit of {message.id} again"))

    async def _look_again(self, message: discord.Message, unstored: Sequence[Stored]) -> None:
        for one in unstored:
            await one.wait()
        if self._again.get(message.id) is not message:  # a newer edit is carried out instead
            return
        try:
            await self._requoted(message)
        except StoreError as error:
            log.error("an edit of message %s could not be stored yet: %s", message.id, error)  # noqa: TRY400 -- as above
            if self._is_newest(message):
                self._keep(message)
        except Exception:
            log.exception("an edit of message %s could not be dealt with", message.id)
        finally:
            if self._again.get(message.id) is message:
                del self._again[message.id]

    async def _follow(self, message_id: int) -> None:
        """Carry out the newest edit of a message, and again after each pause in which another came."""
        pause = self._pause_seconds
        try:
            while True:
                message = self._newest[message_id]
                await self._catch_up.before(message)
                known = await self._carry_out(message)
                if known:
                    await asyncio.sleep(pause)
                if self._newest[message_id] is message:
                    return
                if not known:
                    continue
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        except Exception:
            log.exception("an edit of message %s could not be dealt with", message_id)
        finally:
            del self._newest[message_id]

    async def _carry_out(self, message: discord.Message) -> bool:
        """Follow the state of a message that was edited, later if the store fails now. Return whether a question holds it."""
        await self._late_writes.flush()
        try:
            known = await self.edited(message)
        except StoreError as error:
            log.error("an edit of message %s could not be stored yet: %s", message.id, error)  # noqa: TRY400 -- as above
            self._keep(message)
            return True
        self._unstored.pop(message.id, None)
        return known

    def _keep(self, message: discord.Message) -> None:
        """Keep an edit that the store did not take, and carry it out later."""
        if message.id not in self._unstored:
            if len(self._unstored) >= _MOST_UNSTORED:
                return
            self._late_writes.add(message.id, partial(self._carry_out_late, message.id))
        self._unstored[message.id] = message

    async def _carry_out_late(self, message_id: int) -> None:
        """Follow the newest of the edits of a message that the store did not take. Raises StoreError.

        Where that takes long, as Discord is asked who may read it, or files are fetched, it goes on in a task of its own, and
        so do those behind it.
        """
        if (kept := self._unstored.get(message_id)) is None:
            return
        message = self._newest.get(message_id, kept)
        task = asyncio.create_task(self.edited(message), name=f"late edit of {message_id}")
        self._own(task)
        await asyncio.wait({task}, timeout=0 if self._beside else self._late_seconds)
        if not task.done():
            self._beside.add(task)
            task.add_done_callback(partial(self._carried_out_beside, message))
        elif task.cancelled():
            return
        elif isinstance(error := task.exception(), StoreError):
            raise error
        elif error is not None:
            log.error("an edit of message %s could not be dealt with", message_id, exc_info=error)
        if self._unstored.get(message_id) is kept:
            del self._unstored[message_id]

    def _carried_out_beside(self, message: discord.Message, task: "asyncio.Task[bool]") -> None:
        """Keep an edit again that the store did not take after all, unless a newer one is kept."""
        self._beside.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, StoreError) and message.id not in self._unstored:
            self._keep(message)
        elif error is not None and not isinstance(error, StoreError):
            log.error("an edit of message %s could not be dealt with", message.id, exc_info=error)

    async def edited(self, message: discord.Message) -> bool:
        """Follow the state of a message that was edited, and return whether a question holds it. Raises StoreError.

        A young message that an edit made one for the bot is received like a new one.
        """
        await self._receiver.received(message.id)
        known, is_quoted = await self._requoted(message)
        if known is None:
            await self._receive_young(message)
            return is_quoted
        text, edited_at = asked(message).text, _edited_at(message)
        newest = known.edited_at if known.alone else self._carried_out.get(message.id)
        if self._is_withheld(message) or text == known.text or edited_at <= (newest or 0):
            return True
        self._held.hold_for(message.id, message)
        await self._changing.edited(known, text, edited_at)
        if not known.alone:  # the store keeps one time for all messages of a question
            self._carried_out[message.id] = edited_at
            while len(self._carried_out) > _MOST_CARRIED_OUT:
                self._carried_out.popitem(last=False)
        return True

    def _is_newest(self, message: discord.Message) -> bool:
        """Return whether no newer edit of a message is being carried out."""
        return all(edits.get(message.id, message) is message for edits in (self._newest, self._again))

    async def _requoted(self, message: discord.Message) -> tuple[AskedMessage | None, bool]:
        """Put the words of an edited message where questions quote it. Return it as one of a question, and whether any does.

        Where a newer edit came meanwhile, that one does it: of two at a time, the second would find other words than it read.
        Raises StoreError.
        """
        known, quoted = await self._changing.held(message.id)
        if quoted and not self._is_withheld(message):
            for words, new in await self._requoting.changed(message, quoted):
                if self._is_newest(message):
                    await self._changing.requote(words, new)
        return known, bool(quoted)

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
        edited = [one for one in listed if one.edited_at is not None and one.author != self._client.user]
        quoted = await self._quoted_among([one.id for one in edited])
        for message in edited:
            before = known.get(message.id)
            asked = before is not None and _edited_at(message) > (before.edited_at or 0)
            if asked or message.id in quoted:
                await self._carry_out(message)

    async def _quoted_among(self, message_ids: list[int]) -> set[int]:
        """Return those of these messages that questions quote."""
        try:
            found = await self._changing.store.find(message_ids) if message_ids else Found()
        except StoreError as error:
            log.info("edits of quoted messages are not looked for: %s", error)
            return set()
        return {one.message_id for one in found.words}

    def _is_withheld(self, message: discord.Message) -> bool:
        """Return whether Discord keeps the text of a message from the bot: then nothing is known of the edit."""
        return is_withheld(message, self._client.user, reads_content=self._client.reads_content)

    async def _receive_young(self, message: discord.Message) -> None:
        if message.edited_at is None or not self._receiver.is_for_bot(message):
            return
        if max(message.edited_at, self._clock.moment()) - message.created_at <= _CALLS_WITHIN:
            await self._receiver.receive(message)


def _edited_at(message: discord.Message) -> int:
    """Return when a message was last edited, in milliseconds; 0 for never."""
    return int(message.edited_at.timestamp() * 1000) if message.edited_at else 0
