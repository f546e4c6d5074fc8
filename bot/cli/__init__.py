"""The command line: `parley run`, `parley check`. Each command is a file here that is imported only when it runs."""

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bot.errors import ConfigError, ParleyError

COMMANDS: Final = {
    "run": "connect to Discord and answer",
    "check": "test configuration, database, token and model, a line each",
}

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit code (0 ok, 1 unexpected, else see `bot.errors`)."""
    parsed = _parser().parse_args(arguments)
    _set_up_logging(verbose=parsed.verbose)
    command = importlib.import_module(f"bot.cli.{parsed.command}")
    try:
        return int(command.main(parsed.config))
    except ParleyError as error:
        _complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    except Exception:
        log.exception("parley %s ended for an unforeseen reason; please report this", parsed.command)
        return 1


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config", type=Path, metavar="FILE", help="the TOML file (default: ./config.toml, if it exists)"
    )
    common.add_argument("-v", "--verbose", action="store_true", help="say more of what happens")
    parser = argparse.ArgumentParser(prog="parley", description="A Discord chat bot that never loses a conversation.")
    parser.add_argument("--version", action="version", version=f"parley {version('parley-bot')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        commands.add_parser(name, parents=[common], help=purpose, description=f"Parley: {purpose}.")
    return parser


def _set_up_logging(*, verbose: bool) -> None:
    """Log to standard error. Libraries may say what went wrong, but never log what they carry: that is people's text."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    logging.getLogger("bot").setLevel(logging.DEBUG if verbose else logging.INFO)
    if verbose:
        logging.getLogger("discord").setLevel(logging.INFO)


def _complain(error: ParleyError) -> None:
    if isinstance(error, ConfigError):
        print("parley: the configuration cannot be used:", file=sys.stderr)
        for problem in error.problems:
            print(f"  - {problem}", file=sys.stderr)
    else:
        print(f"parley: {error}", file=sys.stderr)
