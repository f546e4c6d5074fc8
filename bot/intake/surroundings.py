"""Looks up what a question refers to and Discord did not deliver with it: our own turns, linked messages, what was said before.

A plain question causes no look-up. One that replies to us causes a read of the database. Only links, and places where
`history.ambient` is set, cause requests to Discord, which have a few seconds together. The model is told what could not be read.
"""

import asyncio
import logging
from typing import Final

import discord

from bot.chat.ports.questions import Questions, Said
from bot.chat.turns import Question
from bot.config import AccessSettings, Current
from bot.errors import StoreError
from bot.intake.ambient import Ambient
from bot.intake.consent import Consent
from bot.intake.links import Link, Links, links_in
from bot.intake.mentions import Words
from bot.intake.parts import is_forward
from bot.intake.quotes import NOTHING_AROUND, Around, Linked, quotable, replied_to
from bot.intake.readers import asker_of

log = logging.getLogger(__name__)

_SECONDS: Final = Current(5.0)


class Surroundings:
    """Looks up what questions refer to: turns with `questions`, links with `links`, and what was said before with `ambient`.

    Discord has `seconds` for each look-up.
    """

    def __init__(
        self,
        client: discord.Client,
        questions: Questions | None = None,
        links: Links | None = None,
        ambient: Ambient | None = None,
        consent: Consent | None = None,
        *,
        seconds: Current[float] = _SECONDS,
    ) -> None:
        self._client = client
        self.consent = consent or Consent(Current(AccessSettings()))
        self._questions = questions
        self._links = links
        self._ambient = ambient
        self._seconds = seconds

    async def cover(self, message: discord.Message, asker_id: int) -> None:
        """Take from a message the words of others who are not to be quoted: nothing of theirs is stored.

        These stand in what it replies to, and in what either of the two forwards.
        """
        original = replied_to(message)
        delivered = [original] if isinstance(original, discord.Message) else []
        if message.reference and not all(self.consent.covers(one.author.id, asker_id) for one in delivered):
            message.reference.resolved = None
            delivered = []
        await self.consent.cover([message, *delivered], asker_id)

    async def of(
        self, message: discord.Message, bot: discord.abc.User, question: Question, *, fetch: bool = True
    ) -> Around:
        """Return what the message of a question refers to. Without `fetch`, Discord is not asked."""
        if question.about:
            return NOTHING_AROUND
        said = await self._said(message, bot, question)
        links = links_in(message, bot)
        asks = self._ambient is not None and self._ambient.applies(message)
        if not links and not asks:
            return NOTHING_AROUND if said is None else Around(said)
        if not fetch:
            return Around(said, [Linked(link.text) for link in links])
        linked, before = await asyncio.gather(self._linked(links, message, question), self._before(message, question))
        found = [one.message for one in linked if one.message is not None]
        await self.consent.cover([*found, *(before or ())], question.author.id)
        told = [one for one in before or () if one.message_snapshots or not is_forward(one)]
        return Around(said, linked, told, before_unread=before is None)

    async def _said(self, message: discord.Message, bot: discord.abc.User, question: Question) -> Said | None:
        """Return the turn that a message replies to, where it is ours or Discord does not show it; None where the store fails."""
        reference, original = message.reference, replied_to(message)
        if self._questions is None or message.type is not discord.MessageType.reply:
            return None
        if reference is None or reference.message_id is None:
            return None
        if isinstance(original, discord.Message) and _is_shown(original, message, bot):
            return None
        try:
            said = await self._questions.said(reference.message_id, question.conversation_id)
        except StoreError as error:
            log.warning("question %s: what it replies to cannot be looked up: %s", question.key, error)
            return None
        if said is not None and said.author is not None and not self.consent.covers(said.author.id, question.author.id):
            return None
        return said

    async def _linked(self, links: list[Link], message: discord.Message, question: Question) -> list[Linked]:
        if self._links is None or not links:
            return [Linked(link.text) for link in links]
        tasks = [asyncio.create_task(self._links.read(one, message, question), name="linked message") for one in links]
        try:
            await asyncio.wait(tasks, timeout=self._seconds.value)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return [
            Linked(link.text) if task.cancelled() else task.result() for link, task in zip(links, tasks, strict=True)
        ]

    async def _before(self, message: discord.Message, question: Question) -> list[discord.Message] | None:
        """Return what was said before; None where Discord or the store did not tell."""
        if self._ambient is None or not self._ambient.applies(message):
            return []
        try:
            async with asyncio.timeout(self._seconds.value):
                return await self._ambient.before(message, question)
        except TimeoutError:
            log.info("question %s: Discord did not tell in time what was said before it", question.key)
            return None


def _is_shown(original: discord.Message, message: discord.Message, bot: discord.abc.User) -> bool:
    """Return whether Discord shows anything of a person's message that a question replies to."""
    return original.author.id != bot.id and bool(quotable(original, Words(asker_of(message), bot), {}))
