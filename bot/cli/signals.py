"""Signals: the first SIGINT or SIGTERM asks a command to stop, the second ends it at once."""

import asyncio
import os
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_ECHO_SECONDS: Final = 0.1
"""A signal to a process group comes twice to a child whose parent forwards it, as uv does; that is one signal."""


@contextmanager
def stopped_by_signals(stop: asyncio.Event) -> Generator[None, None, None]:
    """Let the first signal set `stop`, for as long as the context lasts."""
    loop = asyncio.get_running_loop()
    first: list[float] = []

    def handle(_number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not first:
            first.append(now)
            loop.call_soon_threadsafe(stop.set)
        elif now - first[0] > _ECHO_SECONDS:
            os._exit(1)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
