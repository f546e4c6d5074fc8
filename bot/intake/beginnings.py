"""Tells what a thread began with: the message that it was opened on, or the title, tags and first message of a forum's post.

A thread that was opened on a message has that message's id (Discord's documentation, "Start Thread from Message"), and so has the
first message of a post. A private thread has none. Of a thread that was opened without a message, Discord tells nothing in its
channel but a message of its own, of another id.
"""

import asyncio
import logging
from typing import Final

import discord

from bot.chat.content import Text
from bot.chat.media import BETWEEN
from bot.chat.places import Place
from bot.chat.ports.beginnings import Beginning
from bot.chat.ports.intake import Sourced
from bot.chat.speakers import escaped, tag
from bot.chat.turns import clean
from bot.config import Current
from bot.intake.consent import Consent
from bot.intake.failures import FAILURES
from bot.intake.mentions import Words, author_of
from bot.intake.parts import parts, quoted
from bot.intake.readers import asker_of
from bot.intake.shortening import shortened

log = logging.getLogger(__name__)

_SECONDS: Final = Current(5.0)
"""How long Discord may take; the first question of the thread waits."""
WRITTEN: Final = frozenset(
    {
        discord.MessageType.default,
        discord.MessageType.reply,
        discord.MessageType.chat_input_command,
        discord.MessageType.context_menu_command,
    }
)
"""The types of messages that somebody wrote."""
NOTHING: Final = Beginning()
UNREAD: Final = "[how this thread begins cannot be read]"
_UNREAD: Final = Beginning(contents=(Sourced(Text(BETWEEN + UNREAD), None, None),))
_CHARACTERS: Final = 6_000
"""More than the 4,000 characters that people can write; the rest is for embeds and the like."""


class DiscordBeginnings:
    """Implements `chat.ports.beginnings.Beginnings` with discord.py. Discord has `seconds` to hand over a thread's beginning.

    Nothing is told of the words of people who are not to be quoted; the thread goes on from their message all the same.
    """

    def __init__(self, client: discord.Client, consent: Consent, seconds: Current[float] = _SECONDS) -> None:
        self._client = client
        self._consent = consent
        self._seconds = seconds

    async def of(self, place: Place, key: int = 0, asker_id: int = 0) -> Beginning:
        """See `Beginnings.of`."""
        try:
            async with asyncio.timeout(self._seconds.value):
                return await self._look_up(place, key, asker_id)
        except discord.NotFound:
            return NOTHING
        except FAILURES as error:
            log.warning("what thread %s began with cannot be looked up (%s)", place.id, type(error).__name__)
            return _UNREAD

    async def _look_up(self, place: Place, key: int, asker_id: int) -> Beginning:
        thread = self._client.get_channel(place.id) or await self._client.fetch_channel(place.id)
        if not isinstance(thread, discord.Thread) or thread.is_private():
            return NOTHING
        forum = thread.parent
        if isinstance(forum, discord.ForumChannel):
            return await self._of_post(thread, key, asker_id)
        channel = self._client.get_partial_messageable(thread.parent_id, guild_id=place.guild_id)
        starter = await _message(channel, thread.id)
        if starter is None or starter.type not in WRITTEN:
            return NOTHING
        written_at = int(starter.created_at.timestamp() * 1000)
        ours = self._client.user is not None and starter.author.id == self._client.user.id
        if ours or not self._consent.covers(starter.author.id, asker_id):
            return Beginning(starter.id, written_at)
        return Beginning(starter.id, written_at, (await self._quoted(starter, "This thread was opened on", asker_id),))

    async def _of_post(self, thread: discord.Thread, key: int, asker_id: int) -> Beginning:
        """Return the title of a forum's post and its first message, unless that is the question itself."""
        if not self._consent.covers(thread.owner_id, asker_id):
            return NOTHING
        title = Text(BETWEEN + _title(thread))
        if key == thread.id:
            return Beginning(contents=(Sourced(title),))
        first = await _message(thread, thread.id)
        told = () if first is None else (await self._quoted(first, "The post begins with", asker_id),)
        return Beginning(contents=(Sourced(title, thread.owner_id, thread.id), *told))

    async def _quoted(self, message: discord.Message, how: str, asker_id: int) -> Sourced:
        """Return a message that a thread began with, as the model is told of it; its files are named only."""
        await self._consent.cover([message], asker_id)
        author = tag(author_of(message.author))
        bot = self._client.user
        named = clean if bot is None else Words(asker_of(message), bot).of(message)
        text = "\n".join(one for one in (named(clean(message.content)), *parts(message, named)) if one)
        told = f", who wrote\n{quoted(shortened(text, _CHARACTERS))}" if text.strip() else ", whose text you cannot see"
        words = Text(f"{BETWEEN}{how} a message of {author}{escaped(told)}")
        return self._consent.by_author(Sourced(words, message.author.id, message.id))


def _title(thread: discord.Thread) -> str:
    """Return a line about a forum's post: its title and its tags, in one line whatever they hold."""
    tags = ", ".join(_line(one.name) for one in thread.applied_tags)
    return escaped(f"[in the post “{_line(thread.name)}”{', tagged ' if tags else ''}{tags}]")


def _line(text: str) -> str:
    return " ".join(clean(text).split())


async def _message(channel: discord.abc.Messageable, message_id: int) -> discord.Message | None:
    """Return a message; None where there is none, or where the bot may not read it."""
    try:
        return await channel.fetch_message(message_id)
    except (discord.NotFound, discord.Forbidden):
        return None
