"""Renders questions for the model: from the message in memory, else the message fetched again, else the stored raw text."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import discord

from bot.chat.content import Content, Text
from bot.chat.moments import moment
from bot.chat.places import PlaceKind
from bot.chat.ports.intake import MessageDeleted, Rendered, Sourced
from bot.chat.speakers import tagged, timed
from bot.chat.turns import Question
from bot.config import ChatSettings, Current
from bot.intake.attachments import attached_to
from bot.intake.failures import FAILURES
from bot.intake.media import NO_FILES, MediaReader
from bot.intake.mentions import Words
from bot.intake.message import THIS_MESSAGE, asked, asking_for_stored, rendered, rendered_about
from bot.intake.parts import with_hint
from bot.intake.readers import asker_of
from bot.intake.surroundings import Surroundings

log = logging.getLogger(__name__)

_MAX_HELD: Final = 1_000
"""Number of messages that are kept in memory. Beyond it the oldest is dropped, and fetched again when it is rendered."""
_MAX_RENDERED: Final = 64
"""Messages that are kept after they were rendered: a question that changes at once is rendered again."""
_MAX_GONE: Final = 10_000
"""Deletions that are kept in mind for questions that wait."""
_UNKNOWN_MESSAGE: Final = 10008
_FETCH_SECONDS: Final = 30.0
"""discord.py alone waits for 300."""


class DiscordIntake:
    """Implements `chat.ports.intake.Intake` with discord.py; no Discord object leaves it.

    Without `media`, files are named to the model and not read. `around` looks up what questions refer to. Discord has
    `fetch_seconds` to hand over a message.
    """

    def __init__(
        self,
        client: discord.Client,
        chat: Current[ChatSettings],
        media: MediaReader | None = None,
        *,
        around: Surroundings | None = None,
        max_held: int = _MAX_HELD,
        fetch_seconds: float = _FETCH_SECONDS,
    ) -> None:
        self._client = client
        self._around = around or Surroundings(client)
        self._chat = chat
        self._media = media
        self._max_held = max_held
        self._fetch_seconds = fetch_seconds
        self._held: OrderedDict[int, discord.Message] = OrderedDict()
        self._rendered: OrderedDict[int, discord.Message] = OrderedDict()
        self._gone: OrderedDict[int, None] = OrderedDict()

    def hold(self, message: discord.Message) -> None:
        """Keep a message in memory until it is rendered. One that is held already stays, even if it was edited since."""
        self._held.setdefault(message.id, message)
        while len(self._held) > self._max_held:
            self._held.popitem(last=False)

    def hold_for(self, key: int, message: discord.Message) -> None:
        """Keep the message that the question `key` asks to answer."""
        self._held[key] = message

    def forget(self, key: int) -> None:
        """Drop a message that was deleted; questions in memory that reply to it do not quote it any more."""
        self._held.pop(key, None)
        self._rendered.pop(key, None)
        self._gone[key] = None
        while len(self._gone) > _MAX_GONE:
            self._gone.popitem(last=False)

    def edited(self, message: discord.Message, coming: Iterable[discord.Message] = ()) -> None:
        """Take over the edit of a message to which questions in memory, or `coming` ones, reply, or which they ask about."""
        for kept in (self._held, self._rendered):
            for key, one in kept.items():
                if one.id == message.id and key != message.id:
                    kept[key] = message
                else:
                    _cite(one, message)
        for one in coming:
            _cite(one, message)

    def let_go(self, message: discord.Message) -> None:
        """Drop a message from memory, unless another state of it is held there: then that one is still to be rendered."""
        if self._held.get(message.id) is message:
            del self._held[message.id]

    async def render(self, question: Question, *, files: bool = True) -> Rendered:
        """See `Intake.render`. Messages of a question of several that are gone are left out."""
        if not question.joined:
            return await self._render(question, files=files)
        parts: list[tuple[int, Rendered]] = []
        first = [question, *(replace(question, key=one.message_id, text=one.text, about=0) for one in question.joined)]
        for one in first:
            try:
                parts.append((one.key, await self._render(one, files=files)))
            except MessageDeleted:
                log.info("message %s of question %s was deleted", one.key, question.key)
        if not parts:
            raise MessageDeleted(f"all messages of question {question.key} were deleted")
        return _together(parts, question)

    async def _render(self, question: Question, *, files: bool) -> Rendered:
        """Render the message with the question's key."""
        key, about = question.key, question.about
        kept = self._held.pop(key, None), self._held.get(about), self._rendered.get(key), self._rendered.get(about)
        message = next((one for one in kept if one is not None and one.id not in self._gone), None)
        message = None if about in self._gone else message or await self._fetch(question)
        if about and message is not None and not self._around.consent.covers(message.author.id, question.author.id):
            message = None
        bot = self._client.user
        direct = question.place.kind is PlaceKind.DM
        zone = self._chat.value.zone
        when = moment(question.asked_at, zone)
        if message is None or bot is None:
            text = with_hint(asking_for_stored(question.text) if question.about else question.text)
            return Rendered((Text(timed(text, when) if direct else tagged(question.author, text, when)),))
        self._rendered[question.key] = message
        while len(self._rendered) > _MAX_RENDERED:
            self._rendered.popitem(last=False)
        found, unread = NO_FILES, False
        if self._media is not None:
            unread = not files and bool(attached_to(message, bot))
        try:
            await self._around.cover(message, question.author.id)
            around = await self._around.of(message, bot, question, fetch=files)
            if self._media is not None and files:
                found = await self._media.read(message, bot, question)
        except asyncio.CancelledError:
            self._held.setdefault(
                question.key, message
            )  # a stopped question is rendered again, perhaps as edited since
            raise
        self._uncite(message)
        words = Words(asker_of(message), bot, zone)
        if question.about and (message.author.id != question.author.id or question.text == THIS_MESSAGE):
            contents = rendered_about(message, words, question.author, when, direct=direct, files=found)
            own = tuple(_of(message, one) for one in found.contents)
        else:
            contents = rendered(message, words, question.author, when, direct=direct, files=found, around=around)
            own = found.contents
        by_author = self._around.consent.by_author
        sourced = (by_author(one) if isinstance(one, Sourced) else one for one in (*contents, *own))
        return Rendered(tuple(sourced), found.blobs, found.remarks, unread)

    def _uncite(self, message: discord.Message) -> None:
        """Take from a message what it replies to, where that was deleted since Discord delivered it."""
        reference = message.reference
        if reference is not None and reference.message_id in self._gone and reference.resolved is not None:
            reference.resolved = discord.DeletedReferencedMessage(reference)

    def was_deleted(self, message_id: int) -> bool:
        """See `Intake.was_deleted`."""
        return message_id in self._gone

    async def text_of(self, question: Question) -> str | None:
        """See `Intake.text_of`."""
        message = self._held.get(question.key)
        if message is None:
            try:
                message = await self._fetch(question)
            except MessageDeleted:
                return None
            if message is None:
                return None
            self.hold(message)
        return asked(message).text

    async def _fetch(self, question: Question) -> discord.Message | None:
        """Fetch the message of a question; None where that fails. Raises MessageDeleted where the asker's own is gone."""
        channel = self._client.get_partial_messageable(question.place.id, guild_id=question.place.guild_id)
        try:
            async with asyncio.timeout(self._fetch_seconds):
                return await channel.fetch_message(question.about or question.key)
        except FAILURES as error:
            if isinstance(error, discord.NotFound) and error.code == _UNKNOWN_MESSAGE and not question.about:
                raise MessageDeleted(f"message {question.key} was deleted") from error
            log.info(
                "question %s cannot be fetched again (%s): its raw text serves", question.key, type(error).__name__
            )
            return None


