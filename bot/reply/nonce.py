"""Makes the nonces of the messages that the bot sends. Each try to send one message of one answer uses the same nonce.

When a nonce is repeated within a few minutes, Discord returns the existing message, so a retry shows nothing twice. The last four
characters identify the database: two databases that answer with one token send separate messages, and can tell them apart.
"""

import logging
import re
import secrets
import time
from typing import Final

from bot.chat.ports.facts import Facts
from bot.errors import StoreError

log = logging.getLogger(__name__)

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
NOTICE: Final = 0
"""The message number of a notice to a question that gets no answer. The messages of an answer or its error count from 1."""
_OURS: Final = re.compile(r"[0-9a-z]{21}(?P<database>[0-9a-z]{4})")
_DATABASE: Final = "id of the database"
_FILE: Final = "file of the database"
_OTHER_SEEN: Final = "another database was seen"
_REMEMBERED_SECONDS: Final = 7 * 86_400
"""Another database counts as active for this long after it was last seen."""


def base36(number: int, width: int = 1) -> str:
    """Return `number` in digits and lower-case letters, padded with zeros to `width` characters."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits.rjust(width, "0")


class Nonces:
    """Makes the nonces of one database and detects those of another. Create one with `loaded`."""

    def __init__(self, database: str, facts: Facts, *, other_seen: bool) -> None:
        self._database = database
        self._facts = facts
        self.other_seen = other_seen
        """Whether another database answers with this token, so that a message without a nonce may belong to it."""

    @classmethod
    async def loaded(cls, facts: Facts, file: str) -> "Nonces":
        """Load the database's id from `facts`. Raises StoreError.

        A database gets a random id at its first start, and a new one when `file`, which identifies the database file, has
        changed: a copy of a database must not be taken for the original.
        """
        database, known_file = await facts.recall(_DATABASE), await facts.recall(_FILE)
        if database is None or (known_file and known_file != file):
            await facts.remember(_DATABASE, database := "".join(secrets.choice(_DIGITS) for _ in range(4)))
        if known_file != file:
            await facts.remember(_FILE, file)
        seen = float(await facts.recall(_OTHER_SEEN) or 0)
        return cls(database, facts, other_seen=time.time() - seen < _REMEMBERED_SECONDS)

    def make(self, key: int, sibling: int, number: int) -> str:
        """Return a message's nonce: 13 characters of the question's key, 4 of the attempt, 4 of the number, 4 of the database.

        Discord allows 25 characters.
        """
        return base36(key, 13) + base36(sibling, 4) + base36(number, 4) + self._database

    async def notice(self, nonce: str | int | None) -> None:
        """Check whether the nonce of a message that this bot's user sent comes from another database."""
        match = _OURS.fullmatch(str(nonce or ""))
        if match is not None and match["database"] != self._database:
            await self.notice_other()

    async def notice_other(self) -> None:
        """Record that another database answers with this token, and warn the first time."""
        if self.other_seen:
            return
        self.other_seen = True
        log.warning(
            "another Parley with another database answers with this token: each question is answered twice; stop one of the two, "
            "or give it a token of its own"
        )
        try:
            await self._facts.remember(_OTHER_SEEN, str(time.time()))
        except StoreError as error:
            log.warning("the other Parley could not be remembered: %s", error)
