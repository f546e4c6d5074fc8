"""Prints the tour's conversation, in colours on a terminal and plainly elsewhere."""

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Final, TextIO

_BOLD, _DIM, _END = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_COLOURS: Final[Mapping[str, str]] = {"Alice": "\x1b[35m", "Bob": "\x1b[32m", "Parley": "\x1b[36m"}
_NAME_WIDTH: Final = 8
_WIDEST: Final = 100
_STRONG: Final = re.compile(r"\*\*(.+?)\*\*")


class Terminal:
    """Writes lines wrapped to the terminal's width, without buffering."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._width = min(_WIDEST, shutil.get_terminal_size().columns)
        self._colours = _has_colours(out)

    def title(self, text: str) -> None:
        """Write a scene's heading."""
        self._write(f"\n{self._styled(_BOLD, text)}")

    def note(self, text: str) -> None:
        """Write a remark, in dim letters on a terminal."""
        for line in textwrap.wrap(text, self._width - 2):
            self._write(f"  {self._styled(_DIM, line)}")

    def fact(self, text: str) -> None:
        """Write a line without wrapping, so that a path in it can be copied."""
        self._write(text)

    def says(self, name: str, text: str) -> None:
        """Write the message of a person or the bot."""
        gap = " " * (_NAME_WIDTH + 2)
        lines = [line for one in text.splitlines() for line in textwrap.wrap(one, self._width - len(gap)) or [""]]
        head = self._styled(_COLOURS.get(name, _BOLD), name.ljust(_NAME_WIDTH - 1))
        for number, line in enumerate(lines):
            styled = _STRONG.sub(f"{_BOLD}\\1{_END}" if self._colours else r"\1", line)
            self._write(f"  {head} {styled}" if number == 0 else f"{gap}{styled}")

    def _styled(self, style: str, text: str) -> str:
        return f"{style}{text}{_END}" if self._colours else text

    def _write(self, line: str) -> None:
        encoded = line.encode(self._out.encoding or "utf-8", "replace")  # a code page may lack a quotation mark
        print(encoded.decode(self._out.encoding or "utf-8"), file=self._out, flush=True)


def _has_colours(out: TextIO) -> bool:
    if not out.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or "WT_SESSION" in os.environ
