"""`/tldr`: sums up what was said in a place, for the eyes of a person who may read its message history."""

import asyncio
import logging
import re
from datetime import datetime, timedelta
from typing import Final

import discord
from discord import app_commands

from bot.chat.ports.questions import Press
from bot.chat.service import ChatService
from bot.chat.summarising import Summarising, Summary
from bot.chat.texts import TOO_MANY
from bot.cogs import texts
from bot.cogs.commands import Commands
from bot.cogs.private_replies import say_privately
from bot.cogs.user_permissions import bot_may_read_history, may_read_history
from bot.cogs.work_slots import NoSlotError, WorkSlots
from bot.config import AccessSettings, Current
from bot.errors import ModelError
from bot.intake.failures import FAILURES
from bot.intake.message import place_of
from bot.intake.readers import Asker
from bot.intake.recent import Recent, RecentMessages
from bot.intake.shortening import shortened

log = logging.getLogger(__name__)

_MESSAGES: Final = 100
MOST_MESSAGES: Final = 300
_MOST_TIME: Final = timedelta(days=7)
_TIME: Final = re.compile(r"(?:(?P<days>\d{1,3})d)?(?:(?P<hours>\d{1,4})h)?(?:(?P<minutes>\d{1,5})m(?:in)?)?")
_LOOK_UPS: Final = 12
"""As many times `discord.look_up_seconds` Discord may take for the messages: up to four pages, and waits for rate limits."""
_LONGEST_SECONDS: Final = 600.0
"""With the wait for a slot this is less than the 15 minutes for which Discord takes responses to an interaction."""
_LONGEST_TEXT: Final = 1_700
"""Characters of a summary; what could not be read has room behind it, in one message of 2,000."""


def time_of(text: str) -> timedelta | None:
    """Return a length of time that was written like `2h`, `30m` or `1d 12h`; None for anything else, and for more than a week."""
    found = _TIME.fullmatch("".join(text.lower().split()))
    if found is None:
        return None
    length = timedelta(**{unit: int(number) for unit, number in found.groupdict(default="0").items()})
    return length if timedelta() < length <= _MOST_TIME else None


class Tldr(Commands):
    """The `/tldr` command."""

    def __init__(
        self,
        access: Current[AccessSettings],
        chat: ChatService,
        *,
        recent: RecentMessages,
        summarising: Summarising,
        slots: WorkSlots,
        look_up_seconds: Current[float],
    ) -> None:
        super().__init__(access)
        self._chat = chat
        self._recent = recent
        self._summarising = summarising
        self._slots = slots
        self._look_up_seconds = look_up_seconds

    @app_commands.command(description=texts.TLDR_DOES)
    @app_commands.describe(since=texts.TLDR_SINCE, messages=texts.TLDR_MESSAGES)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def tldr(
        self,
        interaction: discord.Interaction,
        since: str | None = None,
        messages: app_commands.Range[int, 1, MOST_MESSAGES] | None = None,
    ) -> None:
        """Sum up what was said here, for the asker alone, as soon as a slot is free."""
        length = None if since is None else time_of(since)
        if (refusal := _refusal(interaction, since=since, length=length)) is not None:
            await say_privately(interaction, refusal)
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        start = None if length is None else interaction.created_at - length
        most = messages or (MOST_MESSAGES if start else _MESSAGES)
        try:
            async with self._slots.taken(interaction.user.id), asyncio.timeout(_LONGEST_SECONDS):
                await say_privately(interaction, await self._summary(interaction, start, most))
        except NoSlotError as refused:
            await say_privately(interaction, refused.public)
        except TimeoutError:
            await say_privately(interaction, texts.TOO_SLOW)

    async def _summary(self, interaction: discord.Interaction, since: datetime | None, most: int) -> str:
        """Return what the asker is told: the summary, or why there is none."""
        assert interaction.channel is not None  # noqa: S101 -- looked at before
        place = place_of(interaction.channel, interaction.guild_id)
        asker = Asker(interaction.user, place.id, interaction.guild)
        press = Press(interaction.id, place.id, interaction.user.id, int(interaction.created_at.timestamp() * 1000))
        if not await self._chat.counts(press):
            return TOO_MANY
        try:
            async with asyncio.timeout(self._look_up_seconds.value * _LOOK_UPS):
                recent = await self._recent.read(asker, interaction.id, most=most, since=since)
        except FAILURES as error:
            log.warning("interaction %s: the messages cannot be read (%s)", interaction.id, type(error).__name__)
            return texts.TLDR_UNREAD
        if not recent.messages:
            return "\n".join([texts.TLDR_NOTHING, *_notes(recent)])
        try:
            summary = await self._summarising.summarise(place, interaction.user.id, interaction.id, recent.messages)
        except ModelError as error:
            log.warning("interaction %s: no summary: %s: %s", interaction.id, type(error).__name__, error)
            return error.public
        return _told(summary, recent)


def _refusal(interaction: discord.Interaction, *, since: str | None, length: timedelta | None) -> str | None:
    """Return why nothing is summed up; None if it may be."""
    if interaction.channel is None or not may_read_history(interaction):
        return texts.TLDR_NOT_A_READER
    if not bot_may_read_history(interaction):
        return texts.TLDR_MAY_NOT
    return texts.TLDR_NO_TIME if since is not None and length is None else None


def _told(summary: Summary, recent: Recent) -> str:
    text = shortened(summary.text.strip(), _LONGEST_TEXT)
    read = len(recent.messages) - summary.left_out
    head = texts.TLDR_ONE if read == 1 else texts.TLDR_HEAD.format(read=read)
    return "\n".join([head, text, *_notes(recent, summary.left_out)])


def _notes(recent: Recent, left_out: int = 0) -> list[str]:
    """Return lines of small print about what was not read."""
    found = (
        (texts.TLDR_LEFT_OUT, left_out),
        (texts.TLDR_HIDDEN, recent.hidden),
        (texts.TLDR_FILES, recent.files),
        (texts.TLDR_MORE, int(recent.more)),
    )
    return [f"-# {text.format(number=number)}" for text, number in found if number]
