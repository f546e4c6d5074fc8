"""The login: sets the API base and the gateway's address, and has Discord accept the token."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

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


@asynccontextmanager
async def logged_in(
    settings: DiscordSettings, trace: aiohttp.TraceConfig | None = None, alerts: Alerts = NO_ALERTS
) -> AsyncGenerator[ParleyClient, None]:
    """A client that Discord has accepted but that is not connected yet; `trace` sees its requests. Raises DiscordError.

    Where the API base is not Discord's own, its `GET /gateway/bot` names the gateway. Both hold for the whole process.
    """
    set_api_base(settings.api_base)
    silence_voice_warnings()
    free_limits_of_cancelled_requests()
    client = ParleyClient(trace, alerts, settings.proxy)
    async with client:
        with explained(proxied=bool(settings.proxy)), readable():
            await client.login(settings.token.get_secret_value())
            if settings.api_base != DISCORD_API:
                url, limit = await fetch_gateway(client)
                set_gateway(url)
                client.starts_told(limit)
        yield client
