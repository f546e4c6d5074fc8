"""The measured subjects: a bot or a floor as a process, each alone on a sandbox of its own in the measuring process.

One process for both servers and the clock, because what is measured begins in one server and ends in the other. Only one
subject is asked at a time, so that the sandbox has a core to itself; its own CPU time is measured too.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.sandbox import Sandbox
from bot.sandbox.clock import monotonic
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.driver.person import Person
from bot.sandbox.model.requests import ModelRequest
from tests.benchmarks import history
from tests.benchmarks.history import Past
from tests.e2e.process import environment
from tests.forked import Forked

_ROOT: Final = Path(__file__).parents[2]
_START_SECONDS: Final = 60
_SETTINGS: Final = {
    "PARLEY_CHAT__SYSTEM_PROMPT": "You are a helpful and friendly assistant in a Discord chat.",
    "PARLEY_LIMITS__USER_REQUESTS": "1000",
}
"""Settings of every bot. One person asks in all channels, who shall not wait for herself."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A process to start: its arguments to Python, the past of its database, and settings beside the standard ones."""

    name: str
    arguments: tuple[str, ...]
    past: Past | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])


class Arrivals(list[ModelRequest]):
    """The model server's requests, with the moment at which each had been received to its last byte."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def append(self, request: ModelRequest, /) -> None:
        """Note the moment."""
        self.times.append(monotonic())
        super().append(request)


@dataclass(frozen=True, slots=True)
class Subject:
    """A process that answers on `box`; `channels` are the places to ask in, by what they are for."""

    kind: Kind
    box: Sandbox
    asker: Person
    channels: Mapping[str, Sequence[Channel]]
    arrivals: Arrivals
    pid: int

    def cpu_seconds(self) -> float:
        """User and system time of all the process's threads so far."""
        return time.clock_gettime(
            ~self.pid << 3 | 2
        )  # Linux's clock of another process; /proc counts in steps of 10 ms

    def resident_mb(self) -> float:
        """The memory of the process that is resident now."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


@asynccontextmanager
async def started(
    kind: Kind, folder: Path, uses: Mapping[str, int], *, forked: bool = False
) -> AsyncGenerator[Subject, None]:
    """A subject that is connected; `uses` says how many channels to make for each use, those of `fresh` without a past."""
    async with Sandbox() as box:
        home, asker = box.discord.guild("Home"), box.discord.user("Alice")
        channels = {use: [home.channel(f"{use}-{n}") for n in range(number)] for use, number in uses.items()}
        await asyncio.to_thread(folder.mkdir)
        if kind.past is not None:
            asked = [channel.id for use, some in channels.items() if use != "fresh" for channel in some]
            await asyncio.to_thread(history.write, folder / "history.db", kind.past, asked)
        box.model.requests = arrivals = Arrivals()
        async with process_of(kind, box, folder, forked=forked) as process:
            await connected(box, process, folder)
            yield Subject(kind, box, asker, channels, arrivals, process.pid)


@asynccontextmanager
async def together(
    kinds: Sequence[Kind], folder: Path, uses: Mapping[str, int], *, forked: bool = False
) -> AsyncGenerator[list[Subject], None]:
    """All these subjects, started side by side."""
    async with AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as starting:
            tasks = [
                starting.create_task(stack.enter_async_context(started(kind, folder / kind.name, uses, forked=forked)))
                for kind in kinds
            ]
        yield [task.result() for task in tasks]


async def connected(box: Sandbox, process: asyncio.subprocess.Process | Forked, folder: Path) -> None:
    """Wait until the process is connected to `box`. Raises RuntimeError when it ended instead."""
    connecting, dying = asyncio.create_task(box.bot.connected(_START_SECONDS)), asyncio.create_task(process.wait())
    try:
        await asyncio.wait({connecting, dying}, return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():
            raise RuntimeError(f"the process ended with {process.returncode}:\n{(folder / 'log').read_text()}")
        await connecting
    finally:
        connecting.cancel()
        dying.cancel()


@asynccontextmanager
async def process_of(
    kind: Kind, box: Sandbox, folder: Path, *, forked: bool = False
) -> AsyncGenerator[asyncio.subprocess.Process | Forked, None]:
    """The process, started on `box` in `folder`; ended with the context."""
    environ = environment(box, folder, PYTHONPATH=str(_ROOT), **_SETTINGS, **kind.settings)
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    environ = {name: value for name, value in environ.items() if not name.startswith("COVERAGE")}  # it costs CPU
    process = await (_forked if forked else _spawned)(kind, environ, folder)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _forked(kind: Kind, environ: Mapping[str, str], folder: Path) -> Forked:
    _, module, *arguments = kind.arguments
    return await Forked.started(module, tuple(arguments), environ, folder, log=folder / "log", measured=False)


async def _spawned(kind: Kind, environ: Mapping[str, str], folder: Path) -> asyncio.subprocess.Process:
    with (folder / "log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *kind.arguments,
            cwd=folder,
            env=environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
