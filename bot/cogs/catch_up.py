"""Catch-up: after downtime or a lost session, handles the missed messages of a place before its new ones.

GUILD_CREATE carries the id of the newest message of each channel and active thread. Messages are fetched only from a place whose
newest message is newer than the last handled one. Discord announces nothing for DMs and archived threads, so those used within a
month are fetched after every connect. All of them are, a page at a time, the place with the newest message first; a message that
arrives in a place brings it to the front. A message is claimed before it is answered, so none is answered twice. In each place
that is looked at, the newest 100 messages also tell what was edited or deleted meanwhile.
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

from bot.chat.ports.clock import Clock
from bot.chat.ports.facts import Facts
from bot.chat.ports.seen import Seen
from bot.cogs.ordering import Ordering
from bot.cogs.precedence import Precedence
from bot.config import Current, RecoverySettings
from bot.errors import StoreError

log = logging.getLogger(__name__)

Receive = Callable[[discord.Message], Awaitable[None]]
"""Handles one missed message."""

LookBack = Callable[[discord.abc.Messageable, int], Awaitable[None]]
"""Looks for what was edited or deleted meanwhile among the newest messages of a channel, by its id. Raises `_FAILURES`."""

FIRST_START: Final = "id of the first start"
"""Name of the stored fact with the time of the bot's first start, as a message id. Older messages do not count as missed."""
_PAGE: Final = 100
"""Messages that are fetched at once; the most that Discord gives (documentation, "Get Channel Messages")."""
_TALKED_WITHIN: Final = timedelta(days=30)
"""DMs and threads that are fetched although Discord announced nothing there: those in which somebody talked to the bot since."""
_CONCURRENT_PLACES: Final = 2
_LARGEST_ID: Final = 2**63 - 1
"""The largest id that SQLite's whole numbers hold. Discord's ids reach it in the year 2084."""
_FIRST_SAVE_SECONDS: Final = 1.0
_SAVE_SECONDS: Final = 5.0
_MAX_WAIT_SECONDS: Final = 30.0
"""The longest time that new messages wait for missed ones of their place, from the start of its catch-up."""
_PAUSES_SECONDS: Final = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Pauses after failed tries to catch up a place. After the last one, only the next connect tries again."""
_INACCESSIBLE: Final = (discord.NotFound, discord.Forbidden)


class _Unavailable(OSError):
    """Discord has not sent the place's guild yet, so its roles are not known, or the client has closed."""


_FAILURES: Final = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)


@dataclass(slots=True)
class _PlaceCatchUp:
    """The catch-up of one place. `began` is its start in the loop's time. `again`: there may be more messages to fetch.

    `rank` is the id of its newest message as far as it is known.
    """

    began: float
    rank: int
    again: bool = True
    looked_through: int = 0
    looked_back: bool = False
    task: asyncio.Task[None] = field(init=False)


