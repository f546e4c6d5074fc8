"""Tells what keeps the bot from writing in a place, from what Discord's events said of it so far."""

from collections import OrderedDict
from typing import Final

import discord

from bot.chat.places import Place
from bot.chat.ports.hindrances import Hindrance
from bot.gateway.bot_permissions import obstacle
from bot.gateway.clock import DiscordClock
from bot.gateway.texts import mute

_MOST_THREADS: Final = 1000
"""Threads that are kept; beyond it, those of the oldest questions are forgotten."""


class KnownHindrances:
    """Implements `chat.ports.hindrances.Hindrances` with discord.py's memory of servers, channels and threads.

    discord.py forgets a thread when it is archived, as most threads are that a moderator locks. It still brings the thread's
    object up to date with that event, so the threads in which questions wait are kept here.
    """

    def __init__(self, client: discord.Client, clock: DiscordClock) -> None:
        self._client = client
        self._clock = clock
        self._threads: OrderedDict[int, discord.Thread] = OrderedDict()

    def keep(self, channel: object) -> None:
        """Keep the thread of a question. Any other channel stays in discord.py's memory while it exists."""
        if isinstance(channel, discord.Thread):
            self._threads[channel.id] = channel
            self._threads.move_to_end(channel.id)
            while len(self._threads) > _MOST_THREADS:
                self._threads.popitem(last=False)

    def of(self, place: Place) -> Hindrance | None:
        """See `Hindrances.of`."""
        channel = self._client.get_channel(place.id) or self._threads.get(place.id)
        found = obstacle(channel, self._clock.moment())
        return found and Hindrance(str(found), mute(place.id, found))
