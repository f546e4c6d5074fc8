"""The commands: their names, the parsing of their arguments, and the handling of their errors.

Each command is a module of this package that is imported only when it is called. It has `main(parsed)`, which returns the exit
code, and `add_arguments(parser)` if it has options of its own.
"""

import argparse
import gc
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Final

from bot.cli.lines import LineFormatter, one_line
from bot.errors import ConfigError, ParleyError

COMMANDS: Final = {
    "demo": "see the whole bot at work in the browser, without any account",
    "run": "connect to Discord and answer",
    "check": "test configuration, database, token and model, a line each",
}

log = logging.getLogger(__name__)

_NEW_OBJECTS: Final = 2_000
"""New objects after which Python looks among them for garbage. A long window takes more than Python's own 700, all in use until
it is sent: looking among them took 0.25 ms a mention."""


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name. Return the exit code (0 ok, 1 unexpected, else see `bot.errors`)."""
    name = next((argument for argument in arguments if not argument.startswith("-")), "")
    try:
        command = _imported(name) if name in COMMANDS else None
        parsed = _parser(name, command).parse_args(arguments)
        _set_up_logging(verbose=parsed.verbose)
        return 0 if command is None else int(command.main(parsed))
    except ParleyError as error:
        _print_error(error)
        return error.exit_code
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _is_output_closed():
            return 0
        log.exception("parley %s ended for an unforeseen reason; please report this", name)
        return 1


def _imported(name: str) -> ModuleType:
    """Import a command's module without collecting garbage, which takes a sixth of the start and finds hardly any.

    Everything that was imported stays out of later collections.
    """
    gc.disable()
    try:
        return importlib.import_module(f"bot.cli.{name}")
    finally:
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        gc.enable()


def _parser(called: str, command: ModuleType | None) -> argparse.ArgumentParser:
    """Build the parser. Only the called command is imported, so only its own options are added."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config", type=Path, metavar="FILE", help="the TOML file (default: ./config.toml, if it exists)"
    )
    common.add_argument("-v", "--verbose", action="store_true", help="say more of what happens")
    parser = argparse.ArgumentParser(prog="parley", description="A Discord chat bot that never loses a conversation.")
    parser.add_argument("--version", action="version", version=f"parley {version('parley-bot')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        subparser = commands.add_parser(name, parents=[common], help=purpose, description=f"Parley: {purpose}.")
        if command is not None and name == called and hasattr(command, "add_arguments"):
            command.add_arguments(subparser)
    return parser


def _set_up_logging(*, verbose: bool) -> None:
    """Log to standard error. Libraries log warnings only (discord.py also INFO if `verbose`): below that is people's text."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("bot").setLevel(logging.DEBUG if verbose else logging.INFO)
    if verbose:
        logging.getLogger("discord").setLevel(logging.INFO)


def _is_output_closed() -> bool:
    """Whether the reader of standard output has closed it, as `head` does. If so, send further output to the null device."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False


def _print_error(error: ParleyError) -> None:
    if isinstance(error, ConfigError):
        print("parley: the configuration cannot be used:", file=sys.stderr)
        for problem in error.problems:
            print(f"  - {one_line(problem)}", file=sys.stderr)
    else:
        print(f"parley: {one_line(str(error))}", file=sys.stderr)
