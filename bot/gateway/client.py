"""The discord.py client: its intents, and the caches that it does without."""

import asyncio
import logging
import sys
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final

import aiohttp
import discord
from discord.ext import commands

from bot.chat.ports.alerts import NO_ALERTS, Alerts, tell_of
from bot.config.addresses import taken_apart
from bot.errors import IntentsRefused
from bot.gateway.bot_permissions import readable_only
from bot.gateway.discord_internals import (
    ending_global_limits,
    forget_guild,
    is_dismantled,
    skip_own_edits,
    skip_unreadable,
)
from bot.gateway.reconnect import Backoff, stay_connected
from bot.gateway.refusals import explained
from bot.gateway.session_starts import SessionStarts, start_limit
from bot.gateway.shared_roles import SharedRoles

log = logging.getLogger(__name__)

_OURS: Final = str(Path(__file__).parents[1])
_SESSION_STANDS: Final = frozenset({"connect", "resumed"})
"""Events that discord.py dispatches as soon as it has read READY or RESUMED."""


class ParleyClient(commands.Bot):
    """A client that caches no messages and no members, and pings nobody unless told to. `trace` sees its REST requests.

    `proxy` is the address of an HTTP proxy through which it asks Discord, its gateway too; empty for none. `reads_content`: it
    has the privileged intent by which Discord shows it the text of every message.
    """

    def __init__(
        self,
        trace: aiohttp.TraceConfig | None = None,
        alerts: Alerts = NO_ALERTS,
        proxy: str = "",
        *,
        reads_content: bool = False,
    ) -> None:
        address = taken_apart(proxy)
        user, _, password = address.credentials.partition(":")
        intents = discord.Intents.none()
        intents.guilds = True
        intents.guild_messages = True
        intents.dm_messages = True
        intents.message_content = reads_content
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            http_trace=ending_global_limits(self, trace or aiohttp.TraceConfig()),
            proxy=address.url or None,
            proxy_auth=aiohttp.BasicAuth(user, password) if user else None,
        )
        self.reads_content = reads_content
        self.proxied = bool(proxy)
        self.backoff = Backoff()
        self.starts = SessionStarts()
        self.shared_roles = SharedRoles(self)
        skip_own_edits(self)
        skip_unreadable(self, self._skip)
        self.alerts = alerts
        self._closing = asyncio.Event()

    async def on_message(self, message: discord.Message, /) -> None:
        """Keep the base class from looking for prefix commands; the cogs listen for messages themselves."""

    async def on_ready(self) -> None:
        """Log who the bot is, and the channels of each server that it sees but cannot write in."""
        log.info("connected as %s in %s servers", self.user, len(self.guilds))
        for guild in self.guilds:
            if mute := readable_only(guild):
                log.warning("in %s (%s) I can read but not write: %s", guild.name, guild.id, ", ".join(mute))

    async def serve(self) -> None:
        """Stay connected until closed. Raises DiscordError when Discord does not take the bot back."""
        try:
            with explained(proxied=self.proxied):
                await self.connect()
        except IntentsRefused as error:
            tell_of(error, self.alerts)
            raise

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected until closed, by our own reconnect loop. Raises discord.ConnectionClosed for a final close."""
        del reconnect
        await stay_connected(self, self._closing, self.backoff, self.starts, self.alerts)

    def starts_told(self, limit: object) -> None:
        """Take note of the `session_start_limit` that `GET /gateway/bot` told; what cannot be read changes nothing."""
        if (read := start_limit(limit)) is not None:
            self.starts.told(read)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until Discord takes another IDENTIFY, and count it. discord.py calls it before each."""
        del shard_id, initial
        await asyncio.sleep(self.starts.seconds_between())
        self.starts.spend()

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, ARG002 -- the base class
        """Report an event that a handler could not deal with, in one line with the place in our code, and go on without it."""
        error = sys.exc_info()[1]
        frames = [frame for frame in extract_tb(error.__traceback__) if _OURS in frame.filename] if error else []
        where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
        log.error("%s: an event of Discord's is skipped (%s%s)", event_method, type(error).__name__, where)
        log.debug("the same with its way through the code", exc_info=error)

    def _skip(self, event: str, guild_id: int, error: Exception) -> None:
        """Report an event that discord.py could not read, and go on without it."""
        log.error(
            "an event of Discord's could not be read and is skipped: %s of server %s (%s)",
            event,
            guild_id or "(none)",
            type(error).__name__,
        )
        if event == "GUILD_CREATE":
            forget_guild(self, guild_id)

    async def close(self) -> None:
        """Leave Discord; ends a pause of the reconnect loop, too."""
        self._closing.set()
        await super().close()

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- the base class's own
        """Dispatch an event, and tell the back-off of a session that was begun or resumed.

        A closed client dispatches nothing: discord.py's "ready" comes two seconds late, and would fail then.
        """
        if event_name in _SESSION_STANDS:
            self.backoff.ready()
        if not is_dismantled(self):
            super().dispatch(event_name, *args, **kwargs)
