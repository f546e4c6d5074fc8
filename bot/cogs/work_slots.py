"""Slots for commands that work hard: a few at a time for the whole bot, and one for each person."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from bot.cogs import texts
from bot.errors import ParleyError

_SLOTS: Final = 2
_WAITING: Final = 20
_WAIT_SECONDS: Final = 240.0
"""Discord takes responses to an interaction for 15 minutes (documentation, Receiving and Responding, "Followup Messages"). This
leaves enough of them for the work."""


_GRACE_SECONDS: Final = 2.0
"""How long a person's second command waits for the first: Discord shows a result before we know that it took it."""


class NoSlotError(ParleyError):
    """A command was not begun. `public` is the sentence for the person who used it."""

    def __init__(self, public: str) -> None:
        super().__init__(public)
        self.public = public


class WorkSlots:
    """Shared by all commands that work hard. Those that find no slot wait in the order in which they came."""

    def __init__(
        self,
        *,
        slots: int = _SLOTS,
        waiting: int = _WAITING,
        wait_seconds: float = _WAIT_SECONDS,
        grace_seconds: float = _GRACE_SECONDS,
    ) -> None:
        self._most = slots + waiting
        self._free = asyncio.Semaphore(slots)
        self._wait_seconds = wait_seconds
        self._grace_seconds = grace_seconds
        self._people: dict[int, asyncio.Event] = {}

    @asynccontextmanager
    async def taken(self, person_id: int) -> AsyncGenerator[None]:
        """Hold a slot while the context lasts. Raises NoSlotError when the person holds or awaits one, or when too many wait."""
        await self._until_idle(person_id)
        if len(self._people) >= self._most:
            raise NoSlotError(texts.TOO_MUCH_WORK)
        self._people[person_id] = idle = asyncio.Event()
        try:
            await self._wait()
            try:
                yield
            finally:
                self._free.release()
        finally:
            del self._people[person_id]
            idle.set()

    async def _until_idle(self, person_id: int) -> None:
        try:
            async with asyncio.timeout(self._grace_seconds):
                while (idle := self._people.get(person_id)) is not None:
                    await idle.wait()
        except TimeoutError as error:
            raise NoSlotError(texts.ONE_AT_A_TIME) from error

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise NoSlotError(texts.TOO_MUCH_WORK) from error
