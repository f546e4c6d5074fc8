"""`parley run`: the bot itself, until it is told to stop."""

import asyncio
import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from bot import app
from bot.config import Settings, load


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

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(1)
        loop.call_soon_threadsafe(stop.set)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
