"""Renders questions for the model: from the message in memory, else the message fetched again, else the stored raw text."""

import logging
from collections import OrderedDict
from typing import Final

import aiohttp
import discord

from bot.chat.content import Text
from bot.chat.moments import moment
from bot.chat.places import PlaceKind
from bot.chat.ports.intake import Rendered
from bot.chat.speakers import tagged, timed
from bot.chat.turns import Question
from bot.config import ChatSettings, Current
from bot.intake.media import NO_FILES, MediaReader
from bot.intake.message import asked, asking_for, rendered, rendered_about

log = logging.getLogger(__name__)

_MAX_HELD: Final = 1_000
"""Number of messages that are kept in memory. Beyond it the oldest is dropped, and fetched again when it is rendered."""


class DiscordIntake:
    """Implements `chat.ports.intake.Intake` with discord.py; no Discord object leaves it.

    Without `media`, files are named to the model and not read.
    """

    def __init__(
        self,
        client: discord.Client,
        chat: Current[ChatSettings],
        media: MediaReader | None = None,
        max_held: int = _MAX_HELD,
    ) -> None:
        self._client = client
        self._chat = chat
        self._media = media
        self._max_held = max_held
        self._held: OrderedDict[int, discord.Message] = OrderedDict()

    def hold(self, message: discord.Message) -> None:
        """Keep a message in memory until it is rendered. One that is held already stays, even if it was edited since."""
        self._held.setdefault(message.id, message)
        while len(self._held) > self._max_held:
            self._held.popitem(last=False)

    def hold_for(self, key: int, message: discord.Message) -> None:
        """Keep the message that the question `key` asks to answer."""
        self._held[key] = message

    def forget(self, key: int) -> None:
        """Drop the message of a question that is not answered."""
        self._held.pop(key, None)

    def let_go(self, message: discord.Message) -> None:
        """Drop a message from memory, unless another state of it is held there: then that one is still to be rendered."""
        if self._held.get(message.id) is message:
            del self._held[message.id]

    async def render(self, question: Question) -> Rendered:
        """See `Intake.render`."""
        message = self._held.pop(question.key, None) or await self._fetch(question)
        bot = self._client.user
        direct = question.place.kind is PlaceKind.DM
        when = moment(question.asked_at, self._chat.value.zone)
        if message is None or bot is None:
            text = asking_for(question.text) if question.about else question.text
            return Rendered((Text(timed(text, when) if direct else tagged(question.author, text, when)),))
        files = NO_FILES if self._media is None else await self._media.read(message, bot, question)
        render = rendered_about if question.about and message.author.id != question.author.id else rendered
        text = render(message, bot, question.author, when, direct=direct, files=files)
        return Rendered((Text(text), *files.contents), files.blobs, files.remarks)

    async def text_of(self, question: Question) -> str | None:
        """See `Intake.text_of`."""
        message = self._held.get(question.key)
        if message is None:
            if (message := await self._fetch(question)) is None:
                return None
            self.hold(message)
        return asked(message).text

    async def _fetch(self, question: Question) -> discord.Message | None:
        channel = self._client.get_partial_messageable(question.place.id, guild_id=question.place.guild_id)
        try:
            return await channel.fetch_message(question.about or question.key)
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.info(
                "question %s cannot be fetched again (%s): its raw text serves", question.key, type(error).__name__
            )
            return None
