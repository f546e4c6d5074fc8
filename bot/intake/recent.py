"""Reads the newest messages of a place for somebody who wants to know what was said there."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import discord

from bot.chat.moments import moment
from bot.chat.speakers import tagged
from bot.chat.turns import clean
from bot.config import Current, Settings
from bot.intake.consent import Consent
from bot.intake.mentions import Words, author_of
from bot.intake.parts import by_name, parts
from bot.intake.readers import Asker
from bot.intake.shortening import shortened

_CHARACTERS: Final = 2_000
_SAID: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest messages of a place as texts, oldest first.

    `hidden` messages have no text that Discord shows, `files` were only read by their names. `more`: there were more messages
    than were asked for, or than are read at once.
    """

    messages: Sequence[str]
    hidden: int = 0
    files: int = 0
    more: bool = False


class RecentMessages:
    """Reads the newest messages of places."""

    def __init__(self, client: discord.Client, settings: Current[Settings], consent: Consent) -> None:
        self._client = client
        self._settings = settings
        self._consent = consent

    async def read(self, asker: Asker, before: int, *, most: int, since: datetime | None = None) -> Recent:
        """Return up to `most` messages from before the id `before`, none from before the time `since`.

        Messages of other bots, of webhooks, of Discord itself, of people who are not to be quoted, and behind
        `discord.ignore_prefix` are left out. Raises what discord.py raises.
        """
        bot = self._client.user
        channel = self._client.get_partial_messageable(asker.channel_id, guild_id=asker.guild and asker.guild.id)
        found: list[discord.Message] = []
        more = False
        async for message in channel.history(limit=most + 1, before=discord.Object(before)):
            if since is not None and message.created_at < since:
                break
            if more := len(found) == most:
                break
            found.append(message)
        if bot is None:
            return Recent(())
        words = Words(asker, bot, self._settings.value.chat.zone)
        await self._consent.cover(found, asker.user.id)
        said = [one for one in reversed(found) if self._counts(one, bot, asker.user.id)]
        return await asyncio.to_thread(self._read, said, words, more=more)  # 300 long messages take half a second

    def _read(self, said: Sequence[discord.Message], words: Words, *, more: bool) -> Recent:
        texts = [self._text(one, words) for one in said]
        return Recent(
            tuple(text for text in texts if text),
            hidden=sum(not text for text in texts),
            files=sum(len(by_name(one)) for one in said),
            more=more,
        )

    def _counts(self, message: discord.Message, bot: discord.abc.User, asker_id: int) -> bool:
        author = message.author
        if message.type not in _SAID or message.webhook_id is not None:
            return False
        if not self._consent.covers(author.id, asker_id) or (author.bot and author.id != bot.id):
            return False
        prefix = self._settings.value.discord.ignore_prefix
        return not (prefix and message.content.startswith(prefix))

    def _text(self, message: discord.Message, words: Words) -> str:
        """Return a message as a line or more with its author and its time; an empty text where nothing of it is shown."""
        named = words.of(message)
        text = "\n".join(
            one for one in (named(clean(message.content)), *parts(message, named, by_name(message))) if one
        )
        if not text:
            return ""
        when = moment(int(message.created_at.timestamp() * 1000), words.zone)
        return tagged(author_of(message.author), shortened(text, _CHARACTERS), when)
