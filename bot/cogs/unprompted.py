"""Decides which messages are questions although they do not mention the bot: those of places in which it needs no mention.

These are the channels of `discord.always_channels` with their threads, and, with `discord.follow_threads`, the threads that the
bot opened and those in which it was asked before. What was chosen for a thread with `/follow` comes before both. Discord shows
the text of such messages only with the message content intent. A message that mentions somebody else, or replies to somebody
else, is not for the bot, and neither is one that begins with `discord.ignore_prefix`.
"""

import discord

from bot.chat.choices import ON, ChoiceName, Scope
from bot.chat.choosing import Choosing
from bot.chat.recently import Recently
from bot.config import Current, DiscordSettings
from bot.gateway.client import ParleyClient


class Unprompted:
    """Knows the places in which the bot needs no mention. `threads` are the ids of those in which it was asked before."""

    def __init__(
        self, client: ParleyClient, settings: Current[DiscordSettings], threads: Recently, choosing: Choosing
    ) -> None:
        self._client = client
        self._settings = settings
        self._threads = threads
        self._choosing = choosing

    def asked_in(self, channel: object) -> None:
        """Remember that the bot was asked in a channel; only threads are followed."""
        if isinstance(channel, discord.Thread):
            self._threads.add(channel.id)

    def is_question(self, message: discord.Message) -> bool:
        """Return whether a person's message that does not mention the bot is a question for it all the same."""
        if not self._client.reads_content or not self._needs_no_mention(message.channel):
            return False
        prefix = self._settings.value.ignore_prefix
        if prefix and message.content.startswith(prefix):
            return False
        if message.reference is not None and message.type is discord.MessageType.reply:
            original = message.reference.resolved
            return isinstance(original, discord.Message) and original.author == self._client.user
        return not (message.mentions or message.role_mentions or message.mention_everyone)

    def _needs_no_mention(self, channel: object) -> bool:
        settings = self._settings.value
        if isinstance(channel, discord.Thread):
            if chosen := self._choosing.value_of(Scope.PLACE, channel.id, ChoiceName.FOLLOW):
                return chosen == ON
            bot = self._client.user
            ours = channel.id in self._threads or (bot is not None and channel.owner_id == bot.id)
            followed = settings.follow_threads and ours
            return followed or not settings.always_channels.isdisjoint((channel.id, channel.parent_id))
        return getattr(channel, "id", None) in settings.always_channels
