"""`parley demo` as a process, and what it prints."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.process import Process, Start, fork

_INHERITED = ("PATH", "SYSTEMROOT", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COVERAGE_FILE")
BARE = {name: os.environ[name] for name in _INHERITED if name in os.environ}
SECONDS = 60
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


@dataclass
class Show:
    """A demo that runs: its process, and what it has printed."""

    process: Process
    lines: list[str] = field(default_factory=list[str])

    @property
    def printed(self) -> str:
        """Everything on the standard output so far."""
        return "".join(self.lines)

    @property
    def url(self) -> str:
        """The page's address."""
        found = _ADDRESS.search(self.printed)
        assert found, self.printed
        return found[0]

    @property
    def port(self) -> int:
        """The page's port."""
        return int(self.url.rstrip("/").rpartition(":")[2])

    async def prints(self, text: str) -> None:
        """Read lines until one has this text."""
        assert self.process.stdout is not None
        while text not in self.printed:
            line = await asyncio.wait_for(self.process.stdout.readline(), SECONDS)
            assert line, self.printed
            self.lines.append(line.decode())

    async def ends(self, number: signal.Signals = signal.SIGINT) -> tuple[int | None, str]:
        """Send a signal; returns the exit code and everything that was printed on the standard error."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        out, err = await asyncio.wait_for(self.process.communicate(), SECONDS)
        self.lines.append(out.decode())
        return self.process.returncode, err.decode()


@asynccontextmanager
async def demo(folder: Path, *arguments: str, start: Start = fork, **environ: str) -> AsyncGenerator[Show, None]:
    """A demo on any free port, with its page up, and temporary files in `folder`; ended at the end, if it still runs."""
    arguments = arguments if "--port" in arguments else ("--port", "0", *arguments)
    show = Show(await start("demo", {**BARE, "TMPDIR": str(folder), **environ}, folder, *arguments))
    try:
        await show.prints("Ctrl-C ends it.")
        yield show
    finally:
        code, err = await show.ends()
        print(show.printed, err)
    assert (code, err) == (0, "")
