"""The command line: `parley demo`, `parley run`, `parley check`. `main` imports the slow modules itself."""

import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from types import FrameType
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return the exit code. Ctrl-C ends it quietly, even during the imports."""
    signal.signal(signal.SIGINT, _leave)
    _escape_what_cannot_be_encoded()
    try:
        from bot.cli.commands import run

        return run(sys.argv[1:] if arguments is None else arguments)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # only the interpreter's shutdown is left


def _escape_what_cannot_be_encoded() -> None:
    """Make standard output print characters that its encoding lacks as escapes. Standard error does (Python's `sys.stderr`)."""
    output = sys.stdout
    if isinstance(output, TextIOWrapper):
        output.reconfigure(errors="backslashreplace")


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """End the process. A KeyboardInterrupt that passes an `exec` would end Python as if it had not been handled."""
    raise SystemExit(0)
