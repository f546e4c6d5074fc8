"""Keeps the order of arrival: while a message waits for something, later messages of its place wait behind it."""

import asyncio
from collections.abc import Awaitable, Callable


class Ordering:
    """Lets messages wait, and continues those of each place in order of arrival."""

    def __init__(self) -> None:
        self._newest: dict[int, asyncio.Event] = {}

    async def wait(self, place_id: int, must_wait: Callable[[], bool], until: Callable[[], Awaitable[None]]) -> None:
        """Wait for the messages of the place that wait already, then await `until`.

        Return without yielding to the event loop when no message waits and `must_wait` returns False. After the return, the
        caller's code up to its next yield runs before the message behind it continues.
        """
        previous = self._newest.get(place_id)
        if previous is None and not must_wait():
            return
        done = self._newest[place_id] = asyncio.Event()
        try:
            if previous is not None:
                await previous.wait()
            await until()
        finally:
            done.set()
            if self._newest[place_id] is done:
                del self._newest[place_id]
