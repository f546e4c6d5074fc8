"""Writes that the store did not take, as on a full disk. They are made again until it takes them, in order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from bot.errors import ParleyError, StoreError

log = logging.getLogger(__name__)

_PAUSES_SECONDS: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 30.0, 30.0, *(60.0,) * 1440)
"""Pauses between tries, about a day in all. Later only the next start finds what is left."""

Write = Callable[[], Awaitable[None]]
"""A write of the store, or what follows it. Raises StoreError while the store does not take it."""


class LateWrites:
    """Makes the writes of questions again, after each of `pauses` and whenever `flush` is called."""

    def __init__(self, pauses: tuple[float, ...] = _PAUSES_SECONDS) -> None:
        self._pauses = pauses
        self._writes: list[tuple[int, Write]] = []
        self._worker: asyncio.Task[None] | None = None
        self._closed = False
        self._flushing = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """The number of writes that are still to be made."""
        return len(self._writes)

    def add(self, key: int, write: Write) -> None:
        """Add a write of the question `key`, which has failed. After `close`, it is left to the next start."""
        self._writes.append((key, write))
        if not self._closed and (self._worker is None or self._worker.done()):
            self._worker = asyncio.create_task(self._work(), name="late writes")

    async def flush(self) -> None:
        """Try all writes now. One that fails is tried again later; one that does not fit any more is given up.

        One that fails for an unforeseen reason is given up as well: the answers of all places wait for this.
        """
        async with self._flushing:
            for one in list(self._writes):
                key, write = one
                try:
                    await write()
                except StoreError as error:
                    log.info("question %s: still not stored: %s", key, error)
                    continue
                except ParleyError as error:
                    log.warning("question %s: what was to be stored does not fit any more: %s", key, error)
                except Exception:
                    log.exception("question %s: what was to be stored cannot be", key)
                self._writes.remove(one)

    async def close(self) -> None:
        """Try all writes for the last time."""
        self._closed = True
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait({self._worker})
        await self.flush()

    async def _work(self) -> None:
        for pause in self._pauses:
            await asyncio.sleep(pause)
            await self.flush()
            if not self._writes:
                return
