"""`parley demo`: runs the whole bot on a sandbox Discord, shown in the browser or as a tour in the terminal.

It is the bot of `parley run` with other settings: Discord is the sandbox's, the model too unless one is configured, and the
database is the demo's own.
"""

import argparse
import asyncio
import logging
from pathlib import Path
from typing import Final

from bot.errors import ConfigError

PORT: Final = 8473


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the conversations in this folder (default: a temporary one)"
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=PORT,
        metavar="N",
        help=f"where the page is (default: {PORT}, or the next free one)",
    )
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="only print the page's address")
    parser.add_argument(
        "--tour", action="store_true", help="play a short conversation in the terminal instead, and end"
    )


def main(parsed: argparse.Namespace) -> int:
    """Run the demo until the first SIGINT or SIGTERM, or to the end of the tour.

    Raises ConfigError, StoreError or DiscordError.
    """
    if not parsed.verbose:
        logging.getLogger("bot").setLevel(logging.WARNING)
    if parsed.tour:
        if parsed.config:
            raise ConfigError(["--tour is played with settings of its own: leave --config out"])
        from bot.cli.demo.tour import play_tour

        asyncio.run(play_tour(parsed.data))
    else:
        from bot.cli.demo.browser_demo import Options, run_in_browser

        asyncio.run(run_in_browser(Options(parsed.config, parsed.data, parsed.port, parsed.browser)))
    return 0


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number up to 65535, or 0 for any that is free")
    return port
