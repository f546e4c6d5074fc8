"""Handles signals: the first SIGINT or SIGTERM asks a command to stop, the second ends the process; SIGHUP asks it to reload."""

import asyncio
import os
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_ECHO_SECONDS: Final = 0.1
"""Signals within this time count as one: a parent that forwards signals, as uv does, makes a group's signal arrive twice."""


@contextmanager
def stopped_by_signals(stop: asyncio.Event) -> Generator[None, None, None]:
    """During the context, the first SIGINT or SIGTERM sets `stop` and the second ends the process with exit code 1."""
    loop = asyncio.get_running_loop()
    first: list[float] = []

    def handle(_number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not first:
            first.append(now)
            loop.call_soon_threadsafe(stop.set)
        elif now - first[0] > _ECHO_SECONDS:
            os._exit(1)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def reloaded_by_signal(asked: asyncio.Event, stop: asyncio.Event) -> Generator[None, None, None]:
    """During the context, SIGHUP sets `asked`; when it comes because the terminal was closed, it sets `stop`.

    Systems without that signal send none.
    """
    number = getattr(signal, "SIGHUP", None)
    if number is None:
        yield
        return
    loop, had_terminal = asyncio.get_running_loop(), _has_terminal()

    def handle(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe((stop if had_terminal and not _has_terminal() else asked).set)

    before = signal.signal(number, handle)
    try:
        yield
    finally:
        signal.signal(number, before)


def _has_terminal() -> bool:
    """Return whether the standard input is a terminal that still stands."""
    try:
        os.tcgetpgrp(0)
    except OSError:
        return False
    return True
