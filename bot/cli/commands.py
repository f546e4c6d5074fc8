"""The commands: which there are, how their arguments are read, and what becomes of an error.

Each is a module of this package that is imported only when it is called. It offers `main(parsed)`, which returns the exit
code, and `add_arguments(parser)` where it has options of its own.
"""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Final

from bot.errors import ConfigError, ParleyError

COMMANDS: Final = {
    "demo": "see the whole bot at work in the browser, without any account",
    "run": "connect to Discord and answer",
    "check": "test configuration, database, token and model, a line each",
}

log = logging.getLogger(__name__)


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; returns the exit code (0 ok, 1 unexpected, else see `bot.errors`)."""
    name = next((argument for argument in arguments if not argument.startswith("-")), "")
    try:
        command = importlib.import_module(f"bot.cli.{name}") if name in COMMANDS else None
        parsed = _parser(name, command).parse_args(arguments)
        _set_up_logging(verbose=parsed.verbose)
        return 0 if command is None else int(command.main(parsed))
    except ParleyError as error:
        _complain(error)
        return error.exit_code
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            return 0
        log.exception("parley %s ended for an unforeseen reason; please report this", name)
        return 1


def _parser(called: str, command: ModuleType | None) -> argparse.ArgumentParser:
    """The parser; the command that is called, the only one that was imported, declares options of its own."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config", type=Path, metavar="FILE", help="the TOML file (default: ./config.toml, if it exists)"
    )
    common.add_argument("-v", "--verbose", action="store_true", help="say more of what happens")
    parser = argparse.ArgumentParser(prog="parley", description="A Discord chat bot that never loses a conversation.")
    parser.add_argument("--version", action="version", version=f"parley {version('parley-bot')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        added = commands.add_parser(name, parents=[common], help=purpose, description=f"Parley: {purpose}.")
        if command is not None and name == called and hasattr(command, "add_arguments"):
            command.add_arguments(added)
    return parser


def _set_up_logging(*, verbose: bool) -> None:
    """Log to standard error. Libraries may say what went wrong, but never log what they carry: that is people's text."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    logging.getLogger("bot").setLevel(logging.DEBUG if verbose else logging.INFO)
    if verbose:
        logging.getLogger("discord").setLevel(logging.INFO)


def _nobody_reads() -> bool:
    """Tell whether whoever read the standard output has closed it, as `head` does; nothing is said to them any more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False


def _complain(error: ParleyError) -> None:
    if isinstance(error, ConfigError):
        print("parley: the configuration cannot be used:", file=sys.stderr)
        for problem in error.problems:
            print(f"  - {problem}", file=sys.stderr)
    else:
        print(f"parley: {error}", file=sys.stderr)
