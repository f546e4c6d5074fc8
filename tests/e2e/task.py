"""The whole bot as a task in the test's own loop: `bot.app.run` with the settings that `python -m bot run` would read.

It starts in a tenth of the time that a process takes. discord.py keeps Discord's addresses in class attributes, which each login
sets, so only one such bot runs at a time. Two bots at once, signals, kills and the command line need `tests.e2e.process`.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot import app
from bot.cli.lines import LineFormatter
from bot.config import Source
from bot.sandbox import Sandbox
from tests.e2e.log import Log
from tests.e2e.process import connected, environment
from tests.heartbeats import heartbeats_ended

_START_SECONDS = 60
_STOP_SECONDS = 60
_NAME = "the bot under test"
_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class Bot(Log):
    """A running bot and what it has logged so far."""

    def __init__(self, box: Sandbox, folder: Path, settings: dict[str, str]) -> None:
        super().__init__()
        self._stop = asyncio.Event()
        file = folder / "config.toml"
        self.source = Source(file if file.exists() else None, environment(box, folder, **settings))
        running = app.run(self.source.read(), self._stop, source=self.source)
        self.task = asyncio.create_task(running, name=_NAME)

    async def stop(self) -> None:
        """Ask the bot to end, as the first signal to a process does, and wait until it has. Raises the error that ended it."""
        self._stop.set()
        await asyncio.wait_for(self.task, _STOP_SECONDS)

    async def connected(self, box: Sandbox) -> None:
        """Wait until the bot has read what Discord tells at a connect. Raises the error of a start that failed."""
        connecting = asyncio.create_task(connected(box, _START_SECONDS))
        await asyncio.wait({self.task, connecting}, return_when=asyncio.FIRST_COMPLETED)
        if self.task.done():
            connecting.cancel()
            self.task.result()
        await connecting


class _Lines(logging.Handler):
    """Hands each record to a log, written as the command line writes it."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self.setFormatter(LineFormatter(_FORMAT))
        self._log = log
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on a record of any thread."""
        self._loop.call_soon_threadsafe(self._log.add, self.format(record))


@contextmanager
def _recorded(log: Log) -> Generator[None]:
    """Let a log have what the bot says at the level of `parley run`, and the warnings of all libraries."""
    root, ours, lines = logging.getLogger(), logging.getLogger("bot"), _Lines(log)
    level = ours.level
    ours.setLevel(logging.INFO)
    root.addHandler(lines)
    try:
        yield
    finally:
        root.removeHandler(lines)
        ours.setLevel(level)


@contextmanager
def _alone() -> Generator[None]:
    """Put discord.py's addresses back at the end. Raises RuntimeError while another bot runs in this loop."""
    if any(task.get_name() == _NAME for task in asyncio.all_tasks()):
        raise RuntimeError("discord.py knows one Discord at a time: run a second bot as a process")
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@asynccontextmanager
async def running(box: Sandbox, folder: Path, *, expected: str = "", **settings: str) -> AsyncGenerator[Bot]:
    """A bot that is connected to `box`; stopped in order at the end, and everything it logged printed for a failing test.

    A file `config.toml` in `folder` is its configuration, which `settings` override. A fault in the log other than `expected`
    fails the test at the end: see `Log.tells_no_fault`.
    """
    with _alone():
        bot = Bot(box, folder, settings)
        try:
            with _recorded(bot):
                try:
                    await bot.connected(box)
                    yield bot
                finally:
                    await bot.stop()
                    await heartbeats_ended()
                await box.bot.disconnected()
        finally:
            print(bot.log)
    bot.tells_no_fault(expected)
