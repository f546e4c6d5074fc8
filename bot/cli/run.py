"""`parley run`: runs the bot until a signal stops it."""

import argparse
import asyncio

from bot import app
from bot.cli.signals import reloaded_by_signal, stopped_by_signals
from bot.config import Settings, Source


def main(parsed: argparse.Namespace) -> int:
    """Run the bot. The first SIGINT or SIGTERM shuts it down in order, the second ends it at once.

    SIGHUP has the configuration read again, unless the terminal was closed.
    """
    source = Source(parsed.config)
    asyncio.run(_run(source.read(), source))
    return 0


async def _run(settings: Settings, source: Source) -> None:
    stop = asyncio.Event()
    with stopped_by_signals(stop), reloaded_by_signal(source.asked, stop):
        await app.run(settings, stop, source=source)
