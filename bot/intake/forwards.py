"""Looks up who wrote what messages forward: Discord delivers the words of a forward without their author.

A forward may be forwarded again. The words are those of the first message in such a chain.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import discord

from bot.config import Current
from bot.intake.parts import is_forward

log = logging.getLogger(__name__)

_SECONDS: Final = Current(5.0)
_MOST_AT_ONCE: Final = 50
"""Discord grants a bot about as many requests a second (documentation, "Rate Limits")."""
_MOST_KNOWN: Final = 10_000
"""Authors that are kept in memory: who wrote a message never changes."""


class Forwards:
    """Looks up and remembers who wrote what is forwarded. Discord has `seconds` for all the messages of a look-up."""

    def __init__(self, client: discord.Client, seconds: Current[float] = _SECONDS) -> None:
        self._client = client
        self._seconds = seconds
        self._authors: OrderedDict[int, int] = OrderedDict()

    def author_of(self, message_id: int | None) -> int | None:
        """Return who wrote the words of a message that is or was forwarded; None where that is not known."""
        return None if message_id is None else self._authors.get(message_id)

    async def look_up(self, messages: Sequence[discord.Message]) -> list[discord.Message]:
        """Look up who wrote what messages forward. Return those of which Discord failed to tell, and those beyond the first 50.

        It tells of no original that is gone, or that the bot may not read; that is no failure.
        """
        unknown = [one for one in messages if one.id not in self._authors]
        asked, failed = unknown[:_MOST_AT_ONCE], unknown[_MOST_AT_ONCE:]
        tasks = [asyncio.create_task(self._author(one), name=f"forward {one.id}") for one in asked]
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=self._seconds.value)
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for message, end in zip(asked, ends, strict=True):
            if isinstance(end, BaseException):
                log.info("message %s: who wrote what it forwards is not known (%s)", message.id, type(end).__name__)
                failed.append(message)
        return failed

    async def _author(self, message: discord.Message) -> int | None:
        """Return who wrote what a message forwards; None where nobody can tell. Raises discord.py's errors."""
        reference = message.reference
        if reference is None or reference.message_id is None:
            return None
        author_id = self._authors.get(reference.message_id)
        if author_id is None:
            channel = self._client.get_partial_messageable(reference.channel_id, guild_id=reference.guild_id)
            try:
                original = await channel.fetch_message(reference.message_id)
            except (discord.NotFound, discord.Forbidden) as error:
                if not error.code:  # Discord's API gives one; something before it does not
                    raise
                return None
            author_id = await self._author(original) if is_forward(original) else original.author.id
        if author_id is not None:
            for one in (message.id, reference.message_id):
                self._authors[one] = author_id
                self._authors.move_to_end(one)
            while len(self._authors) > _MOST_KNOWN:
                self._authors.popitem(last=False)
        return author_id