def _cite(message: discord.Message, original: discord.Message) -> None:
    """Let a message reply to `original` as it is now, where it replies to that and Discord delivered it."""
    reference = message.reference
    if reference is not None and reference.message_id == original.id and reference.resolved is not None:
        reference.resolved = original


def _of(message: discord.Message, content: Content | Sourced) -> Sourced:
    """Return a file of another person's message as such."""
    return content if isinstance(content, Sourced) else Sourced(content, message.author.id, message.id)


def _together(parts: Sequence[tuple[int, Rendered]], question: Question) -> Rendered:
    """Return the messages of a question, by their ids, as one: each text begins a line, and all but the first are marked.

    Where the first is gone, an empty text stands for it. The others keep their marks, by which the store knows them apart.
    """
    contents: list[Content | Sourced] = [] if parts[0][0] == question.key else [Text("")]
    for message_id, one in parts:
        if message_id == question.key:
            contents += one.contents
            continue
        for content in one.contents:
            if isinstance(content, Sourced):
                contents.append(content)
            else:
                words = Text(f"\n{content.text}") if isinstance(content, Text) else content
                contents.append(Sourced(words, question.author.id, message_id))
    return Rendered(
        tuple(contents),
        tuple(blob for _, one in parts for blob in one.blobs),
        tuple(remark for _, one in parts for remark in one.remarks),
        any(one.unread for _, one in parts),
    )
