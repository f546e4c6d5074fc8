"""Tells the category of a place from discord.py's memory of servers and channels."""

import discord

from bot.chat.places import Place


class KnownCategories:
    """Implements `chat.ports.categories.Categories`."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    def of(self, place: Place) -> int | None:
        """See `Categories.of`."""
        if place.guild_id is None:
            return None
        channel = self._client.get_channel(place.id if place.parent_id is None else place.parent_id)
        category_id = getattr(channel, "category_id", None)
        return category_id if isinstance(category_id, int) else None
