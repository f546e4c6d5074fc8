"""Processes that are forked from one that has imported the bot: killed and signalled like any other, but there at once.

`python -m bot` spends two seconds of CPU on its imports, and twice that under coverage. A forked process begins behind them, with
an environment, a folder and an output of its own, and then does what `python -m` does. What happens during the imports only a
process of its own shows.
"""

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Self

import coverage

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["tests.forked", "bot.cli.check", "bot.cli.run", "bot.cli.demo.show", "bot.cli.demo.tour", "bot.cli.demo.watched"]
)


class Forked:
    """A forked process, with the interface of `asyncio.subprocess.Process` as far as the tests use it."""

    def __init__(self, process: ForkServerProcess) -> None:
        self.stdout = asyncio.StreamReader()
        self.stderr = asyncio.StreamReader()
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._loop.add_reader(process.sentinel, self._end)

    @classmethod
    async def started(
        cls,
        module: str,
        arguments: tuple[str, ...],
        environ: Mapping[str, str],
        folder: Path,
        *,
        log: Path | None = None,
        measured: bool = True,
    ) -> Self:
        """Fork a process that runs a module in a folder, as `python -m module arguments` does.

        With `log`, what it prints is added to that file, and cannot be read from here. `measured` says whether coverage is.
        """
        (out, out_end), (err, err_end) = _CONTEXT.Pipe(duplex=False), _CONTEXT.Pipe(duplex=False)
        with closing(out), closing(out_end), closing(err), closing(err_end):
            outputs = (out_end, err_end) if log is None else str(log)
            run = _Run(module, arguments, dict(environ), str(folder), outputs, measured)
            process = _CONTEXT.Process(target=run, daemon=True)
            await asyncio.to_thread(process.start)
            forked = cls(process)
            await _feed(forked.stdout, out)
            await _feed(forked.stderr, err)
            return forked

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or the negative number of the signal that ended it; None while it runs."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        """Wait until it has ended; returns the exit code."""
        return await asyncio.shield(self._ended)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Read all that it prints until it has ended."""
        out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, err

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _end(self) -> None:
        self._loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self._process.exitcode is not None
        self._ended.set_result(self._process.exitcode)
        self._process.close()


async def _feed(reader: asyncio.StreamReader, pipe: Connection) -> None:
    file = os.fdopen(os.dup(pipe.fileno()), "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)


@dataclass(frozen=True, slots=True)
class _Run:
    """Runs in the forked process: becomes `python -m module arguments`."""

    module: str
    arguments: tuple[str, ...]
    environ: dict[str, str]
    folder: str
    outputs: tuple[Connection, Connection] | str
    measured: bool

    def __call__(self) -> None:
        measuring = coverage.Coverage.current()
        if measuring is not None and not self.measured:
            measuring.stop()
        os.environ.clear()
        os.environ.update(self.environ)
        os.chdir(self.folder)
        self._redirect()
        sys.argv = [self.module, *self.arguments]
        try:
            runpy.run_module(self.module, run_name="__main__", alter_sys=True)
        finally:
            if measuring is not None and self.measured:
                measuring.stop()
                measuring.save()

    def _redirect(self) -> None:
        if isinstance(self.outputs, str):
            with Path(self.outputs).open("ab") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            return
        for pipe, number in zip(self.outputs, (1, 2), strict=True):
            os.dup2(pipe.fileno(), number)
            pipe.close()
        sys.stdout = os.fdopen(
            1, "w", encoding=sys.stdout.encoding, closefd=False
        )  # the old one may take it for a file
