"""The nonce of each message that the bot sends: the same for the same message of the same answer, however often it is tried.

Discord returns the message that exists when a nonce comes again within a few minutes, so nothing appears twice. The last four
characters are the database's own: two databases that answer with one token make two messages, and can tell them apart.
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
"""The number of the line to a question that gets no answer; an answer's messages, its errors too, count from 1."""
_OURS: Final = re.compile(r"[0-9a-z]{21}(?P<database>[0-9a-z]{4})")
_DATABASE: Final = "id of the database"
_FILE: Final = "file of the database"
_OTHER: Final = "another database was seen"
_REMEMBERED_SECONDS: Final = 7 * 86_400
"""How long another database is reckoned with after it was last seen."""


def base36(number: int, width: int = 1) -> str:
    """`number` in digits and small letters, with zeros in front up to `width`."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits.rjust(width, "0")


class Nonces:
    """Makes the nonces of one database and notices those of another. Get one by `loaded`."""

    def __init__(self, database: str, facts: Facts, *, other_seen: bool) -> None:
        self._database = database
        self._facts = facts
        self.other_seen = other_seen
        """Whether another database answers with this token, so that a message without a nonce may be its."""

    @classmethod
    async def loaded(cls, facts: Facts, file: str) -> "Nonces":
        """The nonces of the database that keeps `facts`. Raises StoreError.

        It gets a random id at its first start, and another where `file`, which tells files apart, has changed: a copy
        of a database must not pass for the original.
        """
        database, known_file = await facts.recall(_DATABASE), await facts.recall(_FILE)
        if database is None or (known_file and known_file != file):
            await facts.remember(_DATABASE, database := "".join(secrets.choice(_DIGITS) for _ in range(4)))
        if known_file != file:
            await facts.remember(_FILE, file)
        seen = float(await facts.recall(_OTHER) or 0)
        return cls(database, facts, other_seen=time.time() - seen < _REMEMBERED_SECONDS)

    def make(self, key: int, sibling: int, number: int) -> str:
        """The nonce of a message: 13 characters of the question's key, 4 of the attempt, 4 of the number, 4 of the database.

        Discord allows 25.
        """
        return base36(key, 13) + base36(sibling, 4) + base36(number, 4) + self._database

    async def notice(self, nonce: str | int | None) -> None:
        """Look at the nonce of a message that this bot's user sent."""
        match = _OURS.fullmatch(str(nonce or ""))
        if match is not None and match["database"] != self._database:
            await self.notice_other()

    async def notice_other(self) -> None:
        """Reckon with another database from now on."""
        if self.other_seen:
            return
        self.other_seen = True
        log.warning(
            "another Parley with another database answers with this token: each question is answered twice; stop one of the two, "
            "or give it a token of its own"
        )
        try:
            await self._facts.remember(_OTHER, str(time.time()))
        except StoreError as error:
            log.warning("the other Parley could not be remembered: %s", error)
