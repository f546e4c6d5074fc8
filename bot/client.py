"""The discord.py client: what it listens to, where Discord is, which commands Discord knows, and what the bot may do there."""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, Protocol

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.config import DISCORD_API, DiscordSettings
from bot.errors import DiscordError

log = logging.getLogger(__name__)

NEEDED: Final = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, read_message_history=True
)
"""Exactly what the bot needs in a channel."""

_SYNCED: Final = "synced commands"
_SYNC_SECONDS: Final = 10.0


class Facts(Protocol):
    """A memory for facts about the installation."""

    async def recall(self, key: str) -> str | None:
        """The fact, if it is known."""
        ...

    async def remember(self, key: str, value: str) -> None:
        """Keep the fact."""
        ...


class ParleyClient(commands.Bot):
    """A client that keeps no messages and no members in memory, and pings nobody unless told to."""

    def __init__(self) -> None:
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
        )

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

    async def serve(self) -> None:
        """Stay connected until closed. Raises DiscordError when Discord does not take the bot back."""
        with _explained():
            await self.connect(reconnect=True)


@asynccontextmanager
async def logged_in(settings: DiscordSettings) -> AsyncGenerator[ParleyClient, None]:
    """A client that Discord has accepted but that is not connected yet. Raises DiscordError."""
    Route.BASE = settings.api_base
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # this bot never speaks
    client = ParleyClient()
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
    except discord.PrivilegedIntentsRequired as error:
        raise DiscordError("Discord refuses an intent: enable it in the developer portal under Bot") from error
    except discord.ConnectionClosed as error:
        raise DiscordError(
            f"Discord closed the connection for good (code {error.code}): check the token and intents"
        ) from error
    except discord.HTTPException as error:
        raise DiscordError(
            f"Discord refuses a request at start (status {error.status}, code {error.code}): try later"
        ) from error
    except (discord.GatewayNotFound, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise DiscordError(
            f"Discord cannot be reached ({type(error).__name__}): check the network and discord.api_base"
        ) from error
