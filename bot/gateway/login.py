"""The login: sets the API base and the gateway's address, and has Discord accept the token."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp

from bot.chat.ports.alerts import NO_ALERTS, Alerts
from bot.config import DISCORD_API, DiscordSettings
from bot.gateway.client import ParleyClient
from bot.gateway.discord_internals import (
    fetch_gateway,
    free_limits_of_cancelled_requests,
    set_api_base,
    set_gateway,
    silence_voice_warnings,
)
from bot.gateway.refusals import explained, readable

log = logging.getLogger(__name__)

NO_CONTENT: Final = (
    "discord.follow_threads, discord.always_channels and /follow need the message content intent: switch on “Message Content "
    "Intent” in the developer portal under Bot, then start again"
)


@asynccontextmanager
async def logged_in(
    settings: DiscordSettings,
    trace: aiohttp.TraceConfig | None = None,
    alerts: Alerts = NO_ALERTS,
    *,
    follows: bool = False,
) -> AsyncGenerator[ParleyClient, None]:
    """A client that Discord has accepted but that is not connected yet; `trace` sees its requests. Raises DiscordError.

    Where the API base is not Discord's own, its `GET /gateway/bot` names the gateway. Both hold for the whole process. Discord
    would refuse a connection that asks for an intent which the application may not have, so the client goes on without it.
    `follows`: people have switched on a thread in which the bot needs no mention.
    """
    set_api_base(settings.api_base)
    silence_voice_warnings()
    free_limits_of_cancelled_requests()
    reads_content = settings.needs_content or follows
    while True:
        async with ParleyClient(trace, alerts, settings.proxy, reads_content=reads_content) as client:
            with explained(proxied=bool(settings.proxy)), readable():
                await client.login(settings.token.get_secret_value())
                if settings.api_base != DISCORD_API:
                    url, limit = await fetch_gateway(client)
                    set_gateway(url)
                    client.starts_told(limit)
            if reads_content and not may_read_content(client):
                log.warning("%s; until then I need a mention everywhere", NO_CONTENT)
                reads_content = False
                continue
            yield client
            return


def may_read_content(client: ParleyClient) -> bool:
    """Return whether the application may ask for the text of every message, as it is set in the developer portal."""
    flags = client.application_flags
    return flags.gateway_message_content or flags.gateway_message_content_limited
