"""Tells whose words a question may bring along."""

from collections.abc import Container, Iterable
from dataclasses import replace

import discord

from bot.chat.ports.intake import Sourced
from bot.config import AccessSettings, Current
from bot.intake.forwards import Forwards


class Consent:
    """The people whose words no question but their own brings along: those on the deny list, and those who opted out.

    What a message forwards are the words of who wrote them, whoever forwards them; without `forwards` nobody looks that up.
    """

    def __init__(
        self,
        access: Current[AccessSettings],
        opted_out: Container[int] = (),
        forwards: Forwards | None = None,
    ) -> None:
        self._access = access
        self._opted_out = opted_out
        self._forwards = forwards

    def covers(self, author_id: int | None, asker_id: int) -> bool:
        """Return whether a question may bring along the words of `author_id`, None for an unknown author."""
        if author_id is None or author_id == asker_id:
            return True
        return author_id not in self._access.value.deny_users and author_id not in self._opted_out

    async def cover(self, messages: Iterable[discord.Message], asker_id: int) -> None:
        """Take from messages what they forward of people who are not to be quoted, and where Discord failed to tell whose it is.

        What was forwarded from a message that is gone, or that the bot may not read, stays: nobody can tell whose words it holds.
        """
        forwards = [one for one in messages if one.message_snapshots]
        if self._forwards is None or not forwards:
            return
        failed = await self._forwards.look_up(forwards)
        for one in forwards:
            if one in failed or not self.covers(self._forwards.author_of(one.id), asker_id):
                one.message_snapshots = []

    def by_author(self, words: Sourced) -> Sourced:
        """Return words that a message forwards as those of their author, where that is known; others as they are."""
        author_id = self._forwards.author_of(words.message_id) if self._forwards else None
        return words if author_id is None else replace(words, author_id=author_id)
