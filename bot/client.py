"""The discord.py client: what it listens to, where Discord is, which commands Discord knows, and what the bot may do there."""

import asyncio
import hashlib
import json
import logging
import random
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final, TypedDict

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route

from bot.chat.ports.facts import Facts
from bot.config import DISCORD_API, DiscordSettings
from bot.errors import DiscordError

log = logging.getLogger(__name__)

NEEDED: Final = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    attach_files=True,
)
"""Exactly what the bot needs in a channel."""

_SYNCED: Final = "synced commands"
_SYNC_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 60.0
_SETTLED_SECONDS: Final = 60.0
"""A connection that lasted so long was a good one."""
_RESUMES: Final = 3
"""After so many failures in a row a new session is begun: the old one's gateway may be gone, and what was missed is fetched."""
_PAUSES_SECONDS: Final = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
_INTENT_REFUSED: Final = 4014
_FAREWELLS: Final = frozenset({4004, 4010, 4011, 4012, 4013, _INTENT_REFUSED})
"""Closes after which another try would end the same way (Discord's documentation, Gateway Close Event Codes)."""
_UNREACHABLE: Final = (discord.GatewayNotFound, aiohttp.ClientError, OSError, TimeoutError)


class ParleyClient(commands.Bot):
    """A client that keeps no messages and no members in memory, and pings nobody unless told to."""

    def __init__(self, trace: aiohttp.TraceConfig | None = None) -> None:
        intents = discord.Intents.none()
        intents.guilds = True
        intents.guild_messages = True
        intents.dm_messages = True
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            http_trace=trace or aiohttp.TraceConfig(),
        )
        self._closing = asyncio.Event()

    async def on_message(self, message: discord.Message, /) -> None:
        """Keep the base class from looking for prefix commands; the cogs listen for messages themselves."""

    async def on_ready(self) -> None:
        """Tell where the bot is and which channels it cannot serve."""
        log.info("connected as %s in %s servers", self.user, len(self.guilds))
        for guild in self.guilds:
            if mute := readable_only(guild):
                log.warning("in %s (%s) I can read but not write: %s", guild.name, guild.id, ", ".join(mute))

    async def sync_commands(self, facts: Facts) -> None:
        """Tell Discord our commands, if they are not the ones it was told last; syncs are counted per day."""
        definitions = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        text = json.dumps([self.application_id, definitions], sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if await facts.recall(_SYNCED) == digest:
            return
        try:
            async with asyncio.timeout(_SYNC_SECONDS):  # a spent quota means hours, which discord.py would wait
                await self.tree.sync()
        except (
            discord.HTTPException,
            app_commands.CommandSyncFailure,
            aiohttp.ClientError,
            OSError,
            TimeoutError,
        ) as error:
            log.warning("Discord did not take our commands (%s); the next start tries again", type(error).__name__)
            return
        await facts.remember(_SYNCED, digest)
        log.info("told Discord our %s commands", len(definitions))

    @property
    def invite(self) -> str:
        """The link that adds the bot to a server, with exactly the permissions that it needs."""
        return discord.utils.oauth_url(
            self.application_id or 0, permissions=NEEDED, scopes=("bot", "applications.commands")
        )

    @property
    def is_public(self) -> bool:
        """Whether anybody may add the bot to a server and so spend its key."""
        return self.application is not None and self.application.bot_public

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected until closed. Raises ConnectionClosed when Discord does not take us back.

        The base class (discord.py 2.7) would wait up to 17 minutes after a longer time without network, come back to a
        gateway that is gone for ever, and ask without a pause to resume a session that had not begun when it broke.
        """
        del reconnect
        session: _Session = {}
        failures = 0
        while not self.is_closed():
            began = time.monotonic()
            resumable = await self._until_broken(session, first=not failures)
            if self.is_closed():
                return
            self.dispatch("disconnect")
            failures = 1 if time.monotonic() - began > _SETTLED_SECONDS else failures + 1
            session = _session(self.ws) if resumable and failures <= _RESUMES else {}
            if pause := _PAUSES_SECONDS[min(failures, len(_PAUSES_SECONDS)) - 1] * random.uniform(0.5, 1):  # noqa: S311 -- no secret
                log.info("reconnecting in %.1f s", pause)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._closing.wait()

    async def _until_broken(self, session: "_Session", *, first: bool) -> bool:
        """Connect and listen until the connection breaks; tell whether its session can be resumed. Raises ConnectionClosed."""
        try:
            opening = DiscordWebSocket.from_client(self, initial=first, shard_id=self.shard_id, **session)
            self.ws = await asyncio.wait_for(opening, _CONNECT_SECONDS)
            while True:
                await self.ws.poll_event()
        except ReconnectWebSocket as again:
            return again.resume
        except discord.ConnectionClosed as closed:
            if closed.code in _FAREWELLS:
                raise
        except (*_UNREACHABLE, discord.HTTPException) as error:
            log.warning("Discord's gateway cannot be reached (%s)", type(error).__name__)
        except Exception:
            log.exception("an event of Discord's could not be read")
            return False  # or it would be sent again
        return True

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- the base class's own
        """Tell of an event, unless the client is closed: discord.py's "ready" comes two seconds late, and would fail then."""
        if self.loop is not discord.utils.MISSING:
            super().dispatch(event_name, *args, **kwargs)

    async def close(self) -> None:
        """Leave Discord; ends a wait for the next try to connect, too."""
        self._closing.set()
        await super().close()

    async def serve(self) -> None:
        """Stay connected until closed. Raises DiscordError when Discord does not take the bot back."""
        with _explained():
            await self.connect()


class _Session(TypedDict, total=False):
    """What a session is resumed by."""

    resume: bool
    session: str | None
    sequence: int | None
    gateway: yarl.URL


def _session(ws: DiscordWebSocket | None) -> _Session:
    """What resumes the session that a connection had; nothing where none had begun."""
    if ws is None or ws.session_id is None:
        return {}
    return {"resume": True, "session": ws.session_id, "sequence": ws.sequence, "gateway": ws.gateway}


@asynccontextmanager
async def logged_in(
    settings: DiscordSettings, trace: aiohttp.TraceConfig | None = None
) -> AsyncGenerator[ParleyClient, None]:
    """A client that Discord has accepted but that is not connected yet; `trace` sees its requests. Raises DiscordError."""
    Route.BASE = settings.api_base
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # this bot never speaks
    client = ParleyClient(trace)
    async with client:
        with _explained():
            await client.login(settings.token.get_secret_value())
            if settings.api_base != DISCORD_API:
                _, gateway, _ = await client.http.get_bot_gateway()
                DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        yield client


def readable_only(guild: discord.Guild) -> list[str]:
    """The names of the text channels that the bot sees but may not write in."""
    names: list[str] = []
    for channel in (*guild.text_channels, *guild.voice_channels, *guild.forums):
        permissions = channel.permissions_for(guild.me)
        if permissions.view_channel and not permissions.send_messages:
            names.append(f"#{channel.name}")
    return names


@contextmanager
def _explained() -> Generator[None, None, None]:
    try:
        yield
    except discord.LoginFailure as error:
        raise DiscordError(
            "Discord refuses the token: copy it anew from the developer portal into DISCORD_TOKEN"
        ) from error
    except discord.ConnectionClosed as error:
        what = "enable the intent it needs" if error.code == _INTENT_REFUSED else "check the token and the intents"
        raise DiscordError(
            f"Discord closed the connection for good (code {error.code}): {what} in the developer portal under Bot"
        ) from error
    except discord.HTTPException as error:
        raise DiscordError(
            f"Discord refuses a request at start (status {error.status}, code {error.code}): try later"
        ) from error
    except _UNREACHABLE as error:
        raise DiscordError(
            f"Discord cannot be reached ({type(error).__name__}): check the network and discord.api_base"
        ) from error
