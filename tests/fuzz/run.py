"""A run of a fuzzer: so many inputs, or inputs for so long; and its report."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

Feed = Callable[[Random], Awaitable[None]]
"""Makes one input by the generator and feeds it. Raises for anything but an error of ours."""
Port = Callable[[Path], AbstractAsyncContextManager[Feed]]
"""Opens a port in a folder of its own."""

STALL_SECONDS: Final = 0.1
MORE_MEGABYTES: Final = 15.0
_WARM: Final = 10_000
"""Inputs after which the bot's caches, of 10,000 entries at most, are full. Memory is compared from there on."""
_MOST_PROBLEMS: Final = 20


@dataclass
class FuzzReport:
    """The result of a run. `slowest` is the most CPU that the loop's thread spent on one input, in seconds."""

    port: str
    seed: int
    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    megabytes: float = 0.0
    problems: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        """Write it as text."""
        line = (
            f"{self.port}, seed {self.seed}: {self.inputs} inputs in {self.seconds:.0f} s, "
            f"the slowest {self.slowest * 1000:.0f} ms, {self.megabytes:+.1f} MB, {len(self.problems)} problems"
        )
        return "\n".join([line, *self.problems])


async def fuzzed(
    name: str, port: Port, folder: Path, seed: int, *, inputs: int | None = None, seconds: float | None = None
) -> FuzzReport:
    """Feed so many inputs, or inputs for so long. Input number n of a seed is always the same."""
    report, began = FuzzReport(name, seed), time.monotonic()
    first = 0.0
    gc.freeze()  # as the command line does behind its imports
    async with port(folder) as feed:
        while report.inputs != inputs and (seconds is None or time.monotonic() - began < seconds):
            number = report.inputs
            spent = time.thread_time()
            try:
                await feed(Random(f"{seed}/{number}"))
            except Exception as error:  # noqa: BLE001 -- this is what is looked for
                report.problems.append(f"input {number}: {type(error).__name__}: {error}"[:300])
            spent = time.thread_time() - spent
            if number > 10:  # before that, much is loaded
                report.slowest = max(report.slowest, spent)
                if spent > STALL_SECONDS:
                    report.problems.append(f"input {number} took {spent * 1000:.0f} ms of CPU in one piece")
            report.inputs += 1
            await asyncio.sleep(0)  # the loop forgets its cancelled timers
            if number == _WARM or not first:
                first = _resident()
            if len(report.problems) >= _MOST_PROBLEMS:
                break
    report.seconds, report.megabytes = time.monotonic() - began, _resident() - first
    if report.inputs >= 2 * _WARM and report.megabytes > MORE_MEGABYTES:
        report.problems.append(f"memory grew by {report.megabytes:.1f} MB")
    return report


def _resident() -> float:
    """Return the process's resident memory in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
