"""`parley run`: the bot itself, until it is told to stop."""

import asyncio
import os
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from bot import app
from bot.config import Settings, load

_ECHO_SECONDS: Final = 0.1
"""A signal to a process group comes twice to a child whose parent forwards it, as uv does; that is one signal."""


def main(config: Path | None) -> int:
    """Run the bot; the first SIGINT or SIGTERM ends it in order, the second at once."""
    asyncio.run(_run(load(config)))
    return 0


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    with _stopped_by_signals(stop):
        await app.run(settings, stop)


@contextmanager
def _stopped_by_signals(stop: asyncio.Event) -> Generator[None, None, None]:
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