class CatchUp(commands.Cog):
    """Records the newest handled message of each place, and handles the missed messages after it. `clock` is Discord's.

    Messages older than `recovery.look_back_seconds` are not looked at.
    """

    def __init__(
        self,
        client: discord.Client,
        seen: Seen,
        facts: Facts,
        receive: Receive,
        *,
        clock: Clock,
        recovery: Current[RecoverySettings],
    ) -> None:
        self._client = client
        self._store = seen
        self._facts = facts
        self._receive = receive
        self._clock = clock
        self._recovery = recovery
        self._seen: dict[int, int] = {}
        self._unsaved: dict[int, int] = {}
        self._untold: dict[int, int] = {}
        self._first_start = 0
        self._guilds: dict[int, asyncio.Event] = {}
        self._places: dict[int, _PlaceCatchUp] = {}
        self._ordering = Ordering()
        self._precedence = Precedence(_CONCURRENT_PLACES)
        self._behind: set[int] = set()
        self._beyond = 0
        self.look_back: LookBack | None = None

    # ---------------------------------------------------------------------------------------------- new messages

    async def before(self, message: discord.Message) -> None:
        """Wait until the missed messages of the message's place are handled, 30 s at most. Keeps the order of arrival.

        Return without yielding to the event loop when there is nothing to wait for.
        """
        until = asyncio.get_running_loop().time() + _MAX_WAIT_SECONDS
        await self._ordering.wait(
            message.channel.id, lambda: self._must_wait(message), lambda: self._wait_for_catch_up(message, until)
        )

    def _must_wait(self, message: discord.Message) -> bool:
        unchecked = message.guild is not None and not self._checked(message.guild.id).is_set()
        return unchecked or message.channel.id in self._places

    async def _wait_for_catch_up(self, message: discord.Message, until: float) -> None:
        if message.guild is not None and not (checked := self._checked(message.guild.id)).is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await checked.wait()
        if (catching_up := self._places.get(message.channel.id)) is not None:
            self._precedence.hurry(message.channel.id)
            until = min(until, catching_up.began + _MAX_WAIT_SECONDS)
            await asyncio.wait({catching_up.task}, timeout=max(0.0, until - asyncio.get_running_loop().time()))

    def saw(self, place_id: int, message_id: int, *, untold: bool = False) -> None:
        """Record that a message was handled. `untold`: a DM or thread, whose new messages Discord may not announce.

        An id that the store cannot hold is ignored.
        """
        if max(place_id, message_id) > _LARGEST_ID:
            return
        if untold:
            self._untold[place_id] = message_id
        if place_id not in self._places and place_id not in self._behind and message_id > self._seen.get(place_id, 0):
            self._seen[place_id] = self._unsaved[place_id] = message_id

    # ------------------------------------------------------------------------------------------------- connects

    async def load(self) -> None:
        """Read which messages were handled by earlier runs. At the very first start, nothing counts as missed. Raises StoreError.

        Call it before a message can arrive: once a message of this run is handled, the missed ones before it would be skipped.
        """
        untold = await self._store.talked_in(self._id_of(_TALKED_WITHIN))
        self._seen = {**untold, **await self._store.seen()}
        self._untold = dict.fromkeys(untold, self._id_of(timedelta()))
        first = await self._facts.recall(FIRST_START)
        if first is None:
            await self._facts.remember(FIRST_START, first := str(self._id_of(timedelta())))
        self._first_start = int(first)

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        """Mark all guilds as unchecked, because Discord is about to send them again, and catch up recent DMs and threads."""
        for guild_id in list(self._guilds):
            self._guilds[guild_id].clear()
        since = self._id_of(_TALKED_WITHIN)
        self._untold = {place_id: newest for place_id, newest in self._untold.items() if newest > since}
        for place_id in self._untold:
            seen = self._seen.get(place_id, 0)
            self._catch_up(place_id, seen, rank=seen)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Catch up each place of a guild whose newest message was not handled."""
        joined = discord.utils.time_snowflake(guild.me.joined_at, high=True) if guild.me.joined_at else 0
        oldest = self._oldest()
        for place_id, newest in sorted(_newest(guild), key=lambda place: place[1], reverse=True):
            post = place_id - 1  # a forum post has the same id as its first message
            seen = max(joined, self._seen.get(place_id) or max(post, self._first_start))
            if newest > seen:
                self._beyond += seen < oldest
                self._catch_up(place_id, seen, rank=newest)
        self._checked(guild.id).set()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Log in how many places messages were not looked at, because they are older than the bot looks back."""
        if self._beyond:
            log.warning(
                "in %s places I do not look at what was said before %s UTC, while I was away: that is more than "
                "recovery.look_back_seconds ago",
                self._beyond,
                discord.utils.snowflake_time(self._oldest()).strftime("%Y-%m-%d %H:%M"),
            )
        self._beyond = 0

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Count all messages of a new guild as handled: the bot does not answer messages from before it joined."""
        for place_id, newest in _newest(guild):
            self.saw(place_id, newest)
        self._checked(guild.id).set()

    def _checked(self, guild_id: int) -> asyncio.Event:
        return self._guilds.setdefault(guild_id, asyncio.Event())

    def _catch_up(self, place_id: int, after: int, *, rank: int) -> None:
        if (running := self._places.get(place_id)) is not None:
            running.again = True
            running.rank = max(running.rank, rank)
            return
        self._behind.add(place_id)
        started = self._places[place_id] = _PlaceCatchUp(asyncio.get_running_loop().time(), rank)
        started.task = asyncio.create_task(self._run(started, place_id, after), name=f"missed {place_id}")

    async def _run(self, catch_up: "_PlaceCatchUp", place_id: int, after: int) -> None:
        """Handle the missed messages of a place after the message `after` until none is left. Retry failures after a pause."""
        failures = 0
        try:
            while catch_up.again:
                catch_up.again = False
                try:
                    async with self._precedence.slot(place_id, catch_up.rank):
                        after = await self._handle_page(catch_up, place_id, max(after, self._oldest()))
                except _INACCESSIBLE as error:
                    log.info("place %s: what was said meanwhile is not for us (%s)", place_id, type(error).__name__)
                    self._untold.pop(place_id, None)
                    return
                except _FAILURES as error:
                    if self._client.is_closed():
                        return
                    log.warning("place %s: what was said meanwhile cannot be read (%s)", place_id, type(error).__name__)
                    if failures == len(_PAUSES_SECONDS):
                        return
                    await asyncio.sleep(_PAUSES_SECONDS[failures])
                    failures += 1
                    catch_up.again = True
                else:
                    failures = 0
            log.info("place %s: looked through %s messages that were missed", place_id, catch_up.looked_through)
            self._behind.discard(place_id)
            self._seen[place_id] = self._unsaved[place_id] = max(after, self._seen.get(place_id, 0))
        finally:
            del self._places[place_id]

    async def _handle_page(self, catch_up: "_PlaceCatchUp", place_id: int, after: int) -> int:
        """Handle a page of messages after the message `after`, and mark that there may be more.

        Return the id of the newest one, or `after` without any. Raises one of `_FAILURES`.
        """
        try:
            if self.look_back is not None and not catch_up.looked_back:
                if (channel := await self._channel(place_id)) is not None:
                    await self.look_back(channel, place_id)
                catch_up.looked_back = True
            missed = await self._fetch_page(place_id, after)
        except RuntimeError as error:  # aiohttp's, for a request after the client has closed
            raise _Unavailable from error
        for message in missed:
            try:
                await self._receive(message)
            except _FAILURES:
                raise
            except Exception:
                log.exception("message %s, which was missed, could not be dealt with", message.id)
        catch_up.looked_through += len(missed)
        catch_up.again = catch_up.again or len(missed) >= _PAGE
        return max((message.id for message in missed), default=after)

    async def _fetch_page(self, place_id: int, after: int) -> list[discord.Message]:
        """Return a page of messages after the message `after`, oldest first; none where no messages can be."""
        channel = await self._channel(place_id)
        if channel is None:
            return []
        return [one async for one in channel.history(limit=_PAGE, after=discord.Object(after), oldest_first=True)]

    async def _channel(self, place_id: int) -> discord.abc.Messageable | None:
        """Return the channel of a place; None where no messages can be. Raises _Unavailable."""
        channel = self._client.get_channel(place_id) or await self._client.fetch_channel(place_id)
        if not isinstance(channel, discord.abc.Messageable):
            return None
        guild = getattr(channel, "guild", None)
        if isinstance(guild, discord.Guild) and guild.unavailable:
            raise _Unavailable
        return channel

    def _oldest(self) -> int:
        """Return the id of a message as old as the bot looks back."""
        return self._id_of(timedelta(seconds=self._recovery.value.look_back_seconds))

    def _id_of(self, age: timedelta) -> int:
        """Return the id that a message of this age would have."""
        return discord.utils.time_snowflake(datetime.fromtimestamp(self._clock() / 1000, UTC) - age)

    # --------------------------------------------------------------------------------------------------- storage

    async def remember(self) -> None:
        """Store the newest handled messages every 5 s until cancelled. Then cancel all catch-ups and store once more."""
        try:
            await asyncio.sleep(_FIRST_SAVE_SECONDS)
            while True:
                await self._save()
                await asyncio.sleep(_SAVE_SECONDS)
        finally:
            tasks = [catch_up.task for catch_up in self._places.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
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
    """Yield the id of each readable place of a guild with the id of its newest message."""
    for channel in (*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads):
        if channel.last_message_id is not None and channel.permissions_for(guild.me).read_message_history:
            yield channel.id, channel.last_message_id
