"""Catching up: after a downtime or a lost session, messages that were missed are received before what is said now.

GUILD_CREATE carries the newest message's id of each channel and active thread; only where it is newer than the last one
that was dealt with is anything fetched. Of direct messages and archived threads Discord tells nothing: those that were
talked in lately are asked for. The claim decides what is answered, so nothing is answered twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp
import discord
from discord.ext import commands

from bot.chat.ports.facts import Facts
from bot.chat.ports.seen import Seen
from bot.cogs.ordering import Ordering
from bot.errors import StoreError

log = logging.getLogger(__name__)

Receive = Callable[[discord.Message], Awaitable[None]]
"""Handles one message that was missed."""

FIRST_START: Final = "id of the first start"
"""The fact that says which messages are older than the bot: the id that one would have had when it first started."""
_LONGEST: Final = timedelta(hours=24)
"""How far back missed messages are looked for."""
_MESSAGES: Final = 300
"""The most messages that are looked through in one place, the newest ones."""
_PLACES: Final = 200
"""The most places that are looked at after one connect."""
_PLACES_UNTOLD: Final = 100
"""The most direct messages and threads that are asked for though nothing tells that they have news; the liveliest."""
_AT_A_TIME: Final = 2
_FIRST_SECONDS: Final = 1.0
_KEEP_SECONDS: Final = 5.0
_PATIENCE_SECONDS: Final = 30.0
"""How long new messages wait for the missed ones before them, from the moment that these are looked for."""
_PAUSES_SECONDS: Final = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""The pauses after looks that failed; then the next connect looks again."""
_GONE: Final = (discord.NotFound, discord.Forbidden)


class _Unavailable(OSError):
    """The guild of a place was not told about yet."""


_FAILURES: Final = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)


@dataclass(slots=True)
class _Looking:
    """A place that is being looked through: since when, by the loop's time, and whether once more is needed."""

    began: float
    again: bool = True
    task: asyncio.Task[None] = field(init=False)


