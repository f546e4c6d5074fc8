"""Changes: how a waiter learns that something happened, without polling.

Every part of the sandbox calls `notify` after it changed something; `until` looks at its condition then, and only then.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TookTooLongError(TimeoutError):
    """An awaited change did not happen in time; the text tells what happened instead."""


class Changes:
    """One bell for the whole sandbox."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self.count = 0
        """How often something has changed so far."""

    def notify(self) -> None:
        """Wake everyone who waits, to look again."""
        self.count += 1
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def after(self, count: int) -> int:
        """Wait, without an end, until more has changed than `count` says; returns the new count."""
        while self.count <= count:
            future = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)
        return self.count

    async def until(
        self, condition: Callable[[], T | None], *, timeout: float, story: Callable[[], str] = lambda: ""
    ) -> T:
        """Wait until the condition returns something true, and return that.

        `timeout` is in seconds; `story` is told only when they are over. Raises TookTooLongError.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not (found := condition()):
            future = loop.create_future()
            self._waiting.add(future)
            try:
                async with asyncio.timeout_at(deadline):
                    await future
            except TimeoutError:
                raise TookTooLongError(f"not within {timeout:g} s\n{story()}") from None
            finally:
                self._waiting.discard(future)
        return found
