"""Quotes again what was edited: other people's words in stored questions, as contents of the same form as at first.

The head of a quote stays as it was stored. It tells which form the quote has, and so how long the words under it may be. Words of
another place than that of the question are read again only where its asker may read them now.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import discord

from bot.chat.ports.changes import HeldWords
from bot.chat.speakers import escaped
from bot.chat.turns import clean
from bot.config import ChatSettings, Current
from bot.intake.attachments import is_paste, name_of
from bot.intake.consent import Consent
from bot.intake.links import Links
from bot.intake.media import LINES, VOICE
from bot.intake.mentions import Words
from bot.intake.message import guild_id_of
from bot.intake.parts import FORWARD, FORWARD_CHARACTERS, Lines, own_parts, quoted
from bot.intake.quotes import ASIDE, ASIDE_CHARACTERS, LINKED, LINKED_CHARACTERS, QUOTED_CHARACTERS, quotable
from bot.intake.readers import Asker
from bot.intake.shortening import shortened

log = logging.getLogger(__name__)

_QUOTE: Final = re.compile(r"(?P<head>\n{1,2}(?:(?!\\?> )[^\n]+\n)?)\\?> ")
"""The beginning of a quote: a head of one line, or none where the whole message is what was asked about, and the first words."""
NO_WORDS: Final = "[nothing is left of this message's text]"
"""Stands for the words of a message that was edited to none."""
_FORWARD_HEAD: Final = f"\n{FORWARD}\n"


class Requoting:
    """Quotes edited messages again for the questions that hold their words."""

    def __init__(self, client: discord.Client, links: Links, consent: Consent, chat: Current[ChatSettings]) -> None:
        self._client = client
        self._links = links
        self._consent = consent
        self._chat = chat

    async def changed(
        self, message: discord.Message, held: Sequence[HeldWords]
    ) -> Sequence[tuple[HeldWords, str | None]]:
        """Return the words of an edited message that are others now, each with its new text; None for a file that it lost.

        What cannot be quoted again is left out, and so is everything by people who are not to be quoted.
        """
        found: list[tuple[HeldWords, str | None]] = []
        readable: dict[tuple[int, int], bool] = {}
        lost = _lost(message, held)
        for one in held:
            if not self._consent.covers(message.author.id, one.asker_id):
                continue
            if one.media:
                found += [(one, None)] if one in lost else []
                continue
            reader = one.place_id, one.asker_id
            if reader not in readable:
                readable[reader] = await self._may_read(message, one)
            text = self._text(message, one) if readable[reader] else None
            if text is not None and text != one.text:
                found.append((one, text))
        return found

    async def _may_read(self, message: discord.Message, held: HeldWords) -> bool:
        return held.place_id == message.channel.id or await self._links.may_read(message, held.asker_id)

    def _text(self, message: discord.Message, held: HeldWords) -> str | None:
        bot, quote = self._client.user, _QUOTE.match(held.text)
        if bot is None or quote is None:
            return None
        head = quote["head"]
        whole = not head.strip()
        if whole and any(map(is_paste, message.attachments)):  # a part of the message's text came as a file
            return None
        words = Words(self._asker(held, bot), bot, self._chat.value.zone)
        lines = _lines(message, held.text)
        if head == _FORWARD_HEAD:
            named = words.of(message)
            text = "\n".join(filter(None, (named(clean(message.content)), *own_parts(message, lines, named))))
        else:
            text = quotable(message, words, lines)
        text = text if text.strip() else NO_WORDS
        body = quoted(text if whole else shortened(text, _most(head)))
        return head + (body if held.guild_id is None else escaped(body))

    def _asker(self, held: HeldWords, bot: discord.abc.User) -> Asker:
        """Return the asker of a question; without their roles, where discord.py does not know them."""
        guild = self._client.get_guild(held.guild_id) if held.guild_id else None
        member = guild.get_member(held.asker_id) if guild else None
        return Asker(member or self._client.get_user(held.asker_id) or bot, held.place_id, guild)


def is_withheld(message: discord.Message, bot: discord.abc.User | None, *, reads_content: bool) -> bool:
    """Return whether Discord keeps the text of a message from the bot: then nothing is known of an edit."""
    in_server = guild_id_of(message) is not None
    return not message.content and not reads_content and in_server and bot not in message.mentions


def _most(head: str) -> int:
    """Return how many characters a quote under `head` may have."""
    if head == _FORWARD_HEAD:
        return FORWARD_CHARACTERS
    if head.endswith(f"{ASIDE}:\n"):
        return ASIDE_CHARACTERS
    return LINKED_CHARACTERS if head.startswith(f"\n{LINKED}") else QUOTED_CHARACTERS


def _files(message: discord.Message) -> Iterable[discord.Attachment]:
    return (*message.attachments, *(file for one in message.message_snapshots for file in one.attachments))


def _lost(message: discord.Message, held: Sequence[HeldWords]) -> Sequence[HeldWords]:
    """Return the held files that are not on a message any more.

    A file whose id is not there, or not known, counts as there while the message has enough other files of its name.
    """
    ids = {one.file_id for one in held}
    there = {file.id for file in _files(message)}
    gone = [one for one in held if one.media and one.file_id not in there]
    spare = Counter(name_of(file.filename) for file in _files(message) if file.id not in ids)
    needed = Counter((one.position, one.name) for one in gone)
    return [one for one in gone if needed[one.position, one.name] > spare[one.name]]


def _lines(message: discord.Message, held: str) -> Lines:
    """Return the lines that stand for the files of a message whose contents are shown to the model, as they stand in `held`."""
    standing = {line.lstrip("> ") for line in held.splitlines()}
    found: Mapping[int, str] = {
        file.id: line
        for file in _files(message)
        for line in (VOICE, *(line.format(name=name_of(file.filename)) for line in LINES.values()))
        if line in standing
    }
    return found
