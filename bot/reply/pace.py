"""Throttles live edits to about one a second per answer, and keeps one edit of the channel's limit for the final text.

The limit is read off the headers of Discord's answers.
"""

import asyncio
import re
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

import aiohttp

_EDIT_SECONDS: Final = 1.0
_A_SECOND: Final = 30
"""Edits a second over all answers: Discord grants a bot 50 requests a second in all (its documentation, Global Rate Limit)."""
_RESERVE: Final = 1
_REMEMBERED: Final = 1000
_EDIT_PATH: Final = re.compile(r"/channels/(\d+)/messages/\d+$")


@dataclass(frozen=True, slots=True)
class _EditLimit:
    """How many edits are left in a channel until a moment, in the loop's time."""

    left: int
    ends: float


class Pace:
    """The pace of all answers together."""

    def __init__(self) -> None:
        self._windows: OrderedDict[int, _EditLimit] = OrderedDict()
        self._live = 0

    def tracing(self) -> aiohttp.TraceConfig:
        """A trace configuration that reads Discord's headers, for the session that talks to Discord."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._ended)
        return config

    def begins(self) -> None:
        """Count an answer that is about to grow."""
        self._live += 1

    def ends(self) -> None:
        """Count it out again."""
        self._live -= 1

    def seconds(self, place_id: int) -> float:
        """How long to wait before the next edit but the last, from now on."""
        wait = max(_EDIT_SECONDS, self._live / _A_SECOND)
        window = self._windows.get(place_id)
        if window is not None and window.left <= _RESERVE:
            wait = max(wait, window.ends - asyncio.get_running_loop().time())
        return wait

    def note(self, place_id: int, left: int, seconds: float) -> None:
        """Note that so many edits are left in a channel for so many seconds; of the channels edited last."""
        self._windows[place_id] = _EditLimit(left, asyncio.get_running_loop().time() + seconds)
        self._windows.move_to_end(place_id)
        if len(self._windows) > _REMEMBERED:
            self._windows.popitem(last=False)

    async def _ended(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestEndParams
    ) -> None:
        path = _EDIT_PATH.search(request.url.path) if request.method == "PATCH" else None
        if path is None:
            return
        headers = request.response.headers
        with suppress(KeyError, ValueError):
            left, seconds = int(headers["X-RateLimit-Remaining"]), float(headers["X-RateLimit-Reset-After"])
            self.note(int(path[1]), left, seconds)
