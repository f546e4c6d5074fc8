"""A circuit breaker for one provider of models, shared by all answers.

While the provider cannot be reached, one answer at a time tries it, after a growing pause. The others wait, and all continue as
soon as one request succeeds. So a server that is down is not asked by every channel at once, and people do not have to repeat
their questions when it is back.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Final

log = logging.getLogger(__name__)

_PAUSES_SECONDS: Final = (5.0, 10.0, 20.0, 30.0)


class Breaker:
    """A breaker that is open while the model is down. `pauses` are the seconds between tries; the last one repeats."""

    def __init__(self, pauses: tuple[float, ...] = _PAUSES_SECONDS) -> None:
        self._pauses = pauses
        self._failures = 0
        self._up = asyncio.Event()
        self._up.set()
        self._trying = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether the last request could not reach the model."""
        return not self._up.is_set()

    def failed(self) -> None:
        """Record that the model could not be reached."""
        self._failures += 1
        if not self.is_open:
            log.warning("the model cannot be reached: questions wait for it")
        self._up.clear()

    def succeeded(self) -> None:
        """Record that the model answers."""
        if self.is_open:
            log.info("the model answers again")
        self._failures = 0
        self._up.set()

    async def wait(self) -> None:
        """Return when the model is up, or when it is the caller's turn to try.

        A caller that tries reports the result with `failed` or `succeeded`.
        """
        if not self.is_open:
            return
        async with self._trying:
            pause = self._pauses[min(self._failures, len(self._pauses)) - 1]
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._up.wait()
