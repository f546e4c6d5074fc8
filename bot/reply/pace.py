"""Throttles live edits to about one a second per answer, and keeps one edit of the channel's limit for the final text.

The limit is read from the headers of Discord's responses.
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
_EDITS_PER_SECOND: Final = 30
"""Live edits per second over all answers. Discord allows a bot 50 requests a second in all (documentation, Global Rate Limit)."""
_RESERVE: Final = 1
"""Edits of a channel's limit that are kept for the final text."""
_REMEMBERED: Final = 1000
_EDIT_PATH: Final = re.compile(r"/channels/(\d+)/messages/\d+$")


@dataclass(frozen=True, slots=True)
class _EditLimit:
    """The number of edits left in a channel until `ends`, in the event loop's time."""

    left: int
    ends: float


class Pace:
    """Computes the pause between live edits, for all answers together."""

    def __init__(self) -> None:
        self._limits: OrderedDict[int, _EditLimit] = OrderedDict()
        self._live = 0

    def tracing(self) -> aiohttp.TraceConfig:
        """Return a trace configuration that reads the rate-limit headers, for the HTTP session that talks to Discord."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._read_headers)
        return config

    def begins(self) -> None:
        """Count an answer that starts to grow."""
        self._live += 1

    def ends(self) -> None:
        """Stop counting an answer that was counted by `begins`."""
        self._live -= 1

    def seconds(self, place_id: int) -> float:
        """Return how many seconds to wait, from now, before the next live edit. The final edit does not wait."""
        wait = max(_EDIT_SECONDS, self._live / _EDITS_PER_SECOND)
        limit = self._limits.get(place_id)
        if limit is not None and limit.left <= _RESERVE:
            wait = max(wait, limit.ends - asyncio.get_running_loop().time())
        return wait

    def seconds_low(self, place_id: int) -> float:
        """Return how many seconds an edit that may be left out should wait, so that the channel's limit is left for text."""
        limit = self._limits.get(place_id)
        if limit is None or limit.left > 2 * _RESERVE:
            return 0.0
        return max(0.0, limit.ends - asyncio.get_running_loop().time())

    def note(self, place_id: int, left: int, seconds: float) -> None:
        """Record that `left` edits are left in a channel for `seconds`. Only the 1000 channels edited last are kept."""
        self._limits[place_id] = _EditLimit(left, asyncio.get_running_loop().time() + seconds)
        self._limits.move_to_end(place_id)
        if len(self._limits) > _REMEMBERED:
            self._limits.popitem(last=False)

    async def _read_headers(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestEndParams
    ) -> None:
        path = _EDIT_PATH.search(request.url.path) if request.method == "PATCH" else None
        if path is None:
            return
        headers = request.response.headers
        with suppress(KeyError, ValueError):
            left, seconds = int(headers["X-RateLimit-Remaining"]), float(headers["X-RateLimit-Reset-After"])
            self.note(int(path[1]), left, seconds)