class CatchUp(commands.Cog):
    """Knows what was handled, and catches up with what was not."""

    def __init__(self, client: discord.Client, seen: Seen, facts: Facts, receive: Receive) -> None:
        self._client = client
        self._store = seen
        self._facts = facts
        self._receive = receive
        self._seen: dict[int, int] = {}
        self._unsaved: dict[int, int] = {}
        self._untold: dict[int, int] = {}
        self._since = 0
        self._guilds: dict[int, asyncio.Event] = {}
        self._places: dict[int, _Looking] = {}
        self._ordering = Ordering()
        self._slots = asyncio.Semaphore(_AT_A_TIME)
        self._behind: set[int] = set()
        self._looked_at = 0

    # ------------------------------------------------------------------------------------------ for new messages

    async def before(self, message: discord.Message) -> None:
        """Wait until what was missed in the message's place is dealt with, in the order of arrival.

        Does not yield where nothing is waited for.
        """
        until = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        await self._ordering.wait(
            message.channel.id, lambda: self._is_ahead_of(message), lambda: self._caught_up(message, until)
        )

    def _is_ahead_of(self, message: discord.Message) -> bool:
        unchecked = message.guild is not None and not self._checked(message.guild.id).is_set()
        return unchecked or message.channel.id in self._places

    async def _caught_up(self, message: discord.Message, until: float) -> None:
        if message.guild is not None and not (checked := self._checked(message.guild.id)).is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await checked.wait()
        if (catching_up := self._places.get(message.channel.id)) is not None:
            until = min(until, catching_up.began + _PATIENCE_SECONDS)
            await asyncio.wait({catching_up.task}, timeout=max(0.0, until - asyncio.get_running_loop().time()))

    def saw(self, place_id: int, message_id: int, *, untold: bool = False) -> None:
        """Record that a message was handled. `untold`: a DM or thread, whose news Discord may not announce on reconnect."""
        if untold:
            self._untold[place_id] = message_id
        if place_id not in self._places and place_id not in self._behind and message_id > self._seen.get(place_id, 0):
            self._seen[place_id] = self._unsaved[place_id] = message_id

    # --------------------------------------------------------------------------------------------- at a connect

    async def load(self) -> None:
        """Read what was dealt with before; at the very first start nothing was missed. Raises StoreError.

        All of it is read before anything can arrive: a message of this run would hide those before it.
        """
        untold = await self._store.talked_in(_id_of(_LONGEST))
        self._seen = {**untold, **await self._store.seen()}
        self._untold = dict.fromkeys(untold, _id_of(timedelta()))
        first = await self._facts.recall(FIRST_START)
        if first is None:
            await self._facts.remember(FIRST_START, first := str(_id_of(timedelta())))
        self._since = int(first)

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        """Begin anew: Discord is about to tell what is where."""
        self._looked_at = 0
        for guild_id in list(self._guilds):
            self._guilds[guild_id].clear()
        since = _id_of(_LONGEST)
        self._untold = {place_id: newest for place_id, newest in self._untold.items() if newest > since}
        lively = sorted(self._untold, key=lambda place_id: self._seen.get(place_id, 0), reverse=True)
        for place_id in lively[:_PLACES_UNTOLD]:
            self._catch_up(place_id, self._seen.get(place_id, 0))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Look at a guild that Discord has told us about."""
        joined = discord.utils.time_snowflake(guild.me.joined_at, high=True) if guild.me.joined_at else 0
        for place_id, newest in _newest(guild):
            post = place_id - 1  # a forum's post bears the id of its first message
            seen = max(joined, self._seen.get(place_id) or max(post, self._since))
            if newest > seen:
                self._catch_up(place_id, seen)
        self._checked(guild.id).set()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Take a new guild as it is: nothing that was said before is for us."""
        for place_id, newest in _newest(guild):
            self.saw(place_id, newest)
        self._checked(guild.id).set()

    def _checked(self, guild_id: int) -> asyncio.Event:
        return self._guilds.setdefault(guild_id, asyncio.Event())

    def _catch_up(self, place_id: int, after: int) -> None:
        if (going_on := self._places.get(place_id)) is not None:
            going_on.again = True
            return
        self._behind.add(place_id)
        if self._looked_at >= _PLACES:
            log.warning("place %s has missed messages, but %s places were looked at already", place_id, _PLACES)
            return
        self._looked_at += 1
        new = self._places[place_id] = _Looking(asyncio.get_running_loop().time())
        new.task = asyncio.create_task(self._catch_up_with(new, place_id, after), name=f"missed {place_id}")

    async def _catch_up_with(self, mine: "_Looking", place_id: int, after: int) -> None:
        """Look through a place until nothing of it is missed, again after a pause where that fails."""
        pauses = iter(_PAUSES_SECONDS)
        try:
            while mine.again:
                mine.again = False
                try:
                    async with self._slots:
                        after = await self._look_through(place_id, max(after, _id_of(_LONGEST)))
                except _GONE as error:
                    log.info("place %s: what was said meanwhile is not for us (%s)", place_id, type(error).__name__)
                    return
                except _FAILURES as error:
                    log.warning("place %s: what was said meanwhile cannot be read (%s)", place_id, type(error).__name__)
                    if (pause := next(pauses, None)) is None:
                        return
                    await asyncio.sleep(pause)
                    mine.again = True
            self._behind.discard(place_id)
            self._seen[place_id] = self._unsaved[place_id] = max(after, self._seen.get(place_id, 0))
        finally:
            del self._places[place_id]

    async def _look_through(self, place_id: int, after: int) -> int:
        """Receive what was said in a place after a message; returns the last one. Raises one of `_FAILURES`."""
        channel = self._client.get_channel(place_id) or await self._client.fetch_channel(place_id)
        if not isinstance(channel, discord.abc.Messageable):
            return after
        if isinstance(channel, discord.Thread) and channel.guild.unavailable:
            raise _Unavailable
        history = channel.history(limit=_MESSAGES, after=discord.Object(after), oldest_first=False)
        missed = [message async for message in history]
        for message in reversed(missed):
            try:
                await self._receive(message)
            except _FAILURES:
                raise
            except Exception:
                log.exception("message %s, which was missed, could not be dealt with", message.id)
        log.info("place %s: looked through %s messages that were missed", place_id, len(missed))
        if len(missed) >= _MESSAGES:
            log.warning("place %s: what was said before these %s messages was not looked at", place_id, _MESSAGES)
        return max((message.id for message in missed), default=after)

    # ------------------------------------------------------------------------------------------------ remembering

    async def remember(self) -> None:
        """Write down what was seen, every few seconds, until cancelled; then once more."""
        try:
            await asyncio.sleep(_FIRST_SECONDS)
            while True:
                await self._save()
                await asyncio.sleep(_KEEP_SECONDS)
        finally:
            catching_up = [one.task for one in self._places.values()]
            for task in catching_up:
                task.cancel()
            await asyncio.gather(*catching_up, return_exceptions=True)
            await self._save()

    async def _save(self) -> None:
        unsaved, self._unsaved = self._unsaved, {}
        if not unsaved:
            return
        try:
            await self._store.see(unsaved)
        except StoreError as error:
            self._unsaved = unsaved | self._unsaved
            log.error("what was seen could not be stored: %s", error)  # noqa: TRY400 -- it says it all


def _newest(guild: discord.Guild) -> Iterator[tuple[int, int]]:
    """The newest message of each place in a guild, by Discord's word."""
    for channel in (*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads):
        if channel.last_message_id is not None and channel.permissions_for(guild.me).read_message_history:
            yield channel.id, channel.last_message_id


def _id_of(age: timedelta) -> int:
    """The id that a message of this age would have."""
    return discord.utils.time_snowflake(datetime.now(UTC) - age)
