"""Opens threads on messages and names them, by ids only, so that it works on messages of any age and after a restart.

Discord takes one thread a message (refusal 160004), and the thread gets the message's id; so a thread is never opened twice.
"""

import asyncio
import logging
from enum import StrEnum
from typing import Final

import discord

from bot.chat.places import Place
from bot.chat.thread_names import thread_name
from bot.gateway.bot_permissions import lacks_for_threads
from bot.gateway.client import ParleyClient
from bot.gateway.discord_internals import start_thread

log = logging.getLogger(__name__)

UNNAMED: Final = "New conversation"
"""The name of a thread until its first question gives it another."""
_SECONDS: Final = 5.0
"""How long the place of an answer waits for the thread that is opened after it."""


class Refusal(StrEnum):
    """Why Discord opens no thread."""

    EXISTS = "exists"
    LOCKED = "locked"
    TOO_MANY = "too many"
    FORBIDDEN = "forbidden"
    NO_MESSAGE = "no message"
    NOT_HERE = "not here"


_REFUSALS: Final = {
    160004: Refusal.EXISTS,
    160005: Refusal.LOCKED,
    160006: Refusal.TOO_MANY,
    50001: Refusal.FORBIDDEN,
    50013: Refusal.FORBIDDEN,
    10008: Refusal.NO_MESSAGE,
    50068: Refusal.NO_MESSAGE,
    50024: Refusal.NOT_HERE,
}
"""The refusals of Discord by their codes (documentation, "JSON Error Codes")."""


class ThreadRefused(Exception):
    """Discord opens no thread, for the reason `refusal`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def refused(error: discord.HTTPException) -> ThreadRefused:
    """Return what an error of Discord's means for a thread that was to be opened. Raises the error when that is not known."""
    if error.code not in _REFUSALS:
        raise error
    return ThreadRefused(_REFUSALS[error.code])


def takes_threads(channel: object) -> bool:
    """Return whether the bot may open a thread in a channel now and talk in it."""
    if not isinstance(channel, discord.TextChannel):
        return False
    permissions = channel.permissions_for(channel.guild.me)
    return permissions.send_messages and lacks_for_threads(permissions) is None


class ThreadOpening:
    """Opens threads of the bot's own, and gives those that have no name yet one by their first question."""

    def __init__(self, client: ParleyClient) -> None:
        self._client = client
        self._naming: set[asyncio.Task[None]] = set()

    async def on_message(self, channel_id: int, message_id: int, name: str = "") -> None:
        """Open a thread on a message. Raises ThreadRefused, and discord.HTTPException for what is no refusal."""
        try:
            await start_thread(self._client, channel_id, message_id, name or UNNAMED)
        except discord.HTTPException as error:
            raise refused(error) from error

    async def after_answer(self, place: Place, message_id: int, question: str) -> None:
        """See `chat.ports.answer_threads.AnswerThreads`."""
        channel = self._client.get_channel(place.id)
        if channel is not None and not takes_threads(channel):
            return
        try:
            async with asyncio.timeout(_SECONDS):
                await self.on_message(place.id, message_id, thread_name(question))
        except ThreadRefused as error:
            if error.refusal is not Refusal.EXISTS:
                log.warning("no thread is opened on answer %s in channel %s: %s", message_id, place.id, error.refusal)
        except Exception as error:  # noqa: BLE001 -- discord.py may raise anything where Discord sent what it does not know
            log.warning("no thread is opened on answer %s (%s)", message_id, type(error).__name__)

    def asked_in(self, channel: object, question: str) -> None:
        """Name a thread of ours that has no name yet by its first question, beside the answer. Failures are only logged."""
        bot = self._client.user
        if not isinstance(channel, discord.Thread) or bot is None or channel.owner_id != bot.id:
            return
        if channel.name != UNNAMED or not (name := thread_name(question)):
            return
        channel.name = name  # a second question that comes meanwhile does not rename it
        task = asyncio.create_task(self._rename(channel, name))
        self._naming.add(task)
        task.add_done_callback(self._naming.discard)

    async def _rename(self, thread: discord.Thread, name: str) -> None:
        try:
            await thread.edit(name=name)
        except Exception as error:  # noqa: BLE001 -- discord.py may raise anything where Discord sent what it does not know
            log.info("thread %s cannot be named (%s)", thread.id, type(error).__name__)

    async def close(self) -> None:
        """End all work."""
        for task in self._naming:
            task.cancel()
        await asyncio.gather(*self._naming, return_exceptions=True)
