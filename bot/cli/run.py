"""`parley run`: runs the bot until a signal stops it."""

import argparse
import asyncio

from bot import app
from bot.cli.signals import stopped_by_signals
from bot.config import Settings, load


def main(parsed: argparse.Namespace) -> int:
    """Run the bot. The first SIGINT or SIGTERM shuts it down in order, the second ends it at once."""
    asyncio.run(_run(load(parsed.config)))
    return 0


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    with stopped_by_signals(stop):
        await app.run(settings, stop)
