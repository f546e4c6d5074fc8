"""The whole bot as a process: `python -m bot run` with nothing but its settings in the environment.

For what only a process has: signals, kills, the command line, a second bot beside it. All else runs faster by `tests.e2e.task`.
Most processes are forked; where the interpreter's own start matters, `spawn` starts one.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from bot.sandbox import Sandbox
from tests.e2e.log import Log
from tests.forked import Forked

_INHERITED = ("PATH", "PYTHONPATH", "SYSTEMROOT", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COVERAGE_FILE")
_START_SECONDS = 60
_STOP_SECONDS = 60


class Bot(Log):
    """A running process and what it has logged so far."""

    def __init__(self, process: "Process") -> None:
        super().__init__()
        self.process = process

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the process by a signal; returns its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)

    async def read(self) -> None:
        """Collect the log until the process ends."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.add(line.decode().rstrip())


def environment(box: Sandbox, folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a bot that lives on `box` with its history in `folder`."""
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "DISCORD_TOKEN": box.discord.token,
        "OPENAI_API_KEY": box.model.key or "",
        "OPENAI_BASE_URL": box.model.base_url,
        "PARLEY_MODEL__DIALECT": "openai",  # the sandbox speaks it, from another address
        "PARLEY_DISCORD__API_BASE": box.discord.api_base,
        "PARLEY_HISTORY__PATH": str(folder / "history.db"),
        "PARLEY_CHAT__BURST_SECONDS": "0",  # people in stories say things faster than anybody types
        **settings,
    }


Process = asyncio.subprocess.Process | Forked
"""A process whose output can be read."""


class Start(Protocol):
    """Starts `python -m bot <command>` in `folder`."""

    async def __call__(self, command: str, environ: Mapping[str, str], folder: Path, *arguments: str) -> Process:
        """Start it."""
        ...


async def fork(command: str, environ: Mapping[str, str], folder: Path, *arguments: str) -> Process:
    """Start `python -m bot <command>` in `folder`, behind its imports."""
    return await Forked.started("bot", (command, *arguments), environ, folder)


async def spawn(command: str, environ: Mapping[str, str], folder: Path, *arguments: str) -> Process:
    """Start `python -m bot <command>` in `folder`, in an interpreter of its own.

    Its lines are not measured: coverage doubles the time of the imports, and forked processes run the same lines.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        command,
        *arguments,
        cwd=folder,
        env={name: value for name, value in environ.items() if not name.startswith("COVERAGE_")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(
    command: str, environ: Mapping[str, str], folder: Path, *arguments: str, start: Start = fork
) -> tuple[int, str]:
    """Run a command to its end; returns the exit code and all that it printed."""
    process = await start(command, environ, folder, *arguments)
    try:
        out, err = await asyncio.wait_for(process.communicate(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode is not None
    return process.returncode, (out + err).decode()


async def connected(box: Sandbox, seconds: float) -> None:
    """Wait until the bot is connected and has read the guilds: it answers a request for a heartbeat after what came before it."""
    await box.bot.connected(seconds)
    await box.discord.asks_for_heartbeat(seconds)


@asynccontextmanager
async def running(
    box: Sandbox, folder: Path, *, start: Start = fork, expected: str = "", **settings: str
) -> AsyncGenerator[Bot, None]:
    """A bot that is connected to `box`; stopped in order at the end, and everything it logged printed for a failing test.

    A fault in the log other than `expected` fails the test at the end: see `Log.tells_no_fault`.
    """
    bot = Bot(await start("run", environment(box, folder, **settings), folder))
    reading = asyncio.create_task(bot.read())
    try:
        await connected(box, _START_SECONDS)
        yield bot
    finally:
        await bot.stop()
        await reading
        print(bot.log)
    bot.tells_no_fault(expected)
