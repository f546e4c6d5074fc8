"""`parley run`: the bot itself, until it is told to stop."""

import argparse
import asyncio

from bot import app
from bot.cli.signals import stopped_by_signals
from bot.config import Settings, load


def main(parsed: argparse.Namespace) -> int:
    """Run the bot; the first SIGINT or SIGTERM ends it in order, the second at once."""
    asyncio.run(_run(load(parsed.config)))
    return 0


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    with stopped_by_signals(stop):
        await app.run(settings, stop)
