"""Tells the category of a place from discord.py's memory of servers and channels, or from Discord's REST API.

At the start, and in an outage of a server, discord.py knows no channels.
"""

import asyncio
import logging
from typing import Final

import aiohttp
import discord

from bot.chat.places import Place
from bot.gateway.discord_internals import fetch_category_id

log = logging.getLogger(__name__)

_LOOK_UP_SECONDS: Final = 10.0


class KnownCategories:
    """Implements `chat.ports.categories.Categories`."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._looked_up: dict[int, int | None] = {}

    def of(self, place: Place) -> int | None:
        """See `Categories.of`."""
        if place.guild_id is None:
            return None
        channel = self._client.get_channel(_channel_of(place))
        if channel is None:
            return self._looked_up.get(_channel_of(place))
        if isinstance(channel, discord.Thread):  # of a place whose channel was not known
            channel = channel.parent
        category_id = getattr(channel, "category_id", None)
        return category_id if isinstance(category_id, int) else None

    async def look_up(self, place: Place) -> None:
        """See `Categories.look_up`."""
        channel_id = _channel_of(place)
        known = channel_id in self._looked_up or self._client.get_channel(channel_id) is not None
        if place.guild_id is None or known:
            return
        try:
            async with asyncio.timeout(_LOOK_UP_SECONDS):
                self._looked_up[channel_id] = await fetch_category_id(self._client, channel_id)
        except (discord.HTTPException, aiohttp.ClientError, OSError, RuntimeError, ValueError) as error:
            log.warning("the category of channel %s cannot be looked up (%s)", channel_id, type(error).__name__)


def _channel_of(place: Place) -> int:
    return place.id if place.parent_id is None else place.parent_id
