"""How long starts take: of the sandbox until it listens, beside a bare aiohttp server; of the bot until its first reply.

`python -m tests.benchmarks.starting sandbox | bare` starts one of the two, says so on its output and ends.
"""

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bot.sandbox import Sandbox
from tests.benchmarks.asking import INSTANT
from tests.benchmarks.subjects import Kind, connected, process_of

_ROOT: Final = Path(__file__).parents[2]
_SECONDS: Final = 30
WHAT: Final = ("bare", "sandbox")


@dataclass(frozen=True, slots=True)
class Start:
    """A started program, and the seconds that each start took."""

    label: str
    seconds: list[float]

    @property
    def p50(self) -> float:
        """The median in milliseconds."""
        return median(self.seconds) * 1000


async def starts(times: int, warm_up: int) -> list[Start]:
    """Start both in turn (A B A B …); the first `warm_up` rounds, in which Python writes down its bytecode, do not count."""
    found = [Start(what, []) for what in WHAT]
    for number in range(warm_up + times):
        for start in found:
            seconds = await _start(start.label)
            if number >= warm_up:
                start.seconds.append(seconds)
    return found


async def first_replies(times: int, warm_up: int, *, forked: bool) -> list[Start]:
    """Start the floor that streams and the bot in turn; the first `warm_up` rounds do not count."""
    kinds = [
        Kind("floor, streamed", ("-m", "tests.benchmarks.floors", "streamed")),
        Kind("bot", ("-m", "bot", "run")),
    ]
    found = [Start(kind.name, []) for kind in kinds]
    for number in range(warm_up + times):
        for kind, start in zip(kinds, found, strict=True):
            seconds = await _first_reply(kind, forked=forked)
            if number >= warm_up:
                start.seconds.append(seconds)
    return found


async def _first_reply(kind: Kind, *, forked: bool) -> float:
    """Seconds from the start of a process to its reply to a mention that comes as soon as it is connected."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as name:
        folder = Path(name)
        async with Sandbox() as box:
            channel, asker = box.discord.guild("Home").channel("general"), box.discord.user("Alice")
            box.model.answers(lambda _: INSTANT.reply)
            began = time.monotonic()
            async with process_of(kind, box, folder, forked=forked) as process:
                await connected(box, process, folder)
                await asker.says(channel, "@Parley hello")
                await box.until(lambda: any(one.author.bot for one in box.discord.messages(channel)), _SECONDS)
                return time.monotonic() - began


async def _start(what: str) -> float:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.starting", what),
        cwd=_ROOT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(_SECONDS):
        line = await process.stdout.readline()
        seconds = time.monotonic() - began
        await process.wait()
    if line.strip() != b"listening":
        raise RuntimeError(f"{what} did not start: its process ended with {process.returncode}")
    return seconds


async def _listen(what: str) -> None:
    if what == "sandbox":
        from bot.sandbox import Sandbox

        async with Sandbox():
            print("listening", flush=True)
        return
    from aiohttp import web

    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print("listening", flush=True)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_listen(sys.argv[1]))
