"""Keeps the order of arrival: while a message waits for something, those of its place that came later wait behind it."""

import asyncio
from collections.abc import Awaitable, Callable


class Ordering:
    """The messages that wait, by place."""

    def __init__(self) -> None:
        self._newest: dict[int, asyncio.Event] = {}

    async def wait(self, place_id: int, has_to: Callable[[], bool], until: Callable[[], Awaitable[None]]) -> None:
        """Await `until` if a message `has_to`, but at any rate those of its place that came before it and wait.

        Does not yield where nothing is waited for. Who returns from here comes first with what it does before it yields.
        """
        ahead = self._newest.get(place_id)
        if ahead is None and not has_to():
            return
        mine = self._newest[place_id] = asyncio.Event()
        try:
            if ahead is not None:
                await ahead.wait()
            await until()
        finally:
            mine.set()
            if self._newest[place_id] is mine:
                del self._newest[place_id]
