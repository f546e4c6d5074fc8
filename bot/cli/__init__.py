"""The command line: `parley demo`, `parley run`, `parley check`. What takes time to import is imported by `main`."""

import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit code. Ctrl-C ends it quietly, even while it is imported."""
    signal.signal(signal.SIGINT, _leave)
    try:
        from bot.cli.commands import run

        return run(sys.argv[1:] if arguments is None else arguments)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # only the interpreter's own way out is left


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """End the process; by a KeyboardInterrupt that passes an `exec`, Python ends as if nobody had handled it."""
    raise SystemExit(0)
