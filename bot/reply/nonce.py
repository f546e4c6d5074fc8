"""Makes the nonces of the messages that the bot sends. Each try to send one message of one answer uses the same nonce.

When a nonce is repeated within a few minutes, Discord returns the existing message, so a retry shows nothing twice. The last four
characters identify the database: two databases that answer with one token send separate messages, and can tell them apart.

A copy of a database on another computer may have the same id: its file can have the same path and inode number. Then Discord
returns the other Parley's message for our nonce. `Nonces.is_anothers` recognises that, and the database gets another id.
"""

import logging
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from bot.chat.ports.facts import Facts
from bot.errors import StoreError

log = logging.getLogger(__name__)

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
NOTICE: Final = 0
"""The message number of a notice to a question that gets no answer. The messages of an answer or its error count from 1."""
FIRST: Final = 1
"""The message number of the first message of an answer, which is that of the line before it."""
_OURS: Final = re.compile(r"[0-9a-z]{21}(?P<database>[0-9a-z]{4})")
_DATABASE: Final = "id of the database"
_FILE: Final = "file of the database"
_OTHER_SEEN: Final = "another database was seen"
_REMEMBERED_SECONDS: Final = 7 * 86_400
"""Another database counts as active for this long after it was last seen."""
_REMEMBERED_TEXTS: Final = 10_000
"""The nonces whose texts are remembered, the newest ones; Discord forgets a nonce after a few minutes."""
_START_MS: Final = 3_000
"""A message that is at most this much newer than the start may be from the run before: clocks differ, and a start takes time."""
_NO_WORD: Final = re.compile(r"\W+")


def _now() -> int:
    return time.time_ns() // 1_000_000


def base36(number: int, width: int = 1) -> str:
    """Return `number` in digits and lower-case letters, padded with zeros to `width` characters. Raises ValueError below 0."""
    if number < 0:
        raise ValueError(f"{number} is no id")
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits.rjust(width, "0")


class Nonces:
    """Makes the nonces of one database and detects those of another. Create one with `loaded`."""

    def __init__(self, database: str, facts: Facts, *, other_seen: bool, clock: Callable[[], int] = _now) -> None:
        """Create the nonces of a database. `clock` tells Discord's time in milliseconds since 1970 UTC."""
        self._database = database
        self._started_at = clock()
        self._texts: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        self._former: list[str] = []
        self._anothers: set[str] = set()
        self._facts = facts
        self.other_seen = other_seen
        """Whether another database answers with this token, so that a message without a nonce may belong to it."""

    @classmethod
    async def loaded(cls, facts: Facts, file: str, clock: Callable[[], int] = _now) -> "Nonces":
        """Load the database's id from `facts`. Raises StoreError.

        A database gets a random id at its first start, and a new one when `file`, which identifies the database file, has
        changed: a copy of a database must not be taken for the original.
        """
        database, known_file = await facts.recall(_DATABASE), await facts.recall(_FILE)
        if database is None or (known_file and known_file != file):
            await facts.remember(_DATABASE, database := _new_id())
        if known_file != file:
            await facts.remember(_FILE, file)
        seen = float(await facts.recall(_OTHER_SEEN) or 0)
        return cls(database, facts, other_seen=time.time() - seen < _REMEMBERED_SECONDS, clock=clock)

    def make(self, key: int, sibling: int, number: int) -> str:
        """Return a message's nonce: 13 characters of the question's key, 4 of the attempt, 4 of the number, 4 of the database.

        Discord allows 25 characters. A message that was sent before the database got another id keeps its nonce.
        """
        message = base36(key, 13) + base36(sibling, 4) + base36(number, 4)
        before = [message + database for database in self._former]
        kept = (nonce for nonce in before if nonce in self._texts and nonce not in self._anothers)
        return next(kept, message + self._database)

    def sending(self, nonce: str, text: str) -> None:
        """Record that a message with this nonce and text is about to be sent."""
        known = self._texts.pop(nonce, ())
        key = _key(text)
        self._texts[nonce] = known if key in known else (*known, key)
        if len(self._texts) > _REMEMBERED_TEXTS:
            self._texts.popitem(last=False)

    def is_anothers(self, nonce: str, text: str, sent_at: int) -> bool:
        """Return whether the message that Discord returned for a nonce was sent by another Parley with our database's id.

        `text` is the message's, `sent_at` its time in milliseconds. It is ours when this process has sent its words with that
        nonce, or when it is from before this process began: then the run before has sent it.
        """
        return sent_at > self._started_at + _START_MS and _key(text) not in self._texts.get(nonce, ())

    async def renew(self, nonce: str) -> None:
        """Give the database another id and warn, because another Parley has sent a message with `nonce`, which bears our id."""
        self._anothers.add(nonce)
        if nonce.endswith(self._database):
            self._former.append(self._database)
            self._database = _new_id()
        await self.notice_other()
        try:
            await self._facts.remember(_DATABASE, self._database)
        except StoreError as error:
            log.warning("the new id of the database could not be stored: %s", error)

    async def notice(self, nonce: str | int | None, sent_at: int = 0) -> None:
        """Check whether the nonce of a message that this bot's user sent at `sent_at` (milliseconds) is another Parley's."""
        match = _OURS.fullmatch(str(nonce or ""))
        if match is None:
            return
        if match["database"] != self._database:
            if match[0] not in self._texts:  # else it is ours, from before the database got another id
                await self.notice_other()
        elif match[0] not in self._texts and sent_at > self._started_at + _START_MS:
            await self.renew(match[0])

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


def _new_id() -> str:
    return "".join(secrets.choice(_DIGITS) for _ in range(4))


def _key(text: str) -> int:
    """Return a number for the words of a text: Discord may send a text back with other white space or punctuation."""
    return hash(_NO_WORD.sub("", text).casefold())
