"""Reads what was said in a place since the bot last spoke there, or was asked, for the question that comes next.

It is done once for each question, where `history.ambient` is set: nothing is done or kept for a message that is not for the bot.
What was said becomes a part of the question and is stored with it, so what was sent before never changes.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import discord

from bot.chat.ports.questions import Questions
from bot.chat.tokens import Count, count_in_pieces
from bot.chat.turns import Question
from bot.config import Current, Settings
from bot.errors import StoreError
from bot.intake.consent import Consent
from bot.intake.failures import FAILURES
from bot.intake.mentions import Words
from bot.intake.quotes import ASIDE_CHARACTERS, quotable
from bot.intake.readers import Room, asker_of, reads
from bot.intake.shortening import shortened

log = logging.getLogger(__name__)

_SHARE: Final = 0.25
"""The part of a prompt's budget that what was said before may fill."""
_HEAD_TOKENS: Final = 24
"""Tokens of a speaker's name and what stands around the words, about."""
_MORE: Final = 20
"""How many messages beyond the number that is set are fetched, because those of bots are left out."""
_MOST_FETCHED: Final = 100
_SAID: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})


class Ambient:
    """Reads what was said before questions. `prompt_tokens` returns the budget of one prompt."""

    def __init__(
        self,
        client: discord.Client,
        questions: Questions,
        settings: Current[Settings],
        count: Count,
        prompt_tokens: Callable[[], int],
        *,
        consent: Consent,
    ) -> None:
        self._client = client
        self._questions = questions
        self._settings = settings
        self._consent = consent
        self._count = count
        self._prompt_tokens = prompt_tokens

    def applies(self, message: discord.Message) -> bool:
        """Return whether what was said before a question is read: it is set for its place, and Discord shows its text."""
        if not self._client.intents.message_content or not self._settings.value.history.needs_content:
            return False
        room = self._room(message)
        return room is not None and self._most(room) > 0

    def _room(self, message: discord.Message) -> Room | None:
        """Return the channel of a message, also of one that was fetched; None for direct messages and where it is not known."""
        channel = message.channel
        if isinstance(channel, discord.PartialMessageable):
            channel = self._client.get_channel(channel.id)
        return channel if isinstance(channel, discord.abc.GuildChannel | discord.Thread) else None

    def _most(self, channel: Room) -> int:
        parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
        return self._settings.value.history.ambient_in(channel.id, parent_id)

    async def before(self, message: discord.Message, question: Question) -> list[discord.Message] | None:
        """Return what was said before a question that its asker and the bot may read now, oldest first; None where that fails.

        Messages of bots and webhooks, those that begin with `discord.ignore_prefix`, those for the bot, and those of people who
        are not to be quoted are left out.
        """
        channel, bot = self._room(message), self._client.user
        if bot is None or channel is None:
            return []
        try:
            if not await self._may_read(message, channel):
                return []
            most = self._most(channel)
            limit = min(_MOST_FETCHED, most + _MORE)
            history = self._client.get_partial_messageable(channel.id, guild_id=channel.guild.id).history(
                limit=limit, before=discord.Object(question.key)
            )
            found = [one async for one in history]
            asked = await self._questions.asked_among([one.id for one in found])
        except (*FAILURES, StoreError) as error:
            log.info("question %s: what was said before it cannot be read (%s)", question.key, type(error).__name__)
            return None
        said: list[discord.Message] = []
        for one in found:
            if one.author.id == bot.id or one.id in asked:
                break
            if len(said) < most and self._counts(one, bot, message):
                said.append(one)
        return await asyncio.to_thread(self._that_fit, said, Words(asker_of(message), bot))

    async def _may_read(self, message: discord.Message, channel: Room) -> bool:
        asker = message.author
        if not isinstance(asker, discord.Member):
            try:
                asker = await channel.guild.fetch_member(asker.id)
            except discord.NotFound:
                return False
        return reads(asker, channel) and reads(channel.guild.me, channel)

    def _counts(self, one: discord.Message, bot: discord.abc.User, message: discord.Message) -> bool:
        """Return whether a message is one that a person said to others."""
        settings = self._settings.value
        prefix = settings.discord.ignore_prefix
        if one.author.bot or one.webhook_id is not None or one.type not in _SAID:
            return False
        if not self._consent.covers(one.author.id, message.author.id) or bot in one.mentions:
            return False
        quoted = message.reference is not None and message.reference.message_id == one.id
        return not quoted and not (prefix and one.content.startswith(prefix))

    def _that_fit(self, said: list[discord.Message], words: Words) -> list[discord.Message]:
        """Return the newest messages that the share of the budget holds, oldest first. Of some nothing can be read."""
        left, kept = int(self._prompt_tokens() * _SHARE), list[discord.Message]()
        for one in said:
            text = shortened(quotable(one, words, {}), ASIDE_CHARACTERS)
            left -= _HEAD_TOKENS + count_in_pieces(text, self._count)
            if left < 0:
                break
            if text:
                kept.append(one)
        return kept[::-1]
